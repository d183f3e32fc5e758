import { describe, expect, it } from "vitest"
import type { Mesh } from "../../../../engine/kernel.js"
import { groundHeights } from "../../../../kernels/vegetation/tree/ground-heights.js"

/**
 * A tile of 100 m with a vertex in its middle and one on its eastern side, mm; `middle`: height of
 * the first.
 */
const tileAt = (x: number, middle: number, side: number): Mesh => ({
  origin: [x, 0, 0],
  positions: Int32Array.of(
    ...[0, 0, 1000, 100_000, 0, 2000, 100_000, 100_000, 4000, 0, 100_000, 3000],
    ...[40_000, 60_000, middle, side, 30_000, 7777],
  ),
  triangles:
    side === 0
      ? Uint32Array.of(0, 1, 4, 1, 2, 4, 2, 3, 4, 3, 5, 4, 5, 0, 4)
      : Uint32Array.of(0, 1, 4, 1, 5, 4, 5, 2, 4, 2, 3, 4, 3, 0, 4),
  classes: new Uint8Array(6).fill(2),
  maxError: 0,
})

describe("heights of a tile's ground", () => {
  it("are those of its triangles within, and none outside", () => {
    const at = groundHeights(tileAt(0, 9000, 100_000), 100_000)
    expect(at(40_000, 60_000)).toBe(9000)
    expect(at(20_000, 30_000)).toBe(5000)
    expect(at(100_001, 50_000)).toBeUndefined()
  })

  it("on the border are those of the line, the same whatever lies within and on which side", () => {
    const west = groundHeights(tileAt(0, 9000, 100_000), 100_000)
    const other = groundHeights(tileAt(0, -5000, 100_000), 100_000)
    for (let y = 0; y <= 100_000; y += 1250) {
      const along = y <= 30_000 ? 2000 + (5777 * y) / 30_000 : 7777 - (3777 * (y - 30_000)) / 70_000
      expect(west(100_000, y)).toBe(Math.round(along))
      expect(other(100_000, y)).toBe(west(100_000, y))
    }
    // The neighbour's western line, with heights of its own corners.
    const east = groundHeights(
      {
        ...tileAt(100, 1234, 0),
        positions: tileAt(100, 1234, 0).positions.map((v, i) => (i === 2 ? 2000 : i === 11 ? 4000 : v)),
      },
      100_000,
    )
    for (let y = 0; y <= 100_000; y += 1250) expect(east(100_000, y)).toBe(west(100_000, y))
    expect([west(0, 0), west(0, 50_000), west(50_000, 100_000)]).toEqual([1000, 2000, 3500])
  })

  it("are none on a line without ground", () => {
    const mesh = tileAt(0, 9000, 100_000)
    const at = groundHeights({ ...mesh, triangles: mesh.triangles.slice(3, 15) }, 100_000)
    expect(at(50_000, 0)).toBeUndefined()
    expect(at(0, 50_000)).toBe(2000)
    expect(at(0, 0)).toBe(1000)
  })
})
