import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { greedyTin, type Tin, type TinInput } from "../../../kernels/geometry/greedy-tin.js"
import { prepareGreedyCore } from "../../../kernels/geometry/wasm/greedy.js"

const square = { x: Int32Array.of(0, 1000, 1000, 0), y: Int32Array.of(0, 0, 1000, 1000), z: Int32Array.of(0, 0, 0, 0) }
const loop = Int32Array.of(0, 1, 1, 2, 2, 3, 3, 0)

/** Candidates at different places strictly inside the square. */
const candidatesOf = (seed: number, count: number): TinInput["candidates"] => {
  const random = seededRandom(seed)
  const places = new Set<number>()
  while (places.size < count) places.add(1000 * Math.floor(1 + 999 * random()) + Math.floor(1 + 999 * random()))
  const x = Int32Array.from(places, (place) => place % 1000 || 1)
  const y = Int32Array.from(places, (place) => Math.floor(place / 1000))
  return {
    x,
    y,
    z: x.map((value, i) => Math.round(80 * Math.sin(value / 90) + 60 * Math.cos(y[i] / 70) + 30 * random())),
  }
}

const largestError = (input: TinInput, tin: Tin): number => {
  const offset = input.fixed.x.length
  const at = (v: number): [number, number, number] => {
    const place = tin.vertices[v]
    const from = place < offset ? input.fixed : input.candidates
    const i = place < offset ? place : place - offset
    return [from.x[i], from.y[i], from.z[i]]
  }
  let largest = 0
  const { x, y, z } = input.candidates
  for (let i = 0; i < x.length; i++) {
    let found = false
    for (let t = 0; t < tin.triangles.length && !found; t += 3) {
      const [a, b, c] = [at(tin.triangles[t]), at(tin.triangles[t + 1]), at(tin.triangles[t + 2])]
      const side = (p: readonly number[], q: readonly number[]): number =>
        (q[0]! - p[0]!) * (y[i] - p[1]!) - (q[1]! - p[1]!) * (x[i] - p[0]!)
      const [ab, bc, ca] = [side(a, b), side(b, c), side(c, a)]
      if (ab < 0 || bc < 0 || ca < 0) continue
      found = true
      largest = Math.max(largest, Math.abs((a[2] * bc + b[2] * ca + c[2] * ab) / (ab + bc + ca) - z[i]))
    }
    if (!found) return Number.NaN
  }
  return largest
}

/** Directed edges by the places of their ends in the input. */
const edgesOf = ({ triangles, vertices }: Tin): Set<string> => {
  const edges = new Set<string>()
  for (let e = 0; e < triangles.length; e++)
    edges.add(`${vertices[triangles[e]]} ${vertices[triangles[e % 3 === 2 ? e - 2 : e + 1]]}`)
  return edges
}

