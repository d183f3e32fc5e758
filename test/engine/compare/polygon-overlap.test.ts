import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hausdorffDistance } from "../../../engine/compare/boundary-distance.js"
import { overlapArea, regionArea } from "../../../engine/compare/polygon-overlap.js"

const [X, Y] = [770_123.456, 6_277_890.123]
const rectangle = (x0: number, y0: number, x1: number, y1: number): Float64Array =>
  Float64Array.of(X + x0, Y + y0, X + x1, Y + y0, X + x1, Y + y1, X + x0, Y + y1, X + x0, Y + y0)

/** A convex polygon of points on a circle. */
const disc = (angles: readonly number[], x: number, y: number, radius: number): Float64Array => {
  const points = [...angles]
    .sort((a, b) => a - b)
    .flatMap((a) => [X + x + radius * Math.cos(a), Y + y + radius * Math.sin(a)])
  return Float64Array.from([...points, points[0]!, points[1]!])
}
const angles = fc
  .uniqueArray(fc.integer({ min: 0, max: 628 }), { minLength: 3, maxLength: 30 })
  .map((list) => list.map((angle) => angle / 100))
const offset = fc.integer({ min: -1500, max: 1500 }).map((mm) => mm / 100)

/**
 * Intersection of two convex polygons by Sutherland and Hodgman, turning left: another way to the
 * same area.
 */
const convexOverlap = (subject: Float64Array, clip: Float64Array): number => {
  let points = pairs(subject)
  const edges = pairs(clip)
  for (let e = 0; e + 1 < edges.length; e++) {
    const [[ax, ay], [bx, by]] = [edges[e]!, edges[e + 1]!]
    const side = ([x, y]: readonly [number, number]): number => (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    const kept: [number, number][] = []
    for (let i = 0; i + 1 < points.length; i++) {
      const [p, q] = [points[i]!, points[i + 1]!]
      const [sp, sq] = [side(p), side(q)]
      if (sp >= 0) kept.push(p)
      if (sp >= 0 !== sq >= 0)
        kept.push([p[0] + (sp / (sp - sq)) * (q[0] - p[0]), p[1] + (sp / (sp - sq)) * (q[1] - p[1])])
    }
    points = kept.length > 0 ? [...kept, kept[0]!] : []
  }
  return shoelace(points)
}
const pairs = (ring: Float64Array): [number, number][] =>
  Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i]! - X, ring[2 * i + 1]! - Y])
const shoelace = (points: readonly (readonly [number, number])[]): number =>
  points.slice(1).reduce((sum, [x, y], i) => sum + points[i]![0] * y - x * points[i]![1], 0) / 2

