/** The tree list that `vector.tree` passes to `mesh.vegetation`, and its encoding. */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"

/**
 * Trees of a tile, in the order of their cells (row from the south, column). Whole millimetres; x
 * and y of the CRS.
 */
export interface TreeList {
  readonly x: Float64Array
  readonly y: Float64Array
  /** Height of the ground at the stem. */
  readonly ground: Int32Array
  /** Height of the top above the ground. */
  readonly height: Int32Array
  readonly radius: Int32Array
}

const MARK = "MTR2"

export const encodeTreeList = (trees: TreeList): Uint8Array => encodeBlob(MARK, trees)

/** No bytes give an empty list. Throws on other bytes. */
export const decodeTreeList = (bytes: Uint8Array): TreeList => {
  if (bytes.byteLength > 0) return decodeBlob(MARK, bytes.slice(), "list of trees")
  const [places, values] = [new Float64Array(0), new Int32Array(0)]
  return { x: places, y: places, ground: values, height: values, radius: values }
}
