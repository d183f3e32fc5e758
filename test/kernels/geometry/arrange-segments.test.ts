import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { arrangeSegments, edgesMeet, type Segment } from "../../../kernels/geometry/arrange-segments.js"
import { cycleArea, findCycles, findFaces, nextHalfEdges } from "../../../kernels/geometry/planar-graph.js"
import { triangulatePolygon } from "../../../kernels/geometry/triangulate-polygon.js"

const square = Float64Array.of(0, 0, 10000, 0, 10000, 10000, 0, 10000)
const court = Float64Array.of(4000, 4000, 4000, 6000, 6000, 6000, 6000, 4000)
const random100 = (seed: number): Segment[] => {
  const random = seededRandom(seed)
  const at = (): number => -1000 + 12000 * random()
  return Array.from({ length: 4 + Math.floor(random() * 20) }, () => ({ ax: at(), ay: at(), bx: at(), by: at() }))
}

describe("arrangeSegments", () => {
  it("is planar, keeps the corners, and its faces fill the polygon, for 100 random sets of lines", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const graph = arrangeSegments([square, court], [], random100(seed))
      expect(graph.x.slice(0, 8)).toEqual([0, 10000, 10000, 0, 4000, 4000, 6000, 6000])
      let meeting = 0
      for (let e = 0; e < graph.from.length; e++) {
        for (let f = 0; f < e; f++) {
          const ends = [graph.from[e], graph.to[e], graph.from[f], graph.to[f]] as [number, number, number, number]
          if (edgesMeet(graph, ...ends)) meeting++
        }
      }
      expect(meeting).toBe(0)
      const { left } = findFaces(graph)
      const outside = new Set(graph.ring.flatMap((ring, e) => (ring >= 0 ? [left[2 * e + 1]] : [])))
      const inner = findCycles(nextHalfEdges(graph)).filter((cycle) => !outside.has(left[cycle[0] as number]))
      const area = inner.reduce((sum, cycle) => sum + cycleArea(graph, cycle), 0) / 2
      expect(area).toBeGreaterThan(96e6 - 1e5)
      expect(area).toBeLessThan(96e6 + 1e5)
    }
  })

  it("lines that nearly meet in one point meet there, and loose ends go", () => {
    const through = (degrees: number, dx: number): Segment => {
      const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
      return { ax: 2000 + dx - 9000 * c, ay: 2000 - 9000 * s, bx: 2000 + dx + 9000 * c, by: 2000 + 9000 * s }
    }
    const graph = arrangeSegments(
      [square],
      [],
      [through(10, 0), through(70, 10), through(130, -10), { ax: 8000, ay: 8000, bx: 8500, by: 8500 }],
    )
    const degree = graph.x.map(
      (_, v) => graph.from.filter((a) => a === v).length + graph.to.filter((b) => b === v).length,
    )
    expect(Math.max(...degree)).toBe(6)
    expect(findFaces(graph).count).toBe(6)
    expect(degree.filter((d) => d === 1).length).toBe(0)
  })
})

describe("triangulatePolygon", () => {
  it("uses every vertex, leaves no vertex on an edge, and fills polygons with holes", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed)
      const n = 4 + Math.floor(random() * 20)
      const [x, y]: number[][] = [[], []]
      const ring = (scale: number, sign: number): number[] =>
        Array.from({ length: n }, (_, i) => {
          const [angle, radius] = [(sign * i * 2 * Math.PI) / n, scale * (0.6 + 0.4 * random())]
          y.push(Math.round(radius * Math.sin(angle)))
          return x.push(Math.round(radius * Math.cos(angle))) - 1
        })
      const rings = [ring(10000, 1), ring(3000, -1)]
      const triangles = triangulatePolygon(x, y, rings) as number[]
      expect(triangles.length / 3).toBe(2 * n + 2 - 2)
      expect(new Set(triangles).size).toBe(2 * n)
      const area = (list: readonly number[]): number =>
        list.reduce((sum, a, i) => {
          const b = list[(i + 1) % list.length] as number
          return sum + ((x[a] as number) * (y[b] as number) - (x[b] as number) * (y[a] as number)) / 2
        }, 0)
      let sum = 0
      for (let t = 0; t < triangles.length; t += 3) {
        const own = area(triangles.slice(t, t + 3))
        expect(own).toBeGreaterThan(0)
        sum += own
      }
      expect(sum).toBeCloseTo(area(rings[0] as number[]) + area(rings[1] as number[]), 3)
    }
  })

  it("cuts a wall with vertices on its straight sides without a flat triangle", () => {
    const x = [0, 4924.008225013439, 9848.016450026878, 14772.024675040318, 14772.024675040318, 0]
    const y = [173350, 173329, 173308, 173287, 177455, 175922]
    const triangles = triangulatePolygon(x, y, [[0, 1, 2, 3, 4, 5]]) as number[]
    expect(triangles.length).toBe(12)
    expect(new Set(triangles).size).toBe(6)
  })

  it("gives nothing for rings that cross", () => {
    expect(triangulatePolygon([0, 10, 0, 10], [0, 0, 10, 10], [[0, 1, 3, 2, 0, 1]])).toBeUndefined()
  })
})