describe("overlapArea", () => {
  it("agrees with clipping for any two convex polygons", () => {
    fc.assert(
      fc.property(angles, angles, offset, offset, (one, two, dx, dy) => {
        const [a, b] = [disc(one, 0, 0, 10), disc(two, dx, dy, 7)]
        expect(overlapArea([a], [b])).toBeCloseTo(Math.max(0, convexOverlap(a, b)), 5)
        expect(overlapArea([b], [a])).toBeCloseTo(overlapArea([a], [b]), 6)
      }),
    )
  })

  it("is the area for a region with itself, whichever way its rings turn", () => {
    fc.assert(
      fc.property(angles, (one) => {
        const ring = disc(one, 3, 4, 10)
        expect(regionArea([ring])).toBeCloseTo(shoelace(pairs(ring)), 6)
        const back = Float64Array.from(
          pairs(ring)
            .reverse()
            .flatMap(([x, y]) => [x + X, y + Y]),
        )
        expect(overlapArea([back], [ring])).toBeCloseTo(shoelace(pairs(ring)), 6)
      }),
    )
  })

  it("leaves out courtyards, of one side or of both", () => {
    const house = [rectangle(0, 0, 20, 20), rectangle(5, 5, 15, 15)]
    expect(regionArea(house)).toBeCloseTo(300, 6)
    expect(overlapArea(house, [rectangle(0, 0, 10, 20)])).toBeCloseTo(150, 6)
    expect(overlapArea(house, [rectangle(6, 6, 14, 14)])).toBe(0)
    expect(overlapArea(house, [rectangle(0, 0, 20, 20), rectangle(4, 4, 15, 15)])).toBeCloseTo(279, 6)
  })

  it("takes shared edges, shared corners and gaps of a millimetre as they are", () => {
    const square = [rectangle(0, 0, 10, 10)]
    expect(overlapArea(square, [rectangle(10, 0, 20, 10)])).toBe(0)
    expect(overlapArea(square, [rectangle(10, 10, 20, 20)])).toBe(0)
    expect(overlapArea(square, [rectangle(0, 5, 10, 15)])).toBeCloseTo(50, 6)
    expect(overlapArea(square, [rectangle(9.999, 0, 20, 10)])).toBeCloseTo(0.01, 6)
    expect(overlapArea(square, [rectangle(30, 30, 40, 40)])).toBe(0)
    expect(overlapArea([], square)).toBe(0)
  })

  it("adds up over the cells of a grid that cuts a region", () => {
    const star = Float64Array.from(
      Array.from({ length: 41 }, (_, i) => {
        const [angle, radius] = [((i % 40) * Math.PI) / 20, i % 2 === 0 ? 50 : 20]
        return [X + 50 + radius * Math.cos(angle), Y + 50 + radius * Math.sin(angle)]
      }).flat(),
    )
    let sum = 0
    for (let i = 0; i < 10; i++)
      for (let j = 0; j < 10; j++) sum += overlapArea([star], [rectangle(10 * i, 10 * j, 10 * i + 10, 10 * j + 10)])
    expect(sum).toBeCloseTo(shoelace(pairs(star)), 5)
  })
})

describe("hausdorffDistance", () => {
  it("is how far the farthest place of either boundary lies from the other", () => {
    const square = [rectangle(0, 0, 10, 10)]
    expect(hausdorffDistance(square, square)).toBe(0)
    expect(hausdorffDistance(square, [rectangle(0, 0, 10, 13)])).toBeCloseTo(3, 6)
    expect(hausdorffDistance([rectangle(0, 0, 10, 13)], square)).toBeCloseTo(3, 6)
    // The hole's boundary is 5 m from the square's at its middle edges' corners: at the centre of a
    // courtyard of 2 m.
    expect(hausdorffDistance(square, [...square, rectangle(4, 4, 6, 6)])).toBeCloseTo(4, 6)
    expect(hausdorffDistance(square, [])).toBe(Infinity)
  })

  it("sees what lies between vertices, to half a step", () => {
    // The middle of the long edge is farthest: 5 m from the notch's sides, no vertex is so far from
    // the other boundary.
    const notched = Float64Array.of(X, Y, X + 20, Y, X + 20, Y + 10, X + 10, Y + 4, X, Y + 10, X, Y)
    const found = hausdorffDistance([notched], [rectangle(0, 0, 20, 10)])
    expect(Math.abs(found - 6 * Math.cos(Math.atan(0.6))) < 6 && found > 3).toBe(true)
    expect(found).toBeGreaterThanOrEqual(hausdorffByGrid(notched, rectangle(0, 0, 20, 10)) - 0.05)
  })
})

/** The same with places every millimetre. */
const hausdorffByGrid = (a: Float64Array, b: Float64Array): number => {
  const places = (ring: Float64Array): [number, number][] =>
    pairs(ring)
      .slice(1)
      .flatMap(([x, y], i) => {
        const [x0, y0] = pairs(ring)[i]!
        return Array.from({ length: 200 }, (_, k): [number, number] => [
          x0 + ((x - x0) * k) / 200,
          y0 + ((y - y0) * k) / 200,
        ])
      })
  const [pa, pb] = [places(a), places(b)]
  const far = (from: readonly [number, number][], to: readonly [number, number][]): number =>
    Math.max(...from.map(([x, y]) => Math.min(...to.map(([u, v]) => Math.hypot(x - u, y - v)))))
  return Math.max(far(pa, pb), far(pb, pa))
}
