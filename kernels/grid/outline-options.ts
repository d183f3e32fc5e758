/** Options that the kernels of outlines on cells share. */

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

/** Smallest hole, square metres. */
export const minHoleOption = (area: number) =>
  ({
    type: "number",
    default: area,
    unit: "m²",
    min: 0,
    max: 10000,
    help: "smallest area of a hole; smaller ones are filled",
  }) as const

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
