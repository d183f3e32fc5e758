import { EngineError } from "../../errors.js"
import type { Texture, TextureChart } from "../../kernel.js"

/*
 * Intermediate file of painted walls (charts without faces, placed in the CRS), little-endian:
 *   0  u32  magic "WAL1"     4  u32  charts n
 *   8  of each chart: f64 origin x, y, z   f64 u 3   f64 v 3   f64 texel   u32 width   u32 height     88 bytes
 *   …  RGBA of the charts, one after the other
 */
const magic = 0x314c4157
const headerBytes = 8
const chartBytes = 88

/** Bytes of the intermediate file of painted walls: the charts of a texture, without their faces and without colours of faces. */
export const encodeWallsFile = ({ charts }: Pick<Texture, "charts">): Uint8Array => {
  let at = headerBytes + chartBytes * charts.length
  const bytes = new Uint8Array(charts.reduce((sum, { data }) => sum + data.length, at))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(4, charts.length, true)
  for (const [number, { origin, u, v, texel, width, height, data }] of charts.entries()) {
    const start = headerBytes + chartBytes * number
    for (const [i, value] of [...origin, ...u, ...v, texel].entries()) view.setFloat64(start + 8 * i, value, true)
    view.setUint32(start + 80, width, true)
    view.setUint32(start + 84, height, true)
    bytes.set(data, at)
    at += data.length
  }
  return bytes
}

/** The walls again. Throws E_FORMAT on bytes that are no such file or cut short. */
export const decodeWallsFile = (bytes: Uint8Array, file: string): Texture => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isKnown = bytes.length >= headerBytes && view.getUint32(0, true) === magic
  const count = isKnown ? view.getUint32(4, true) : 0
  let at = headerBytes + chartBytes * count
  const charts: TextureChart[] = []
  for (let number = 0; number < count && at <= bytes.length; number++) {
    const start = headerBytes + chartBytes * number
    const value = (i: number): number => view.getFloat64(start + 8 * i, true)
    const vector = (i: number): [number, number, number] => [value(i), value(i + 1), value(i + 2)]
    const [width, height] = [view.getUint32(start + 80, true), view.getUint32(start + 84, true)]
    const data = bytes.slice(at, at + 4 * width * height)
    at += 4 * width * height
    charts.push({
      faces: new Uint32Array(0),
      origin: vector(0),
      u: vector(3),
      v: vector(6),
      texel: value(9),
      width,
      height,
      data,
    })
  }
  if (!isKnown || at !== bytes.length) {
    const text = `${file}: ${bytes.length} bytes are no whole file of walls; run again with --force`
    throw new EngineError("E_FORMAT", text, { file })
  }
  return { charts, colours: new Uint32Array(0) }
}
