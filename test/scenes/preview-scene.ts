import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { encodeGeoTiff } from "../../fixtures/sample/tiff.js"

/** South-west corner of a scene of 100 m: four tiles of 50 m. */
export const [X, Y] = [770_500, 6_277_500]
/** A flat roof of 20 m in the north-east quarter, 6 m above the ground. */
const ROOF = [X + 65, Y + 65, X + 85, Y + 85] as const
/** Rises to the north, 10 cm a metre: contours run west to east, every 10 m. */
const ground = (y: number): number => 100.05 + 0.1 * (y - Y)
export const IMAGE = { north: [200, 40, 40], south: [40, 60, 200] } as const

/** The points as LAS: ground and roof every half metre. */
export const scene = (): Uint8Array => {
  const [x, y, z, classes]: number[][] = [[], [], [], []]
  for (let j = 0; j < 200; j++) {
    for (let i = 0; i < 200; i++) {
      const [px, py] = [0.25 + i / 2, 0.25 + j / 2]
      const onRoof = X + px > ROOF[0] && X + px < ROOF[2] && Y + py > ROOF[1] && Y + py < ROOF[3]
      x?.push(px * 1000)
      y?.push(py * 1000)
      z?.push(Math.round(1000 * (onRoof ? 113 : ground(Y + py))))
      classes?.push(onRoof ? 6 : 2)
    }
  }
  const count = classes?.length ?? 0
  const points = {
    count,
    x: Int32Array.from(x ?? []),
    y: Int32Array.from(y ?? []),
    z: Int32Array.from(z ?? []),
    scale: 0.001,
    origin: [X, Y, 0] as const,
    classification: Uint8Array.from(classes ?? []),
    returnNumber: new Uint8Array(count).fill(1),
    numberOfReturns: new Uint8Array(count).fill(1),
  }
  return encodeLas(points, { pointFormat: 6, epsg: 2154, systemId: "synthetic scene" })
}

/** An image as GeoTIFF: one colour north of the middle, another south of it. */
export const ortho = (): Uint8Array => {
  const size = 240
  const data = new Uint8Array(size * size * 3)
  for (let i = 0; i < size * size; i++) data.set(i < (size * size) / 2 ? IMAGE.north : IMAGE.south, 3 * i)
  return encodeGeoTiff({ width: size, height: size, data, pixel: 0.5, box: [X - 10, Y - 10, X + 110, Y + 110] }, 2154)
}
