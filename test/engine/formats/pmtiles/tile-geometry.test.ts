import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { doubledArea } from "../../../../engine/core/geometry/rings.js"
import { tileId, zoomOfTile } from "../../../../engine/formats/pmtiles/archive.js"
import { clipLine, clipRing, quantisePath, simplifyPath } from "../../../../engine/formats/pmtiles/tile-geometry.js"

const convexRing = (seed: readonly number[]): Float64Array => {
  const angles = [...seed].sort((a, b) => a - b)
  const points = angles.flatMap((angle) => [500 + 300 * Math.cos(angle), 500 + 300 * Math.sin(angle)])
  return Float64Array.from([...points, points[0]!, points[1]!])
}
const angles = fc
  .uniqueArray(fc.integer({ min: 0, max: 6282 }), { minLength: 3, maxLength: 40 })
  .map((list) => list.map((a) => a / 1000))

describe("tile geometry", () => {
  it("cuts a ring into strips whose areas add up to its own", () => {
    fc.assert(
      fc.property(angles, fc.integer({ min: 1, max: 9 }), fc.constantFrom(0, 1), (seed, strips, axis) => {
        const ring = convexRing(seed)
        let sum = 0
        for (let k = 0; k < strips; k++) {
          const piece = clipRing(ring, axis as 0 | 1, (1000 * k) / strips, (1000 * (k + 1)) / strips)
          if (piece !== undefined) {
            expect([piece[0], piece[1]]).toEqual([piece.at(-2), piece.at(-1)])
            sum += doubledArea(piece)
          }
        }
        expect(sum).toBeCloseTo(doubledArea(ring), 6)
      }),
    )
  })

  it("cuts a line into strips whose lengths add up to its own", () => {
    const coordinate = fc.integer({ min: 0, max: 1000 })
    fc.assert(
      fc.property(fc.array(coordinate, { minLength: 4, maxLength: 60 }), fc.constantFrom(0, 1), (values, axis) => {
        const line = Float64Array.from(values.slice(0, 2 * Math.floor(values.length / 2)))
        let sum = 0
        // Borders between the vertices' whole numbers: nothing lies on one.
        for (const [low, high] of [
          [-1, 250.5],
          [250.5, 700.5],
          [700.5, 1001],
        ] as const) {
          for (const piece of clipLine(line, axis as 0 | 1, low, high)) sum += length(piece)
        }
        expect(sum).toBeCloseTo(length(line), 6)
      }),
    )
  })

  it("simplifies within its tolerance, and keeps both ends", () => {
    const line = Float64Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? i : 20 * Math.sin(i / 20)))
    const simple = simplifyPath(line, 2)
    expect(simple.length).toBeLessThan(100)
    expect([simple[0], simple[1], simple.at(-2), simple.at(-1)]).toEqual([line[0], line[1], line.at(-2), line.at(-1)])
    for (let i = 0; i < line.length; i += 2) {
      const distances = Array.from({ length: simple.length / 2 - 1 }, (_, k) =>
        toSegment(line[i]!, line[i + 1]!, simple.subarray(2 * k, 2 * k + 4)),
      )
      expect(Math.min(...distances)).toBeLessThanOrEqual(2)
    }
    expect(simplifyPath(line, 0)).toBe(line)
  })

  it("turns rings as vector tiles want them, and gives none where nothing is left", () => {
    const ring = Float64Array.of(10, 10, 20, 10, 20, 20, 10, 20, 10, 10)
    expect(doubledArea(quantisePath(ring, [5, 5], { outer: true })!)).toBe(200)
    expect(doubledArea(quantisePath(ring, [5, 5], { outer: false })!)).toBe(-200)
    expect(
      quantisePath(
        ring.map((value) => value / 100),
        [0, 0],
        { outer: true },
      ),
    ).toBeUndefined()
    expect(quantisePath(Float64Array.of(0.1, 0.1, 0.2, 0.2), [0, 0])).toBeUndefined()
  })

  it("numbers tiles as the specification's examples do", () => {
    expect([
      tileId(0, 0, 0),
      tileId(1, 0, 0),
      tileId(1, 0, 1),
      tileId(1, 1, 1),
      tileId(1, 1, 0),
      tileId(2, 0, 0),
    ]).toEqual([0, 1, 2, 3, 4, 5])
    expect(tileId(12, 3423, 1763)).toBe(19078479)
    for (const zoom of [0, 1, 8, 16, 20]) {
      const last = 2 ** zoom - 1
      for (const place of [0, last]) expect(zoomOfTile(tileId(zoom, place, last))).toBe(zoom)
    }
  })
})

const length = (line: Float64Array): number => {
  let sum = 0
  for (let i = 2; i < line.length; i += 2) sum += Math.hypot(line[i]! - line[i - 2]!, line[i + 1]! - line[i - 1]!)
  return sum
}

const toSegment = (x: number, y: number, [x0 = 0, y0 = 0, x1 = 0, y1 = 0]: Float64Array): number => {
  const [dx, dy] = [x1 - x0, y1 - y0]
  const t = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)))
  return Math.hypot(x - x0 - t * dx, y - y0 - t * dy)
}
