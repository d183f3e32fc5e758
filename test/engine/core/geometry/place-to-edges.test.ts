import fc from "fast-check"
import { expect, it } from "vitest"
import { placeToEdges } from "../../../../engine/core/geometry/rings.js"
import { edgesOf, smallRings } from "./small-rings.js"

/** Whether a place of whole numbers lies on an edge, by the steps of the line through it. */
const isOnEdge = (edges: readonly number[], x: number, y: number): boolean => {
  for (let i = 0; i < edges.length; i += 4) {
    const [ax, ay, bx, by] = edges.slice(i, i + 4) as [number, number, number, number]
    const steps = Math.max(Math.abs(bx - ax), Math.abs(by - ay)) || 1
    for (let k = 0; k <= steps; k++)
      if (ax * steps + k * (bx - ax) === x * steps && ay * steps + k * (by - ay) === y * steps) return true
  }
  return false
}

/**
 * Even–odd rule by a ray that meets no whole number: from (x, y) up, leaning by less than any edge
 * does.
 */
const isWithin = (edges: readonly number[], x: number, y: number): boolean => {
  let crossings = 0
  const lean = 1e-4
  for (let i = 0; i < edges.length; i += 4) {
    const [ax, ay, bx, by] = edges.slice(i, i + 4) as [number, number, number, number]
    const [dx, dy] = [bx - ax, by - ay]
    const cross = lean * dy - dx
    const along = (lean * (y - ay) - (x - ax)) / cross
    const up = (dx * (y - ay) - dy * (x - ax)) / cross
    if (cross !== 0 && along > 0 && along < 1 && up > 0) crossings++
  }
  return crossings % 2 === 1
}

it("tells inside, border and outside apart, at every place of a small grid, corners and level edges too", () => {
  fc.assert(
    fc.property(smallRings, (rings) => {
      const edges = edgesOf(rings)
      for (let y = -1; y <= 9; y++) {
        for (let x = -1; x <= 9; x++) {
          const expected = isOnEdge(edges, x, y) ? 0 : isWithin(edges, x, y) ? 1 : -1
          expect(placeToEdges(edges, x, y), `${x} ${y}`).toBe(expected)
          // Edges that do not reach the height of the place do not count.
          const near = edges.filter((_, i) => {
            const own = i - (i % 4)
            return Math.min(edges[own + 1]!, edges[own + 3]!) <= y && Math.max(edges[own + 1]!, edges[own + 3]!) >= y
          })
          expect(placeToEdges([9, 9, ...near, 9], x, y, 2, 2 + near.length)).toBe(expected)
        }
      }
    }),
  )
})
