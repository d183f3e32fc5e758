import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { JoinedMeshes } from "../../../../kernels/geometry/mesh-border.js"
import { simplifyBorder } from "../../../../kernels/lod/levels/simplify-rings.js"

/**
 * A closed border along the square [0, 2000] with a vertex every 100 mm, walked counter-clockwise.
 */
const ringOf = (heights: (x: number, y: number) => number, startAt: number): JoinedMeshes => {
  const place = (step: number): [number, number] => {
    const s = (step + startAt) % 80
    if (s < 20) return [100 * s, 0]
    if (s < 40) return [2000, 100 * (s - 20)]
    return s < 60 ? [2000 - 100 * (s - 40), 2000] : [0, 2000 - 100 * (s - 60)]
  }
  const places = Array.from({ length: 80 }, (_, i) => place(i))
  return {
    x: Int32Array.from(places, ([x]) => x),
    y: Int32Array.from(places, ([, y]) => y),
    z: Int32Array.from(places, ([x, y]) => heights(x, y)),
    classes: new Uint8Array(80),
    onBorder: new Uint8Array(80).fill(1),
    border: Int32Array.from({ length: 160 }, (_, i) => ((i + 1) >> 1) % 80),
    triangles: new Uint32Array(0),
  }
}

describe("simplifyBorder", () => {
  it("keeps the corners of the grid on a flat border, and nothing else", () => {
    const joined = ringOf(() => 7, 13)
    const { vertices, edges, maxError } = simplifyBorder(joined, 1000, 10)
    const kept = [...vertices].map((v) => `${joined.x[v]} ${joined.y[v]}`).sort()
    expect(kept).toEqual(["0 0", "0 1000", "0 2000", "1000 0", "1000 2000", "2000 0", "2000 1000", "2000 2000"])
    expect([edges.length, maxError]).toEqual([16, 0])
  })

  it("chooses the same vertices wherever the loop starts and whichever way it runs", () => {
    const random = seededRandom(1)
    const table = new Map<string, number>()
    const rough = (x: number, y: number): number => {
      const key = `${x} ${y}`
      if (!table.has(key)) table.set(key, Math.floor(200 * random()))
      return table.get(key)!
    }
    const chosen = (joined: JoinedMeshes): string[] => {
      const { vertices, maxError } = simplifyBorder(joined, 1000, 60)
      expect(maxError).toBeLessThanOrEqual(60)
      return [...vertices].map((v) => `${joined.x[v]} ${joined.y[v]}`).sort()
    }
    const first = chosen(ringOf(rough, 0))
    expect(first.length).toBeGreaterThan(8)
    expect(first.length).toBeLessThan(80)
    for (const start of [1, 7, 33]) expect(chosen(ringOf(rough, start))).toEqual(first)
    const ring = ringOf(rough, 5)
    expect(chosen({ ...ring, border: ring.border.slice().reverse() })).toEqual(first)
  })
})
