import { EngineError } from "../../errors.js"

/** What is used of `engine/formats/laz/encoder/encoder.ts`, whose docblocks say more. */
export interface LayerEncoder {
  /**
   * One LAZ chunk of layers (compressor 3) of `count` raw records. The bytes are good until the next call.
   *
   * @throws RangeError for another format, or records that are too short.
   */
  encode(
    records: Uint8Array,
    request: { readonly count: number; readonly pointFormat: 6 | 7 | 8; readonly recordLength: number },
  ): Uint8Array
}

// A URL, not an import: as in `layer-decoder.ts`.
const moduleUrl = new URL("./encoder/encoder.js", import.meta.url).href

let encoder: Promise<LayerEncoder> | undefined

/** The one encoder of LAZ layers of this thread. @throws EngineError `E_INTERNAL` when its module is not there. */
export const layerEncoder = (): Promise<LayerEncoder> => {
  encoder ??= load()
  return encoder
}

const load = async (): Promise<LayerEncoder> => {
  try {
    const module = (await import(moduleUrl)) as { createLazEncoder(): LayerEncoder }
    return module.createLazEncoder()
  } catch (error) {
    encoder = undefined
    // Memory that the system refuses is no fault of the installation.
    if (error instanceof RangeError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new EngineError(
      "E_INTERNAL",
      `the LAZ encoder cannot be loaded (${why}). Install maille again, or build it (npm run build).`,
      {},
      error,
    )
  }
}
