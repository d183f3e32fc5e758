import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { canonicalDelaunay } from "../../../../kernels/geometry/delaunay.js"
import { edgesAcross, triangleAround } from "../../../../kernels/terrain/border/profile.js"

const LENGTH = 100_000

/** Points of a strip beside the axis, one a cell of half a metre, where `keep` says so. */
const strip = (seed: number, keep: (x: number, y: number) => boolean, snap = 1): Float64Array => {
  const random = seededRandom(seed)
  const places = new Set<string>()
  for (let x = -4000; x < LENGTH + 4000; x += 500) {
    for (let y = -4000; y < 4000; y += 500) {
      const [px, py] = [x, y].map((at) => Math.floor((at + 500 * random()) / snap) * snap) as [number, number]
      if (keep(px, py)) places.add(`${px},${py}`)
    }
  }
  return Float64Array.from([...places].flatMap((place) => place.split(",").map(Number)))
}

/**
 * The same by definition: edges of the triangulation of all points that cross the axis between the
 * ends, each once.
 */
const truth = (xy: Float64Array): string[] => edgeNames(xy, [...pairs(canonicalDelaunay(xy))].flat())

function* pairs(triangles: Uint32Array): Generator<[number, number]> {
  for (let e = 0; e < triangles.length; e++) yield [triangles[e]!, triangles[e % 3 === 2 ? e - 2 : e + 1]!]
}

const edgeNames = (xy: Float64Array, edges: readonly number[]): string[] => {
  const names = new Set<string>()
  for (let k = 0; k < edges.length; k += 2) {
    const [p, q] = [Math.min(edges[k]!, edges[k + 1]!), Math.max(edges[k]!, edges[k + 1]!)]
    const [py, qy] = [xy[2 * p + 1]!, xy[2 * q + 1]!]
    if (!((py < 0 && qy > 0) || (py > 0 && qy < 0))) continue
    const x = (xy[2 * p]! * qy - xy[2 * q]! * py) / (qy - py)
    if (x > 0 && x < LENGTH) names.add(`${p} ${q}`)
  }
  return [...names].sort()
}

describe("edgesAcross", () => {
  const cases: Record<string, Float64Array> = {
    dense: strip(1, () => true),
    "on a lattice, where circles have many points": strip(2, () => true, 250),
    "with a gap of 20 m": strip(3, (x) => x < 40_000 || x > 60_000),
    "with a gap on one side": strip(4, (x, y) => x < 40_000 || x > 60_000 || y < -1000),
    "thin by chance": strip(5, (x, y) => (x * 7 + y * 13) % 11 < 2),
    "that ends before its ends do": strip(6, (x) => x > 5000 && x < LENGTH - 5000),
    "without the middle": strip(7, (x) => x < 1000 || x > LENGTH - 1000),
    "with points on the axis, far apart in what is near it": strip(
      9,
      (x, y) => (y === 0 && x % 6000 === 0) || Math.abs(y) > 1500,
      500,
    ),
    "on one side": strip(8, (_, y) => y >= 0),
  }
  for (const [name, xy] of Object.entries(cases)) {
    it(`are those of the whole triangulation: a strip ${name}`, () => {
      const expected = truth(xy)
      expect(edgeNames(xy, edgesAcross(xy))).toEqual(expected)
      expect(expected.length > 0).toBe(name !== "on one side")
    })
  }
})

describe("triangleAround", () => {
  it("holds the place, as the whole triangulation has it, or tells that nothing does", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed)
      const spread = seed % 2 === 0 ? 8000 : 300_000
      const shift = seed % 5 === 0 ? 0.9 : 0.5
      const xy = Float64Array.from({ length: 60 }, () => Math.round((random() - shift) * spread))
      const triangles = canonicalDelaunay(xy)
      const around = triangleAround(xy)
      const holders: string[] = []
      for (let t = 0; t < triangles.length; t += 3) {
        const corners = [...triangles.subarray(t, t + 3)]
        const turns = corners.map((p, k) => {
          const q = corners[(k + 1) % 3]!
          return xy[2 * p]! * xy[2 * q + 1]! - xy[2 * p + 1]! * xy[2 * q]!
        })
        if (turns.every((turn) => turn >= 0)) holders.push(corners.sort((a, b) => a - b).join(" "))
      }
      const found = around && [...around].sort((a, b) => a - b).join(" ")
      if (holders.length === 0) expect(found, `seed ${seed}`).toBeUndefined()
      else expect(holders, `seed ${seed}`).toContain(found)
    }
  })
})
