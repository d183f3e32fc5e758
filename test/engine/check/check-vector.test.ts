import { describe, expect, test } from "vitest"
import { isValid } from "../../../engine/check/check-vector.js"
import type { Features } from "../../../engine/kernel.js"

type Ring = [number, number][]
const polygon = (...rings: Ring[]): Features => ({
  geometry: "Polygon",
  dimension: 2,
  coordinates: Float64Array.from(rings.flat().flatMap(([x, y]) => [770500 + x, 6277500 + y])),
  ringEnds: Uint32Array.from(rings.map((_, i) => rings.slice(0, i + 1).flat().length)),
  partEnds: Uint32Array.from([rings.length]),
  ids: ["a"],
  columns: {},
})
const L: Ring = [
  [0, 0],
  [10, 0],
  [10, 4],
  [4, 4],
  [4, 10],
  [0, 10],
  [0, 0],
]
const hole: Ring = [
  [1, 1],
  [1, 2],
  [2, 2],
  [2, 1],
  [1, 1],
]

describe("isValid", () => {
  test.each<[string, boolean, Ring[]]>([
    ["an L with a hole", true, [L, hole]],
    [
      "a collinear vertex",
      true,
      [
        [
          [0, 0],
          [5, 0],
          [10, 0],
          [10, 10],
          [0, 0],
        ],
      ],
    ],
    ["an open ring", false, [L.slice(0, -1)]],
    ["an outer ring turned over", false, [[...L].reverse()]],
    ["a hole turned over", false, [L, [...hole].reverse()]],
    [
      "a bow",
      false,
      [
        [
          [0, 0],
          [10, 10],
          [10, 0],
          [0, 11],
          [0, 0],
        ],
      ],
    ],
    [
      "a spike",
      false,
      [
        [
          [0, 0],
          [10, 0],
          [15, 0],
          [10, 0],
          [10, 10],
          [0, 0],
        ],
      ],
    ],
    [
      "a spike at the first vertex",
      false,
      [
        [
          [0, 0],
          [10, 0],
          [10, 10],
          [0, 10],
          [0, -5],
          [0, 0],
        ],
      ],
    ],
    [
      "a vertex on another side",
      false,
      [
        [
          [0, 0],
          [10, 0],
          [10, 10],
          [5, 0],
          [0, 10],
          [0, 0],
        ],
      ],
    ],
    [
      "two points",
      false,
      [
        [
          [0, 0],
          [1, 1],
          [0, 0],
        ],
      ],
    ],
    [
      "no number",
      false,
      [
        [
          [0, 0],
          [Number.NaN, 0],
          [10, 10],
          [0, 0],
        ],
      ],
    ],
  ])("%s: %s", (_, valid, rings) => {
    expect(isValid(polygon(...rings), 0)).toBe(valid)
  })

  test("a wide star of many vertices, every start", () => {
    const n = 400
    const star = Array.from({ length: n }, (_, i): [number, number] => {
      const [angle, radius] = [(2 * Math.PI * i) / n, i % 2 === 0 ? 100 : 60]
      return [Math.round(radius * Math.cos(angle) * 1000) / 1000, Math.round(radius * Math.sin(angle) * 1000) / 1000]
    })
    for (const start of [0, 1, 133, 399]) {
      const ring = [...star.slice(start), ...star.slice(0, start)]
      expect(isValid(polygon([...ring, ring[0]]), 0)).toBe(true)
      const crossed = ring.with(200, ring[203]).with(203, ring[200])
      expect(isValid(polygon([...crossed, crossed[0]]), 0)).toBe(false)
    }
  })
})
