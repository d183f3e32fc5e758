/** Made points for objects that are larger than any tile. */
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"

/** One point, metres. */
type Sink = (x: number, y: number, z: number, classification: 2 | 6 | 9) => void

/**
 * Every point that `make` tells of, as LAS 1.4 in EPSG:2154; `make` runs twice and must do the same
 * each time.
 */
const lasOf = ([x0, y0]: readonly [number, number], make: (sink: Sink) => void): Uint8Array => {
  let count = 0
  make(() => {
    count++
  })
  const [x, y, z] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)]
  const classification = new Uint8Array(count)
  let i = 0
  make((px, py, pz, code) => {
    x[i] = Math.round(1000 * px)
    y[i] = Math.round(1000 * py)
    z[i] = Math.round(1000 * pz)
    classification[i++] = code
  })
  const ones = new Uint8Array(count).fill(1)
  const points = { count, scale: 0.001, origin: [x0, y0, 0] as const, x, y, z, classification }
  const rest = {
    returnNumber: ones,
    numberOfReturns: ones,
    intensity: new Uint16Array(count),
    gpsTime: Float64Array.from({ length: count }, (_, k) => 3e8 + k / 1e5),
  }
  return encodeLas({ ...points, ...rest }, { pointFormat: 6, epsg: 2154, scale: 0.01 })
}

/** South-west corner of the scenes, m. */
export const corner = [700_000, 6_600_000] as const

/**
 * A hall and a lake side by side, each `length` − 20 m long from west to east, on level ground of
 * 100 m from south to north; a point every half metre.
 */
export const strip = (length: number): { las: Uint8Array; hall: number; lake: number } => {
  const las = lasOf(corner, (sink) => {
    for (let v = 0.25; v < 100; v += 0.5) {
      for (let u = 0.25; u < length; u += 0.5) {
        const within = u > 10 && u < length - 10
        if (within && v > 12 && v < 32) sink(u, v, 20, 6)
        else if (within && v > 60 && v < 85) sink(u, v, 9.37, 9)
        else sink(u, v, 10, 2)
      }
    }
  })
  return { las, hall: 20 * (length - 20), lake: 25 * (length - 20) }
}

/**
 * A flat roof with a square grid of `side`² openings of 2 m with walls of 1 m between, a margin of
 * 10 m around it; a point every half metre, ground in the openings.
 */
export const sieve = (side: number): { las: Uint8Array; holes: number; area: number; extent: number } => {
  const width = 3 * side + 1
  const las = lasOf(corner, (sink) => {
    for (let v = 0.25; v < width + 20; v += 0.5) {
      for (let u = 0.25; u < width + 20; u += 0.5) {
        const [a, b] = [u - 10, v - 10]
        const inside = a > 0 && b > 0 && a < width && b < width
        const open = inside && a % 3 > 1 && b % 3 > 1
        if (inside && !open) sink(u, v, 22, 6)
        // One point of the ground an opening is enough, and every second metre around.
        else if (open ? a % 3 < 1.5 && b % 3 < 1.5 : u % 2 < 0.5 && v % 2 < 0.5) sink(u, v, 10, 2)
      }
    }
  })
  return { las, holes: side ** 2, area: width ** 2 - 4 * side ** 2, extent: width + 20 }
}
