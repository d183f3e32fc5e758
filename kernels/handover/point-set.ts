/** Points without attributes: whole millimetres relative to `origin`, which is whole millimetres of the CRS. */
export interface PointSet {
  readonly origin: readonly [xMm: number, yMm: number, zMm: number]
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
}

const magic = 0x3153504d
const headerBytes = 32

/** Bytes of a point set, little-endian: u32 "MPS1", u32 count, f64 origin x, y, z, then i32 x, i32 y, i32 z. */
export const encodePointSet = ({ origin, x, y, z }: PointSet): Uint8Array => {
  const bytes = new Uint8Array(headerBytes + 12 * x.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(4, x.length, true)
  for (const [axis, value] of origin.entries()) view.setFloat64(8 + 8 * axis, value, true)
  for (const [axis, values] of [x, y, z].entries())
    new Int32Array(bytes.buffer, headerBytes + 4 * axis * x.length, x.length).set(values)
  return bytes
}

/** The points again; none from no bytes. Throws on other bytes. */
export const decodePointSet = (bytes: Uint8Array): PointSet => {
  if (bytes.byteLength === 0)
    return { origin: [0, 0, 0], x: new Int32Array(0), y: new Int32Array(0), z: new Int32Array(0) }
  const copy = new Uint8Array(bytes)
  const view = new DataView(copy.buffer)
  const count = copy.length >= headerBytes && view.getUint32(0, true) === magic ? view.getUint32(4, true) : -1
  if (copy.length !== headerBytes + 12 * count) throw new Error("these bytes are no points: run with --force")
  const axis = (index: number): Int32Array => new Int32Array(copy.buffer, headerBytes + 4 * index * count, count)
  const origin = [view.getFloat64(8, true), view.getFloat64(16, true), view.getFloat64(24, true)] as const
  return { origin, x: axis(0), y: axis(1), z: axis(2) }
}
