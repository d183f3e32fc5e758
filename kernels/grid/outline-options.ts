/** Options and columns that the kernels of outlines on cells share. */

/** Side of the cells. */
export const cellOption = {
  type: "number",
  default: 0.5,
  unit: "m",
  min: 0.1,
  max: 5,
  help: "size of the cells that outlines are traced on",
} as const

/** Radius of the closing, metres. */
export const closeOption = (metres: number) =>
  ({
    type: "number",
    default: metres,
    unit: "m",
    min: 0,
    max: 20,
    help: "closing radius: gaps up to twice this width are closed",
  }) as const

/** A smallest area, square metres. */
export const areaOption = (area: number, help: string, max = 10000) =>
  ({ type: "number", default: area, unit: "m²", min: 0, max, help }) as const

/** Smallest hole, square metres. */
export const minHoleOption = (area: number) => areaOption(area, "smallest area of a hole; smaller ones are filled")

/** Tolerance of the simplification, metres. */
export const toleranceOption = (metres: number) =>
  ({
    type: "number",
    default: metres,
    unit: "m",
    min: 0,
    max: 10,
    help: "simplification tolerance; 0 keeps every step of the cells",
  }) as const

/** Column of objects that may be incomplete. */
export const truncatedColumn = {
  type: "integer",
  as: "boolean",
  help: "true: reaches the end of the data or of the job's tiles and may continue beyond",
} as const
