import { describe, expect, it } from "vitest"
import { digestFeatures, measureFeatures } from "../../bench/gdal-layers.js"
import type { Features } from "../../engine/kernel.js"

const line = (ids: string[], ...lines: number[][]): Features => {
  let at = 0
  const ends = Uint32Array.from(lines, (xy) => {
    at += xy.length / 2
    return at
  })
  const partEnds = Uint32Array.from(lines, (_, i) => i + 1)
  const columns = { level: { type: "integer", values: Int32Array.from(ids, (id) => id.charCodeAt(0)) } } as const
  return {
    geometry: "LineString",
    dimension: 2,
    coordinates: Float64Array.from(lines.flat()),
    ringEnds: ends,
    partEnds,
    ids,
    columns,
  }
}

describe("figuresOf", () => {
  it("adds up lines", () => {
    const figures = measureFeatures(line(["a", "b"], [0, 0, 3, 4, 3, 5], [10, 10, 10, 12]))
    expect(figures).toEqual({ features: 2, vertices: 5, length: 8, area: 0 })
  })

  it("takes holes from areas, far from the origin too", () => {
    const square = (x: number, side: number): number[] => [x, x, x + side, x, x + side, x + side, x, x + side, x, x]
    const hole = [1e6 + 1, 1e6 + 1, 1e6 + 1, 1e6 + 2, 1e6 + 2, 1e6 + 2, 1e6 + 2, 1e6 + 1, 1e6 + 1, 1e6 + 1]
    const polygon: Features = {
      ...line(["a"]),
      geometry: "Polygon",
      coordinates: Float64Array.from([...square(1e6, 4), ...hole]),
      ringEnds: Uint32Array.of(5, 10),
      partEnds: Uint32Array.of(2),
    }
    expect(measureFeatures(polygon)).toEqual({ features: 1, vertices: 10, length: 0, area: 15 })
  })
})

describe("digestOf", () => {
  const [a, b] = [
    [0, 0, 1, 1],
    [5, 5, 6, 6, 7, 7],
  ] as const

  it("does not see the order of features, and sees all else", () => {
    const digest = digestFeatures(line(["a", "b"], [...a], [...b]))
    expect(digestFeatures(line(["b", "a"], [...b], [...a]))).toBe(digest)
    expect(digestFeatures(line(["a", "b"], [...b], [...a]))).not.toBe(digest)
    expect(digestFeatures(line(["a", "b"], [0, 0, 1, 1.0001], [...b]))).not.toBe(digest)
    expect(digestFeatures({ ...line(["a", "b"], [...a], [...b]), columns: {} })).not.toBe(digest)
  })
})
