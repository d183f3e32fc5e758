/** What a map can show, lowest first. */
export const layerNames = [
  "relief",
  "surface",
  "texture",
  "class",
  "height",
  "vegetation",
  "building",
  "contour",
  "grid",
] as const
/** Name of a layer of a map. */
export type LayerName = (typeof layerNames)[number]

/** Bounds of the longest side of a map, pixels, and its default. */
export const previewSizes = { least: 320, most: 8192, default: 1600 } as const