describe("greedyTin", () => {
  it("ends at its border where a fixed vertex lies on an edge of it", () => {
    // A square of 600 inside the box; vertex 4 lies on its south side, which the border passes in
    // one edge.
    const fixed = {
      x: Int32Array.of(200, 800, 800, 200, 500),
      y: Int32Array.of(200, 200, 800, 800, 200),
      z: Int32Array.of(0, 0, 0, 0, 90),
    }
    const candidates = candidatesOf(9, 400)
    const tin = greedyTin({ box: [0, 0, 1000, 1000], fixed, border: loop, candidates, maxError: 20 })
    const place = (v: number): [number, number] => {
      const i = tin.vertices[v]
      return i < 5 ? [fixed.x[i], fixed.y[i]] : [candidates.x[i - 5], candidates.y[i - 5]]
    }
    let area = 0
    for (let t = 0; t < tin.triangles.length; t += 3) {
      const [a, b, c] = [place(tin.triangles[t]), place(tin.triangles[t + 1]), place(tin.triangles[t + 2])]
      const twice = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
      expect(twice).toBeGreaterThan(0)
      area += twice / 2
    }
    expect(area).toBe(600 * 600)
    expect([...tin.vertices]).toContain(4)
  })

  it("keeps edges of its inside that are given in both directions, whatever goes in beside them", async () => {
    // A crooked line through the square, no candidate on it.
    const fixed = {
      x: Int32Array.of(0, 1000, 1000, 0, 101, 480, 530, 907),
      y: Int32Array.of(0, 0, 1000, 1000, 207, 489, 502, 811),
      z: Int32Array.of(0, 0, 0, 0, 50, -50, 50, -50),
    }
    const line = [4, 5, 5, 6, 6, 7]
    const border = Int32Array.from([...loop, ...line, ...[...line].reverse()])
    const all = candidatesOf(11, 600)
    const beside = [...all.x.keys()].filter((i) =>
      [4, 5, 6].every((v) => {
        const [dx, dy] = [fixed.x[v + 1] - fixed.x[v], fixed.y[v + 1] - fixed.y[v]]
        return dx * (all.y[i] - fixed.y[v]) !== dy * (all.x[i] - fixed.x[v])
      }),
    )
    const pick = (from: Int32Array): Int32Array => Int32Array.from(beside, (i) => from[i])
    const candidates = { x: pick(all.x), y: pick(all.y), z: pick(all.z) }
    const input: TinInput = { box: [0, 0, 1000, 1000], fixed, border, candidates, maxError: 8 }
    for (const core of [null, await prepareGreedyCore()]) {
      const tin = greedyTin(input, core)
      expect(tin.triangles.length / 3).toBeGreaterThan(300)
      expect(largestError(input, tin)).toBeLessThanOrEqual(8 + 1e-9)
      const edges = edgesOf(tin)
      // Each direction once: neither side has a crack there.
      for (let i = 0; i < line.length; i += 2) {
        expect(edges).toContain(`${line[i]} ${line[i + 1]}`)
        expect(edges).toContain(`${line[i + 1]} ${line[i]}`)
      }
      // Every edge but the square's own has its twin.
      const open = [...edges].filter((edge) => !edges.has(edge.split(" ").reverse().join(" ")))
      expect(open.sort()).toEqual(["0 1", "1 2", "2 3", "3 0"])
    }
    // Without the line given its long ends do not come about.
    const plain = edgesOf(greedyTin({ ...input, border: loop }, null))
    for (const edge of ["4 5", "6 7"]) expect(plain).not.toContain(edge)
  })

  it("meets its bound at every candidate, whatever the bound, and states the error it has", () => {
    for (const [seed, maxError] of [
      [1, 0],
      [2, 3],
      [3, 20],
      [4, 100],
      [5, 1000],
    ] as const) {
      const input: TinInput = {
        box: [0, 0, 1000, 1000],
        fixed: square,
        border: loop,
        candidates: candidatesOf(seed, 500),
        maxError,
      }
      const tin = greedyTin(input)
      const largest = largestError(input, tin)
      expect(largest).toBeLessThanOrEqual(maxError + 1e-9)
      expect(tin.maxError).toBeCloseTo(largest, 9)
      expect(tin.statistics().rmsError).toBeLessThanOrEqual(tin.maxError)
      expect(tin.statistics().inside).toBe(500)
      if (maxError === 0) expect(tin.vertices.length).toBeGreaterThan(490)
      if (maxError === 1000) expect(tin.triangles.length).toBe(6)
    }
  })

  it("inserts the worst first: each budget holds the vertices of the smaller one", () => {
    const candidates = candidatesOf(9, 800)
    const upTo = (maxTriangles: number): Tin =>
      greedyTin({ box: [0, 0, 1000, 1000], fixed: square, border: loop, candidates, maxError: 0, maxTriangles })
    // Statistics hold until the next call.
    const rms: number[] = []
    const tins = [20, 40, 100, 400].map((limit) => {
      const tin = upTo(limit)
      rms.push(tin.statistics().rmsError)
      return tin
    })
    for (const [i, { vertices }] of tins.entries()) {
      const before = tins[i - 1]
      if (before === undefined) continue
      expect([...vertices.subarray(0, before.vertices.length)]).toEqual([...before.vertices])
      expect(rms[i]).toBeLessThan(rms[i - 1] as number)
    }
  })

  it("keeps to the inside of its border", () => {
    // A square ring: outer loop counter-clockwise, inner one clockwise.
    const fixed = {
      x: Int32Array.of(0, 1000, 1000, 0, 300, 300, 700, 700),
      y: Int32Array.of(0, 0, 1000, 1000, 300, 700, 700, 300),
      z: new Int32Array(8),
    }
    const border = Int32Array.of(0, 1, 1, 2, 2, 3, 3, 0, 4, 5, 5, 6, 6, 7, 7, 4)
    const candidates = candidatesOf(12, 600)
    const tin = greedyTin({ box: [0, 0, 1000, 1000], fixed, border, candidates, maxError: 5 })
    const outside = (i: number): boolean =>
      candidates.x[i] >= 300 && candidates.x[i] <= 700 && candidates.y[i] >= 300 && candidates.y[i] <= 700
    const all = Array.from({ length: 600 }, (_, i) => i)
    expect(tin.statistics().inside).toBe(all.filter((i) => !outside(i)).length)
    expect([...tin.vertices].some((place) => place >= 8 && outside(place - 8))).toBe(false)
  })
})
