import { describe, expect, it } from "vitest"
import type { Mesh } from "../../../engine/kernel.js"
import { borderLoops, joinAtBorders, openEdges } from "../../../kernels/geometry/mesh-border.js"

/** A unit square (1 m) of two triangles whose south-west corner is at (x, y) metres. */
const square = (x: number, y: number): Mesh => ({
  origin: [x, y, 0],
  positions: Int32Array.of(0, 0, x + y, 1000, 0, x + 1 + y, 1000, 1000, x + y + 2, 0, 1000, x + y + 1),
  triangles: Uint32Array.of(0, 1, 2, 0, 2, 3),
  classes: Uint8Array.of(2, 3, 4, 5),
  maxError: 0,
})

describe("openEdges", () => {
  it("gives the edges of one triangle only, the surface on their left", () => {
    const edges = openEdges(square(0, 0).triangles, 4)
    const pairs = Array.from({ length: edges.length / 2 }, (_, i) => `${edges[2 * i]}${edges[2 * i + 1]}`)
    expect(pairs.sort()).toEqual(["01", "12", "23", "30"])
  })
})

describe("joinAtBorders", () => {
  it("shares vertices on common borders, whose edges are border no longer", () => {
    const joined = joinAtBorders([square(5, 5), square(6, 5), square(5, 6)], [5, 5, 0])
    expect(joined.x.length).toBe(8)
    expect(joined.border.length / 2).toBe(8)
    expect(joined.triangles.length).toBe(18)
    expect([...joined.onBorder].every((flag) => flag === 1)).toBe(true)
    const [loop, ...others] = borderLoops(joined)
    expect(others.length).toBe(0)
    expect(loop!.length).toBe(8)
  })

  it("walks loops that touch in a point, and holes, without crossing", () => {
    const diagonal = borderLoops(joinAtBorders([square(0, 0), square(1, 1)], [0, 0, 0]))
    expect(diagonal.map((loop) => loop.length).sort()).toEqual([4, 4])
    const ring = [0, 1, 2].flatMap((x) => [0, 1, 2].map((y) => [x, y] as const)).filter(([x, y]) => x !== 1 || y !== 1)
    const loops = borderLoops(
      joinAtBorders(
        ring.map(([x, y]) => square(x, y)),
        [0, 0, 0],
      ),
    )
    expect(loops.map((loop) => loop.length).sort((a, b) => a - b)).toEqual([4, 12])
  })
})
