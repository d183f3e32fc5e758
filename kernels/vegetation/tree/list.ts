/** Trees of a tile, in the order of their cells (row from the south, column). Whole millimetres; x and y of the CRS. */
export interface TreeList {
  readonly x: Float64Array
  readonly y: Float64Array
  /** Height of the ground at the stem. */
  readonly ground: Int32Array
  /** Height of the top above the ground. */
  readonly height: Int32Array
  /** Radius of the crown. */
  readonly radius: Int32Array
}

const magic = 0x3152544d
const headerBytes = 8

/** Bytes of a list, little-endian: u32 "MTR1", u32 count n, n f64 x, n f64 y, n i32 ground, height, radius. */
export const encodeTreeList = ({ x, y, ground, height, radius }: TreeList): Uint8Array => {
  const n = x.length
  const bytes = new Uint8Array(headerBytes + 28 * n)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(4, n, true)
  new Float64Array(bytes.buffer, headerBytes, n).set(x)
  new Float64Array(bytes.buffer, headerBytes + 8 * n, n).set(y)
  for (const [k, values] of [ground, height, radius].entries())
    new Int32Array(bytes.buffer, headerBytes + 16 * n + 4 * k * n, n).set(values)
  return bytes
}

/** The list again; an empty one from no bytes. Throws on other bytes. */
export const decodeTreeList = (bytes: Uint8Array): TreeList => {
  const copy = bytes.byteLength === 0 ? new Uint8Array(headerBytes) : new Uint8Array(bytes)
  const view = new DataView(copy.buffer)
  const n = view.getUint32(4, true)
  if (bytes.byteLength > 0 && (view.getUint32(0, true) !== magic || copy.length !== headerBytes + 28 * n))
    throw new Error("these bytes are no list of trees: run with --force")
  const integers = (k: number): Int32Array => new Int32Array(copy.buffer, headerBytes + 16 * n + 4 * k * n, n)
  return {
    x: new Float64Array(copy.buffer, headerBytes, n),
    y: new Float64Array(copy.buffer, headerBytes + 8 * n, n),
    ground: integers(0),
    height: integers(1),
    radius: integers(2),
  }
}
