import { describe, expect, it } from "vitest"
import type { Features, Raster } from "../../../engine/kernel.js"
import contour from "../../../kernels/contour/contour.js"
import join from "../../../kernels/contour/contour-join.js"
import { dtmOf, runTiled, type World } from "../../scenes/tiled-world.js"

const [X, Y] = [770000, 6277000]
/** A slope with hills, and the noise of a scan: two centimetres, and steps of up to a decimetre. */
const world = (seed: number): World => ({
  box: [X, Y, X + 60, Y + 60],
  points: [],
  ground: (x, y) => {
    const [u, v] = [(x - X) / 9 + seed, (y - Y) / 11]
    const noise = 0.02 * Math.sin(97 * u) * Math.cos(83 * v) + 0.05 * Math.sin(29 * u + 31 * v)
    const isVoid = Math.hypot(x - X - 20, y - Y - 40) < 4
    return isVoid ? Number.NaN : 300 + (x - X) / 15 + 1.5 * Math.sin(u) * Math.cos(v) + noise
  },
})
const names = { features: "contour", blob: "contour-part" }
const run = (seed: number, options: Record<string, number>, side = 60): Features =>
  runTiled(world(seed), side, contour, join, names, { minLength: 0, interval: 0.25, ...options }).features

/**
 * Bilinear height and slope between the four cell centres around, beyond the outermost centres as
 * there; NaN where one is void.
 */
const surfaceAt = ({ data, width, height, minX, maxY, cellSize }: Raster, x: number, y: number) => {
  const [column, row] = [(x - minX) / cellSize - 0.5, (maxY - y) / cellSize - 0.5]
  const c = Math.min(width - 2, Math.max(0, Math.floor(column)))
  const r = Math.min(height - 2, Math.max(0, Math.floor(row)))
  const [u, v] = [column - c, row - r].map((share) => Math.min(1, Math.max(0, share))) as [number, number]
  const [nw, ne, sw, se] = [0, 1, width, width + 1].map((i) => data[r * width + c + i]!) as [
    number,
    number,
    number,
    number,
  ]
  const z = (1 - v) * ((1 - u) * nw + u * ne) + v * ((1 - u) * sw + u * se)
  const slope = Math.hypot((1 - v) * (ne - nw) + v * (se - sw), (1 - u) * (sw - nw) + u * (se - ne)) / cellSize
  return { z, slope }
}

type Segment = readonly [line: number, place: number, ax: number, ay: number, bx: number, by: number]

const segmentsOf = ({ ids, ringEnds, coordinates }: Features): Segment[] =>
  ids.flatMap((_, f) => {
    const start = f > 0 ? ringEnds[f - 1]! : 0
    return Array.from({ length: ringEnds[f]! - start - 1 }, (_, i): Segment => {
      const at = 2 * (start + i)
      return [f, i, coordinates[at]! - X, coordinates[at + 1]! - Y, coordinates[at + 2]! - X, coordinates[at + 3]! - Y]
    })
  })

/**
 * How many pairs of segments share a point between their ends, or any point when they are of
 * different lines.
 */
const crossings = (segments: readonly Segment[]): number => {
  const sorted = [...segments].sort((a, b) => Math.min(a[2], a[4]) - Math.min(b[2], b[4]))
  const turn = (s: Segment, x: number, y: number): number =>
    Math.sign((s[4] - s[2]) * (y - s[3]) - (s[5] - s[3]) * (x - s[2]))
  let count = 0
  sorted.forEach((s, i) => {
    for (let j = i + 1; j < sorted.length; j++) {
      const t = sorted[j]!
      if (Math.min(t[2], t[4]) > Math.max(s[2], s[4])) break
      const [a, b] = [turn(s, t[2], t[3]) * turn(s, t[4], t[5]), turn(t, s[2], s[3]) * turn(t, s[4], s[5])]
      const meet = s[0] === t[0] ? a < 0 && b < 0 : a <= 0 && b <= 0
      if (meet && Math.max(s[3], s[5]) >= Math.min(t[3], t[5]) && Math.max(t[3], t[5]) >= Math.min(s[3], s[5])) count++
    }
  })
  return count
}

const lengthOf = ({ columns }: Features): number =>
  Array.from(columns["length"]!.values as Float64Array).reduce((sum, length) => sum + length, 0)

describe("vector.contour, smoothed", () => {
  it.each([1, 2, 3])("ground %i: every vertex within 0.05 m of the DTM, and no two lines meet", (seed) => {
    const raster = dtmOf(world(seed), [X, Y, X + 60, Y + 60])
    const plain = run(seed, {})
    const smooth = run(seed, { smooth: 2 })
    expect(smooth.ids.length).toBeGreaterThan(10)
    let [steep, largest] = [0, 0]
    const heights = smooth.columns["elevation"]!.values as Float64Array
    smooth.ids.forEach((_, f) => {
      for (let v = f > 0 ? smooth.ringEnds[f - 1]! : 0; v < smooth.ringEnds[f]!; v++) {
        const { z, slope } = surfaceAt(raster, smooth.coordinates[2 * v]!, smooth.coordinates[2 * v + 1]!)
        // NaN within half a cell of a void, and left out there.
        if (slope < 0.02 || Number.isNaN(z)) continue
        steep++
        largest = Math.max(largest, Math.abs(z - heights[f]!))
      }
    })
    expect(steep).toBeGreaterThan(1000)
    expect(largest).toBeLessThanOrEqual(0.05)
    // It did something: noise is gone, closed specks above all.
    expect(largest).toBeGreaterThan(0.02)
    expect(smooth.ids.length).toBeLessThan(plain.ids.length)
    expect(lengthOf(smooth)).toBeLessThan(0.95 * lengthOf(plain))
    expect(crossings(segmentsOf(plain))).toBe(0)
    expect(crossings(segmentsOf(smooth))).toBe(0)
  })

  it("is the same for tiles of 60 m, 30 m and 15 m", () => {
    const whole = run(4, { smooth: 3 })
    for (const side of [30, 15]) expect(run(4, { smooth: 3 }, side)).toEqual(whole)
  })
})
