/** The formats of mesh export, for the command line and the export of a tile. */

/** Formats for the export of a tile. */
export const exportFormats = ["obj", "ply", "stl"] as const
/** "obj", "ply" or "stl". */
export type ExportFormat = (typeof exportFormats)[number]

/** The tile that `exportTile` exports, and its output. */
export interface ExportRequest {
  /** Output folder of a run. */
  readonly folder: string
  /** The tile: `level/x/y`, or a place in it, CRS metres, at a level (default: the finest). */
  readonly tile: string | { readonly at: readonly [x: number, y: number]; readonly level?: number | undefined }
  readonly format: ExportFormat
  /** File to write; default `level-x-y.FORMAT` in the current folder. */
  readonly out?: string | undefined
}
