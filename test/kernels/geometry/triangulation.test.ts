import { incircle } from "robust-predicates"
import { describe, expect, it } from "vitest"
import { nextEdge, previousEdge } from "../../../engine/core/geometry/triangles.js"
import { seededRandom } from "../../../engine/core/random.js"
import { orientation, Triangulation } from "../../../kernels/geometry/triangulation.js"

const fill = (mesh: Triangulation, seed: number, count: number, range: number): number[] => {
  const random = seededRandom(seed)
  const vertices: number[] = []
  let triangle = 0
  for (let i = 0; i < count; i++) {
    const x = Math.floor(random() * (range + 1))
    const y = Math.floor(random() * (range + 1))
    triangle = mesh.locate(x, y, triangle)
    vertices.push(mesh.insert(x, y, triangle))
    triangle = Math.floor(mesh.edgeFrom(vertices.at(-1)!) / 3)
  }
  return vertices
}

const check = (mesh: Triangulation): { area: number; flaws: number } => {
  let area = 0
  let flaws = 0
  for (let e = 0; e < 3 * mesh.triangleCount; e++) {
    const [a, b, c] = [mesh.corners[e], mesh.corners[nextEdge(e)], mesh.corners[previousEdge(e)]]
    const twice = orientation(mesh.x[a], mesh.y[a], mesh.x[b], mesh.y[b], mesh.x[c], mesh.y[c])
    if (twice <= 0) flaws++
    area += twice / 6
    const twin = mesh.twins[e]
    if (twin < 0) continue
    if (mesh.twins[twin] !== e || mesh.corners[twin] !== b || mesh.corners[nextEdge(twin)] !== a) flaws++
    const d = mesh.corners[previousEdge(twin)]
    if (incircle(mesh.x[a], mesh.y[a], mesh.x[b], mesh.y[b], mesh.x[c], mesh.y[c], mesh.x[d], mesh.y[d]) > 0) flaws++
  }
  for (let v = 0; v < mesh.vertexCount; v++) if (mesh.corners[mesh.edgeFrom(v)] !== v) flaws++
  return { area, flaws }
}

describe("Triangulation", () => {
  // A small range gives many points of one line, one circle and one place; a large one leaves exact
  // doubles behind.
  it.each([
    [8, 60],
    [40, 900],
    [1000, 3000],
    [1_000_000, 2000],
    [2_000_000_000, 1000],
  ])("stays Delaunay, sound and whole over a box of side %i", (range, count) => {
    const mesh = new Triangulation(0, 0, range, range, 4)
    fill(mesh, range, count, range)
    const { area, flaws } = check(mesh)
    expect(flaws).toBe(0)
    expect(area / range ** 2).toBeCloseTo(1, 9)
  })

  it("gives a known vertex for a point at its place", () => {
    const mesh = new Triangulation(0, 0, 10, 10)
    expect(mesh.insert(10, 10, mesh.locate(10, 10, 0))).toBe(2)
    const vertex = mesh.insert(4, 4, mesh.locate(4, 4, 0))
    expect(mesh.insert(4, 4, mesh.locate(4, 4, 0))).toBe(vertex)
    expect(mesh.vertexCount).toBe(5)
  })

  it("forces segments through, and stays sound", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const mesh = new Triangulation(0, 0, 1000, 1000)
      const left = mesh.insert(0, 501, mesh.locate(0, 501, 0))
      const right = mesh.insert(1000, 499, mesh.locate(1000, 499, 0))
      const random = seededRandom(seed)
      for (let i = 0; i < 80; i++) {
        const x = Math.floor(random() * 1000)
        const y = Math.floor(random() * 1000)
        if (orientation(0, 501, 1000, 499, x, y) !== 0) mesh.insert(x, y, mesh.locate(x, y, 0))
      }
      mesh.forceThrough(left, right)
      expect(mesh.findEdge(left, right)).toBeGreaterThanOrEqual(0)
      let flaws = 0
      for (let t = 0; t < mesh.triangleCount; t++) {
        const [a, b, c] = [mesh.corners[3 * t], mesh.corners[3 * t + 1], mesh.corners[3 * t + 2]]
        if (orientation(mesh.x[a], mesh.y[a], mesh.x[b], mesh.y[b], mesh.x[c], mesh.y[c]) <= 0) flaws++
      }
      expect(flaws).toBe(0)
    }
  })

  // Points of a small lattice: almost every segment runs through some of them.
  it.each([
    [12, 1],
    [2_000_000_000, 100_000_000],
  ])("leads a segment through the vertices that lie on it, in a box of side %i", (range, step) => {
    const random = seededRandom(range)
    let split = 0
    for (let round = 0; round < 60; round++) {
      const mesh = new Triangulation(0, 0, range, range)
      const vertices: number[] = []
      for (let i = 0; i < 50; i++) {
        const [x, y] = [0, 0].map(() => step * Math.floor((random() * range) / step)) as [number, number]
        vertices.push(mesh.insert(x, y, mesh.locate(x, y, 0)))
      }
      const [a, b] = [vertices[0]!, vertices.find((v) => v !== vertices[0])!]
      const chain = [a, ...mesh.forceThrough(a, b), b]
      const isOn = (v: number): boolean => {
        const [dx, dy] = [mesh.x[b] - mesh.x[a], mesh.y[b] - mesh.y[a]]
        const [vx, vy] = [mesh.x[v] - mesh.x[a], mesh.y[v] - mesh.y[a]]
        if (orientation(mesh.x[a], mesh.y[a], mesh.x[b], mesh.y[b], mesh.x[v], mesh.y[v]) !== 0) return false
        return v !== a && v !== b && vx * dx + vy * dy > 0 && vx * vx + vy * vy < dx * dx + dy * dy
      }
      const between = [...Array(mesh.vertexCount).keys()].filter(isOn)
      expect(chain.slice(1, -1).sort((u, v) => u - v)).toEqual(between)
      if (between.length > 0) split++
      for (let k = 1; k < chain.length; k++)
        expect(Math.max(mesh.findEdge(chain[k - 1]!, chain[k]!), mesh.findEdge(chain[k]!, chain[k - 1]!))).not.toBe(-1)
      for (let t = 0; t < mesh.triangleCount; t++)
        expect(mesh.side(3 * t, mesh.x[mesh.corners[3 * t + 2]], mesh.y[mesh.corners[3 * t + 2]])).toBeGreaterThan(0)
    }
    expect(split).toBeGreaterThan(3)
  })

  it("refuses a segment out of the mesh instead of walking for ever", () => {
    const mesh = new Triangulation(0, 0, 10, 10)
    // Cut along its diagonal.
    mesh.twins.fill(-1, 2, 4)
    expect(() => mesh.forceThrough(1, 3)).toThrow("leaves the mesh")
  })

  it("tells the side exactly where doubles cannot", () => {
    const big = 2 ** 31 - 1
    expect(Math.sign(orientation(0, 0, big, big - 1, big - 1, big - 2))).toBe(
      Math.sign(Number(BigInt(big) * BigInt(big - 2) - BigInt(big - 1) * BigInt(big - 1))),
    )
    expect(orientation(0, 0, 1, 0, 0, 1)).toBe(1)
  })
})
