import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isInsideHalfOpen, passesRight, placeToEdges } from "../../../../engine/core/geometry/rings.js"
import { edgesOf, smallRings } from "./small-rings.js"

const SIDE = 12

describe("isInsideHalfOpen", () => {
  it("puts each place of a square into exactly one of the triangles that cut it, borders and corners too", () => {
    const place = fc.integer({ min: 0, max: SIDE })
    fc.assert(
      fc.property(place, place, (px, py) => {
        const corners = [0, 0, SIDE, 0, SIDE, SIDE, 0, SIDE]
        const triangles = [0, 2, 4, 6].map((i) => [
          ...[px, py, corners[i]!, corners[i + 1]!, corners[(i + 2) % 8]!, corners[(i + 3) % 8]!],
        ])
        for (let y = -1; y <= SIDE + 1; y++) {
          for (let x = -1; x <= SIDE + 1; x++) {
            const holders = triangles.filter((ring) => isInsideHalfOpen([ring], x, y)).length
            // West and south are in, east and north are not.
            expect(holders, `${x} ${y}`).toBe(x >= 0 && x < SIDE && y >= 0 && y < SIDE ? 1 : 0)
          }
        }
      }),
    )
  })

  it("agrees with the closed test off the edges, for crossing rings and holes, in any order and sense, closed or not", () => {
    fc.assert(
      fc.property(smallRings, (rings) => {
        const turned = rings.map((ring) =>
          ring.flatMap((_, i) => (i % 2 === 0 ? [ring.at(-i - 2)!, ring.at(-i - 1)!] : [])),
        )
        const closed = rings.map((ring) => [...ring, ...ring.slice(0, 2)])
        const deep = rings.map((ring) => ring.flatMap((value, i) => (i % 2 === 1 ? [value, 7] : [value])))
        for (let y = -1; y <= 9; y++) {
          for (let x = -1; x <= 9; x++) {
            const inside = isInsideHalfOpen(rings, x, y)
            const there = placeToEdges(edgesOf(rings), x, y)
            if (there !== 0) expect(inside, `${x} ${y}`).toBe(there > 0)
            expect(isInsideHalfOpen(turned.reverse(), x, y)).toBe(inside)
            expect(isInsideHalfOpen(closed, x, y)).toBe(inside)
            expect(isInsideHalfOpen(deep, x, y, 3)).toBe(inside)
          }
        }
      }),
    )
  })

  it("is exact on slanted edges, where a quotient is not", () => {
    // (1, 3) · k lies on the edge from the origin to (10⁷, 3 · 10⁷): always on the same side of it.
    const rings = [[0, 0, 10_000_000, 30_000_000, 0, 30_000_000]]
    for (let k = 1; k < 5000; k++) expect(isInsideHalfOpen(rings, 1999 * k, 5997 * k), `${k}`).toBe(false)
  })
})

describe("passesRight", () => {
  it("gives the same answer in both directions of an edge", () => {
    const value = fc.double({ min: -1e7, max: 1e7, noNaN: true })
    fc.assert(
      fc.property(value, value, value, value, value, value, (ax, ay, bx, by, x, y) => {
        expect(passesRight(ax, ay, bx, by, x, y)).toBe(passesRight(bx, by, ax, ay, x, y))
      }),
    )
  })
})
