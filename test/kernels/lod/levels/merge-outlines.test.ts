import { describe, expect, it } from "vitest"
import { doubledArea } from "../../../../engine/core/geometry/rings.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { conflicts, mergeOutlines, type Outline } from "../../../../kernels/lod/levels/merge-outlines.js"
import { simplifyRings } from "../../../../kernels/lod/levels/simplify-rings.js"

const box = (x: number, y: number, w: number, h: number, low = 3000, high = low): Outline => ({
  rings: [Int32Array.of(x, y, x + w, y, x + w, y + h, x, y + h)],
  low,
  high,
})
const areaOf = (rings: readonly Int32Array[]): number => rings.reduce((sum, ring) => sum + doubledArea(ring) / 2e6, 0)
/** Rings that cross or touch another, or themselves. */
const broken = (all: readonly (readonly Int32Array[])[]): number =>
  conflicts(
    all,
    all.map(() => true),
  ).reduce((sum, value) => sum + value, 0)

/** Star-shaped rings, one to a square of 12 m, that fill it up to narrow gaps. */
const stars = (seed: number, count: number): Outline[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count * count }, (_, i) => {
    const [cx, cy] = [12_000 * (i % count) + 6000, 12_000 * Math.floor(i / count) + 6000]
    const ring: number[] = []
    for (let k = 0; k < 24; k++) {
      const [angle, r] = [(2 * Math.PI * k) / 24, 3500 + 2400 * random()]
      ring.push(Math.round(cx + r * Math.cos(angle)), Math.round(cy + r * Math.sin(angle)))
    }
    return { rings: [Int32Array.from(ring)], low: 5000, high: 5000 + Math.round(500 * random()) }
  })
}

describe("mergeOutlines", () => {
  it("joins what is near and of like height, and nothing else", () => {
    const outlines = [
      box(0, 0, 10_000, 10_000),
      box(10_500, 2000, 8000, 8000),
      box(19_000, 2000, 8000, 8000, 9000),
      box(40_000, 0, 5000, 5000),
    ]
    const merged = mergeOutlines(outlines, 2000, 1000)
    expect(merged.map(({ members }) => members)).toEqual([[0, 1], [2], [3]])
    expect(merged[0]?.rings.length).toBe(1)
    // Both squares and most of the strip of 0.5 m by 8 m between them.
    expect(areaOf(merged[0]!.rings)).toBeGreaterThan(164 + 3)
    expect(areaOf(merged[0]!.rings)).toBeLessThan(164 + 5)
    expect(merged[0]!.added).toBeGreaterThan(250)
    expect(merged[0]!.added).toBeLessThan(2000 / Math.sqrt(3) + 1)
    expect(merged[2]?.rings).toBe(outlines[3]?.rings)
  })

  it("leaves a court between four blocks as a hole", () => {
    const ring = [
      box(0, 0, 20_000, 5000),
      box(0, 15_000, 20_000, 5000),
      box(0, 5300, 5000, 9400),
      box(15_000, 5300, 5000, 9400),
    ]
    const [one, ...rest] = mergeOutlines(ring, 1500, 0)
    expect(rest).toEqual([])
    expect(one!.rings.map((r) => Math.sign(doubledArea(r)))).toEqual([1, -1])
    expect(areaOf(one!.rings)).toBeCloseTo(400 - 10 * 10, -1)
  })

  it("leaves outlines alone that cross or touch", () => {
    const crossing = [box(0, 0, 5000, 5000), box(4000, 4000, 5000, 5000), box(9200, 4000, 5000, 5000)]
    expect(mergeOutlines(crossing, 1000, 1000).map(({ members }) => members)).toEqual([[0], [1], [2]])
  })

  it.each([1, 2, 3, 4])(
    "gives simple rings, apart from each other, that hold all of their members: seed %i",
    (seed) => {
      const outlines = stars(seed, 7)
      for (const longest of [500, 1500, 4000]) {
        const merged = mergeOutlines(outlines, longest, 400)
        expect(merged.flatMap(({ members }) => members).sort((a, b) => a - b)).toEqual(outlines.map((_, i) => i))
        expect(broken(merged.map(({ rings }) => rings))).toBe(0)
        for (const { members, rings, added } of merged) {
          const own = members.reduce((sum, k) => sum + areaOf(outlines[k]!.rings), 0)
          expect(areaOf(rings)).toBeGreaterThanOrEqual(own - 0.05)
          if (members.length === 1) expect(added).toBe(0)
          const high = Math.max(...members.map((k) => outlines[k]!.high))
          expect(high - 5000).toBeLessThanOrEqual(members.length > 1 ? 400 : 500)
        }
        if (longest === 4000) expect(merged.length).toBeLessThan(outlines.length)
      }
    },
  )
})

describe("simplifyRings", () => {
  it.each([5, 6, 7])("keeps rings simple, apart and turned as they were, within the tolerance: seed %i", (seed) => {
    const rings = stars(seed, 7).map((outline) => outline.rings[0]!)
    for (const tolerance of [100, 800, 5000]) {
      const { rings: simple, moved } = simplifyRings(rings, tolerance)
      expect(broken(simple.map((ring) => [ring]))).toBe(0)
      simple.forEach((ring, r) => {
        expect(doubledArea(ring)).toBeGreaterThan(0)
        expect(ring.length).toBeGreaterThanOrEqual(6)
        expect(moved[r]).toBeLessThanOrEqual(tolerance)
        // Every old vertex lies within what is stated of the new ring.
        for (let v = 0; v < rings[r]!.length; v += 2)
          expect(toRing(rings[r]![v]!, rings[r]![v + 1]!, ring)).toBeLessThanOrEqual(moved[r]! + 1e-6)
      })
      if (tolerance >= 800) expect(simple.flatMap((r) => [...r]).length).toBeLessThan(rings.length * 48)
    }
  })

  it("sweeps over no obstacle", () => {
    const ring = Int32Array.of(0, 0, 10_000, 0, 10_000, 10_000, 5000, 9000, 0, 10_000)
    const tolerance = 2000
    expect(simplifyRings([ring], tolerance).rings[0]?.length).toBe(8)
    expect(simplifyRings([ring], tolerance, Int32Array.of(5000, 9500)).rings[0]?.length).toBe(10)
  })
})

const toRing = (x: number, y: number, ring: Int32Array): number => {
  let nearest = Number.POSITIVE_INFINITY
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length
    const [dx, dy, ux, uy] = [ring[j] - ring[i], ring[j + 1] - ring[i + 1], x - ring[i], y - ring[i + 1]]
    const share = Math.min(1, Math.max(0, (ux * dx + uy * dy) / (dx * dx + dy * dy)))
    nearest = Math.min(nearest, Math.hypot(ux - share * dx, uy - share * dy))
  }
  return nearest
}
