import { describe, expect, it } from "vitest"
import type { Solids } from "../../../../engine/kernel.js"
import { openEdges } from "../../../../kernels/geometry/mesh-border.js"
import { meshOfSolids } from "../../../../kernels/lod/solid/faces.js"

/**
 * A box with a square shaft through it, faces as polygons: top and bottom with a hole. Leaning by
 * `lean` mm per metre of height in x.
 */
const shaft = (lean = 0): Solids => {
  const plan = [
    [0, 0, 10, 0, 10, 10, 0, 10],
    [3, 3, 3, 7, 7, 7, 7, 3],
  ]
  const positions: number[] = []
  for (const height of [0, 8])
    for (const ring of plan)
      for (let i = 0; i < 8; i += 2) positions.push(1000 * ring[i]! + lean * height, 1000 * ring[i + 1]!, 1000 * height)
  const faces: number[][][] = [
    [
      [3, 2, 1, 0],
      [7, 6, 5, 4],
    ],
    [
      [8, 9, 10, 11],
      [12, 13, 14, 15],
    ],
  ]
  for (const start of [0, 4])
    for (let i = 0; i < 4; i++) {
      const [a, b] = [start + i, start + ((i + 1) % 4)]
      faces.push([[a, b, b + 8, a + 8]])
    }
  const rings = faces.flat()
  let [end, count] = [0, 0]
  return {
    origin: [5, 6, 7],
    positions: Int32Array.from(positions),
    ringVertices: Uint32Array.from(rings.flat()),
    ringEnds: Uint32Array.from(rings, (ring) => (end += ring.length)),
    faceEnds: Uint32Array.from(faces, (face) => (count += face.length)),
    faceKinds: Uint8Array.of(0, 2, 1, 1, 1, 1, 1, 1, 1, 1),
    solidEnds: Uint32Array.of(10),
    ids: ["shaft"],
    classes: Uint8Array.of(6),
    columns: { floors: { type: "integer", values: Int32Array.of(2) } },
  }
}

const volumeOf = (positions: Int32Array, triangles: Uint32Array): number => {
  let six = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => positions.subarray(3 * triangles[t + k]!, 3 * triangles[t + k]! + 3))
    six += a![0]! * (b![1]! * c![2]! - b![2]! * c![1]!)
    six += a![1]! * (b![2]! * c![0]! - b![0]! * c![2]!)
    six += a![2]! * (b![0]! * c![1]! - b![1]! * c![0]!)
  }
  return six / 6e9
}

describe("meshOfSolids", () => {
  it.each([0, 125, -300])(
    "keeps a solid closed, turned outwards and of one volume, with holes in its faces (lean %i)",
    (lean) => {
      const solids = shaft(lean)
      const mesh = meshOfSolids(solids)
      expect(openEdges(mesh.triangles, 16)).toHaveLength(0)
      // Genus 1: V − E + F = 0.
      expect(16 - (3 * mesh.triangles.length) / 6 + mesh.triangles.length / 3).toBe(0)
      expect(volumeOf(mesh.positions, mesh.triangles)).toBeCloseTo((100 - 16) * 8, 6)
      expect(new Set(mesh.owners)).toEqual(new Set([1]))
      expect(mesh.objects).toEqual({
        ids: ["", "shaft"],
        classes: Uint8Array.of(2, 6),
        columns: { floors: { type: "number", values: Float64Array.of(Number.NaN, 2) } },
      })
      expect(mesh.classes).toEqual(new Uint8Array(16).fill(6))
    },
  )

  it("refuses a face that crosses itself, and names the solid", () => {
    const solids = shaft()
    solids.ringVertices.set([3, 1, 2, 0], 0)
    expect(() => meshOfSolids(solids)).toThrow(/shaft/)
  })
})
