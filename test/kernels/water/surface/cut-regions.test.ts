import { describe, expect, it } from "vitest"
import { doubledArea } from "../../../../engine/core/geometry/rings.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { loadGdal } from "../../../../engine/formats/raster/load-gdal.js"
import { cutAtRegions, middlePlace } from "../../../../kernels/water/surface/cut-regions.js"

const gdal = (await loadGdal()) as unknown as
  | { Geometry: { fromGeoJson(value: object): { isValid(): boolean } } }
  | undefined
const line = 10_000_000
type Polygon = readonly Float64Array[]

const ring = (...xy: number[]): Float64Array => Float64Array.from(xy, (value) => line + value)
const areaOf = (polygons: readonly Polygon[]): number =>
  polygons.flat().reduce((sum, one) => sum + doubledArea(one), 0) / 2
const isValid = (polygon: Polygon): boolean => {
  const coordinates = polygon.map((one) =>
    Array.from({ length: one.length / 2 + 1 }, (_, v) => [one[(2 * v) % one.length], one[(2 * v + 1) % one.length]]),
  )
  return gdal === undefined || gdal.Geometry.fromGeoJson({ type: "Polygon", coordinates }).isValid()
}
/** Edges on the two lines, by direction. */
const onLines = (polygons: readonly Polygon[]): string[] =>
  polygons.flat().flatMap((one) =>
    Array.from({ length: one.length / 2 }, (_, v): string[] => {
      const [ax, ay, bx, by] = [0, 1, 2, 3].map((k) => one[(2 * v + k) % one.length])
      if (ax === bx && ax % line === 0) return [`x ${ax} ${ay} ${by}`]
      return ay === by && ay % line === 0 ? [`y ${ay} ${ax} ${bx}`] : []
    }).flat(),
  )
const turned = (edge: string): string => {
  const [axis, at, from, to] = edge.split(" ")
  return `${axis} ${at} ${to} ${from}`
}

describe("cutAtRegions", () => {
  it("a polygon that no line goes through is itself, one that touches a line too", () => {
    const whole = [ring(0, 10, 50, 10, 50, 60, 0, 60)]
    expect(cutAtRegions(whole)).toEqual([whole])
  })

  it("a square over the corner of four regions becomes four, with the corner in each", () => {
    const pieces = cutAtRegions([ring(-30, -20, 40, -20, 40, 50, -30, 50)])
    expect(pieces.map(([outer]) => doubledArea(outer) / 2).sort((a, b) => a - b)).toEqual([600, 800, 1500, 2000])
    for (const [outer] of pieces) {
      expect(Array.from({ length: 4 }, (_, v) => `${outer[2 * v]} ${outer[2 * v + 1]}`)).toContain(`${line} ${line}`)
    }
  })

  it("tells rings that touch the line: a hole's corner, a hole across, a notch and a tooth", () => {
    const outer = ring(-100, 10, 100, 10, 100, 210, -100, 210)
    const cases: [Polygon, number][] = [
      [[outer, ring(-40, 50, -40, 90, 0, 70)], 2],
      [[outer, ring(-40, 50, -40, 90, 40, 90, 40, 50)], 2],
      [[outer, ring(0, 40, -30, 60, 0, 80, 30, 60)], 2],
      // From the east a notch reaches to the line, from the west a tooth.
      [[ring(-100, 10, 100, 10, 100, 60, 0, 70, 100, 80, 100, 210, -100, 210)], 3],
      [[ring(10, 0, 60, 0, 60, 100, 10, 100, 10, 80, 0, 60, 10, 40)], 1],
      // A bracket whose two arms reach over the line.
      [[ring(-50, 0, 50, 0, 50, 20, -30, 20, -30, 80, 50, 80, 50, 100, -50, 100)], 3],
      // A hole with an edge on the line.
      [[outer, ring(0, 50, 0, 90, 40, 90, 40, 50)], 2],
    ]
    cases.forEach(([polygon, count], c) => {
      const pieces = cutAtRegions(polygon)
      expect(pieces.length, `case ${c}`).toBe(count)
      expect(areaOf(pieces), `case ${c}`).toBe(areaOf([polygon]))
      expect(pieces.every(isValid), `case ${c}`).toBe(true)
    })
  })

  it("seeded polygons: areas add up, pieces lie in their regions, are valid, and share their edges on the lines", () => {
    const random = seededRandom(5)
    for (let n = 0; n < 60; n++) {
      const [cx, cy] = [4e6 * (random() - 0.5), 4e6 * (random() - 0.5)]
      const star = (count: number, low: number, high: number, back: boolean): Float64Array => {
        const xy = Array.from({ length: count }, (_, v) => {
          const angle = ((back ? -1 : 1) * 2 * Math.PI * (v + 0.8 * random())) / count
          const radius = low + (high - low) * random()
          return [Math.round(cx + radius * Math.cos(angle)), Math.round(cy + radius * Math.sin(angle))]
        })
        return ring(...xy.flat())
      }
      const polygon = [star(60, 3e6, 14e6, false), star(20, 0.5e6, 2.4e6, true)]
      const pieces = cutAtRegions(polygon)
      expect(pieces.length).toBeGreaterThan(1)
      expect(Math.abs(areaOf(pieces) / areaOf([polygon]) - 1)).toBeLessThan(1e-6)
      expect(pieces.every(isValid)).toBe(true)
      const edges = new Set(onLines(pieces))
      for (const edge of edges) expect(edges.has(turned(edge))).toBe(true)
      for (const piece of pieces) {
        const [outer] = piece
        for (const axis of [0, 1]) {
          const values = outer.filter((_, i) => i % 2 === axis)
          const region = Math.floor(Math.min(...values) / line)
          expect(Math.max(...values)).toBeLessThanOrEqual((region + 1) * line)
        }
        const [x, y] = middlePlace(piece)
        expect(x).toBeGreaterThanOrEqual(Math.min(...outer.filter((_, i) => i % 2 === 0)) - 1)
        expect(y).toBeGreaterThanOrEqual(Math.min(...outer.filter((_, i) => i % 2 === 1)))
      }
    }
  })
})
