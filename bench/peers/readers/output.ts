import type { Columns } from "../peer.js"

/** Columns for a whole file, made before the first pass. */
export interface Output extends Columns {
  readonly returnNumber: Uint8Array
}

/** Room for the points of a file. */
export const outputOf = (count: number): Output => ({
  x: new Int32Array(count),
  y: new Int32Array(count),
  z: new Int32Array(count),
  classification: new Uint8Array(count),
  returnNumber: new Uint8Array(count),
})

/** Stored integers of coordinates in the CRS: the nearest, since readers that scale lose the last bits. */
export const storedOf = (values: Float64Array, scale: number, offset: number): Int32Array =>
  Int32Array.from(values, (value) => Math.round((value - offset) / scale))
