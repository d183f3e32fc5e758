import { createRequire } from "node:module"
import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { unionPolygons } from "../../../kernels/geometry/union-polygons.js"

const box = (x0: number, y0: number, x1: number, y1: number): Float64Array[] => [
  Float64Array.of(x0, y0, x1, y0, x1, y1, x0, y1),
]
const area = (ring: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length
    sum += ring[i] * ring[j + 1] - ring[j] * ring[i + 1]
  }
  return sum / 2
}
const total = (rings: readonly Int32Array[] | undefined): number =>
  (rings ?? []).reduce((sum, ring) => sum + area(ring), 0)

describe("unionPolygons", () => {
  it("joins neighbours with and without common corners, and leaves no corner on a straight edge", () => {
    const rings = unionPolygons([box(0, 0, 5000, 4000), box(5000, 0, 9000, 4000), box(2000, 4000, 6000, 7000)])
    expect(rings).toHaveLength(1)
    expect(total(rings)).toBe(9000 * 4000 + 4000 * 3000)
    expect(rings?.[0].length).toBe(16)
  })

  it("takes overlaps once, whatever the order", () => {
    const [a, b, c] = [box(0, 0, 5000, 4000), box(3000, 1000, 8000, 6000), box(4000, 2000, 4500, 3000)]
    expect(total(unionPolygons([a, b, c]))).toBe(20e6 + 25e6 - 6e6)
    expect(unionPolygons([c, b, a])).toEqual(unionPolygons([a, b, c]))
  })

  it("keeps courtyards, given ones and those between buildings", () => {
    const rings = unionPolygons([
      [...box(0, 0, 10_000, 10_000), Float64Array.of(3000, 3000, 3000, 6000, 6000, 6000, 6000, 3000)],
      box(10_000, 0, 20_000, 2000),
      box(18_000, 2000, 20_000, 10_000),
      box(10_000, 8000, 18_000, 10_000),
    ])
    expect(rings?.map(area).sort((p, q) => p - q)).toEqual([-8000 * 6000, -9e6, 200e6])
  })

  it("closes slits of less than 60 mm and keeps wider ones", () => {
    expect(unionPolygons([box(0, 0, 5000, 4000), box(5050, 0, 9000, 4000)])).toHaveLength(1)
    expect(unionPolygons([box(0, 0, 5000, 4000), box(5070, 0, 9000, 4000)])).toHaveLength(2)
  })

  it("joins buildings that touch in a corner, so that no ring touches itself", () => {
    const rings = unionPolygons([box(0, 0, 5000, 4000), box(5000, 4000, 9000, 8000)])
    expect(rings).toHaveLength(1)
    expect(Math.abs(total(rings) - 36e6)).toBeLessThan(0.05e6)
  })
})

const gdal = (() => {
  try {
    return createRequire(import.meta.url)("gdal-async") as typeof import("gdal-async")
  } catch {
    return undefined
  }
})()

describe.skipIf(!gdal)("unionPolygons against GEOS", () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed))(
    "blocks of turned buildings, seed %i: the same area, valid",
    (seed) => {
      const random = seededRandom(seed + 1)
      const polygons = Array.from({ length: 3 + (seed % 12) }, () => {
        const [cx, cy, w, h, turn] = [
          30_000 * random(),
          30_000 * random(),
          2000 + 9000 * random(),
          2000 + 9000 * random(),
          seed % 3 === 0 ? 0 : 6 * random(),
        ]
        return [
          Float64Array.from(
            [
              [-w, -h],
              [w, -h],
              [w, h],
              [-w, h],
            ].flatMap(([u, v]) => [
              Math.round((cx + u * Math.cos(turn) - v * Math.sin(turn)) / (seed % 3 === 0 ? 1000 : 1)) *
                (seed % 3 === 0 ? 1000 : 1),
              Math.round((cy + u * Math.sin(turn) + v * Math.cos(turn)) / (seed % 3 === 0 ? 1000 : 1)) *
                (seed % 3 === 0 ? 1000 : 1),
            ]),
          ),
        ]
      })
      const shape = (rings: readonly ArrayLike<number>[]) => {
        const polygon = new gdal!.Polygon()
        for (const ring of rings) {
          const line = new gdal!.LinearRing()
          for (let i = 0; i < ring.length + 2; i += 2)
            line.points.add(ring[i % ring.length], ring[(i + 1) % ring.length])
          polygon.rings.add(line)
        }
        return polygon as import("gdal-async").Geometry
      }
      const wanted = polygons.map(shape).reduce((all, one) => all.union(one))
      const rings = unionPolygons(polygons)
      expect(rings).toBeDefined()
      const outer = rings!.filter((ring) => area(ring) > 0)
      const holes = rings!.filter((ring) => area(ring) < 0)
      let got: import("gdal-async").Geometry = outer.map((ring) => shape([ring])).reduce((all, one) => all.union(one))
      for (const hole of holes) got = got.difference(shape([hole]))
      const miss = wanted.symDifference(got) as import("gdal-async").Polygon
      // A band of 60 mm along the outline at most.
      const perimeter = rings!.reduce((sum, ring) => {
        for (let i = 0; i < ring.length; i += 2)
          sum += Math.hypot(ring[(i + 2) % ring.length] - ring[i], ring[(i + 3) % ring.length] - ring[i + 1])
        return sum
      }, 0)
      expect(miss.isEmpty() ? 0 : miss.getArea()).toBeLessThan(30 * perimeter + 1e5)
      for (const ring of rings!) expect(shape([ring]).isValid()).toBe(true)
      // Rings do not touch each other.
      for (let a = 0; a < rings!.length; a++)
        for (let b = 0; b < a; b++)
          expect(
            shape([rings![a]])
              .boundary()
              .distance(shape([rings![b]]).boundary()),
          ).toBeGreaterThan(0)
    },
  )
})

describe("unionPolygons on awkward rows", () => {
  it.each([58, 59, 60, 61, 62, 39, 40, 41])("rows of vertices %i mm apart come to an end, valid", (gap) => {
    for (const turn of [0, 0.64]) {
      const row = (at: number, side: number): Float64Array => {
        const line = Array.from({ length: 12 }, (_, k) => [1000 * k + (at > 0 ? 36 : 0), at] as const)
        const ring = [...line, [11_500, at + side] as const, [-500, at + side] as const]
        const order = side > 0 ? ring : ring.reverse()
        return Float64Array.from(
          order.flatMap(([x, y]) => [
            Math.round(x * Math.cos(turn) - y * Math.sin(turn)),
            Math.round(x * Math.sin(turn) + y * Math.cos(turn)),
          ]),
        )
      }
      const rings = unionPolygons([[row(0, -5000)], [row(gap, 5000)]])
      expect(rings).toBeDefined()
      for (const ring of rings ?? []) expect(area(ring)).toBeGreaterThan(0)
    }
  })
})
