import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { fastProjection, type Project } from "../../../engine/grid/fast-projection.js"
import { betweenCrs } from "../../../engine/grid/source-crs.js"

describe("fastProjection", () => {
  it.each([
    ["degrees to Lambert-93", betweenCrs(4326, 2154), 1 / 128, [2.3, 48.8, 2.5, 48.9]],
    ["degrees to UTM, far from its meridian", betweenCrs(4326, 32631), 1 / 128, [8.8, 79.8, 9, 79.9]],
    ["Lambert-93 to UTM", betweenCrs(2154, 32631), 1024, [0, 6050000, 20000, 6070000]],
    ["UTM to RD New, with a datum shift", betweenCrs(32631, 28992), 1024, [590000, 5750000, 610000, 5770000]],
  ] as const)("is within 0.1 mm of proj4: %s", (_, project, side, [minX, minY, maxX, maxY]) => {
    let calls = 0
    const counted: Project = (x, y) => {
      calls++
      return project(x, y)
    }
    const fast = fastProjection(counted, side)
    const random = seededRandom(1)
    const xs = Float64Array.from({ length: 20000 }, () => minX + (maxX - minX) * random())
    const ys = Float64Array.from({ length: 20000 }, () => minY + (maxY - minY) * random())
    const [foundX, foundY] = [xs.slice(), ys.slice()]
    fast(foundX, foundY, xs.length)
    let worst = 0
    for (let i = 0; i < xs.length; i++) {
      const [ownX, ownY] = project(xs[i]!, ys[i]!)
      worst = Math.max(worst, Math.hypot(foundX[i]! - ownX, foundY[i]! - ownY))
    }
    expect(worst).toBeLessThan(1e-4)
    expect(calls).toBeLessThan(20000)
  })

  it("projects exactly where no polynomial fits, and tells places without coordinates", () => {
    const rough: Project = (x, y) => (x < 0 ? [Number.NaN, y] : [Math.sqrt(x), Math.floor(y)])
    const fast = fastProjection(rough, 1)
    const places = [
      [0.01, 0.2],
      [0.4, 3.7],
      [1e12, 5],
      [-1, 1],
    ] as const
    const xs = Float64Array.from(places, ([x]) => x)
    const ys = Float64Array.from(places, ([, y]) => y)
    fast(xs, ys, places.length)
    expect(places.map((_, i) => [xs[i], ys[i]])).toEqual(places.map(([x, y]) => rough(x, y)))
  })

  it("depends on the point only, not on those before it", () => {
    const project = betweenCrs(4326, 2154)
    const places = Array.from({ length: 200 }, (_, i) => [2 + i / 77, 48 + ((i * 31) % 200) / 91] as const)
    const all = (list: typeof places): number[][] => {
      const xs = Float64Array.from(list, ([x]) => x)
      const ys = Float64Array.from(list, ([, y]) => y)
      fastProjection(project, 1 / 128)(xs, ys, list.length)
      return list.map((_, i) => [xs[i]!, ys[i]!])
    }
    expect(all(places.toReversed()).toReversed()).toEqual(all(places))
  })
})
