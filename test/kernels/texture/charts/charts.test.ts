import { describe, expect, it } from "vitest"
import type { Mesh } from "../../../../engine/kernel.js"
import { chartNormal, placeOnChart, wallCharts } from "../../../../kernels/texture/charts/charts.js"
import { texelCentre } from "../../../scenes/texture-scene.js"

type Place = readonly [x: number, y: number, z: number]

/**
 * A house of 10 × 6 × 3 m turned by an angle, its south wall in four faces with a vertex in the
 * middle, beside a tree and on ground.
 */
const house = (angle: number, classOf = 6): Mesh => {
  const turned = ([x, y, z]: Place): number[] => [
    Math.round(1000 * (x * Math.cos(angle) - y * Math.sin(angle))),
    Math.round(1000 * (x * Math.sin(angle) + y * Math.cos(angle))),
    Math.round(1000 * z),
  ]
  const places: Place[] = [
    [0, 0, 0],
    [10, 0, 0],
    [10, 6, 0],
    [0, 6, 0],
    [0, 0, 3],
    [10, 0, 3],
    [10, 6, 3],
    [0, 6, 3],
    [5, 0, 0],
  ]
  const walls = [0, 8, 4, 8, 5, 4, 8, 1, 5, 1, 2, 6, 1, 6, 5, 2, 3, 7, 2, 7, 6, 3, 0, 4, 3, 4, 7]
  const roof = [4, 5, 6, 4, 6, 7]
  const ground = [0, 1, 2, 0, 2, 3]
  const triangles = Uint32Array.from([...ground, ...walls, ...roof])
  return {
    origin: [1000, 2000, 0],
    positions: Int32Array.from(places.flatMap(turned)),
    triangles,
    classes: new Uint8Array(places.length).fill(classOf),
    maxError: 0,
    owners: Uint32Array.from({ length: triangles.length / 3 }, (_, t) => (t < 2 ? 0 : 1)),
    objects: { ids: ["", "house"], classes: Uint8Array.of(2, classOf), columns: {} },
  }
}

describe("wallCharts", () => {
  for (const angle of [0, 0.3, 2, -1.2]) {
    it(`gives each wall of a house turned by ${angle} its rectangle, upright, seen from outside`, () => {
      const mesh = house(angle)
      const charts = wallCharts(mesh, { texel: 0.2 })
      expect(charts.map(({ width, height }) => [width, height]).sort((a, b) => a[0]! - b[0]!)).toEqual([
        [30, 15],
        [30, 15],
        [50, 15],
        [50, 15],
      ])
      expect(charts.flatMap(({ faces }) => [...faces]).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10])
      const centre = [5 * Math.cos(angle) - 3 * Math.sin(angle), 5 * Math.sin(angle) + 3 * Math.cos(angle)] as const
      for (const chart of charts) {
        const normal = chartNormal(chart)
        const middle = texelCentre(chart, chart.width / 2 - 0.5, chart.height / 2 - 0.5)
        // To the millimetres of the mesh.
        expect(normal[2]).toBeCloseTo(0, 3)
        // Outwards.
        expect((middle[0] - centre[0]) * normal[0] + (middle[1] - centre[1]) * normal[1]).toBeGreaterThan(2.9)
        expect(texelCentre(chart, 0, 0)[2]).toBeCloseTo(2.9, 3)
        expect(texelCentre(chart, 0, 14)[2]).toBeCloseTo(0.1, 3)
        // Left to right from outside: up, right, towards the viewer turn counter-clockwise.
        const [ux, uy] = chart.u
        expect(-normal[1] * ux + normal[0] * uy).toBeCloseTo(1, 6)
        for (const t of chart.faces) {
          for (let k = 0; k < 3; k++) {
            const at = 3 * mesh.triangles[3 * t + k]!
            const [x, y, z] = [0, 1, 2].map((axis) => mesh.positions[at + axis]! / 1000) as [number, number, number]
            const [column, row] = placeOnChart(chart, x, y, z)
            expect(column).toBeGreaterThan(-0.02)
            expect(column).toBeLessThan(chart.width + 0.02)
            expect(row).toBeGreaterThan(-0.02)
            expect(row).toBeLessThan(chart.height + 0.02)
            const back = texelCentre(chart, column - 0.5, row - 0.5)
            expect(Math.hypot(back[0] - x, back[1] - y, back[2] - z)).toBeLessThan(0.002)
          }
        }
      }
    })
  }

  it("keeps walls of different objects apart on one plane, and does not follow a round tower", () => {
    const mesh = house(0)
    // The east half of the south wall belongs to another house.
    const owners = Uint32Array.from(mesh.owners!)
    owners[4] = 2
    const objects = { ...mesh.objects!, ids: ["", "a", "b"], classes: Uint8Array.of(2, 6, 6) }
    expect(wallCharts({ ...mesh, owners, objects }, { texel: 0.2 })).toHaveLength(5)
    const sides = 120
    const ring = Array.from({ length: sides }, (_, k): Place => {
      const angle = (2 * Math.PI * k) / sides
      return [5000 * Math.cos(angle), 5000 * Math.sin(angle), 0]
    })
    const tower: Mesh = {
      ...mesh,
      positions: Int32Array.from([...ring.flat(), ...ring.flatMap(([x, y]) => [x, y, 9000])], Math.round),
      triangles: Uint32Array.from(
        ring.flatMap((_, k) => [k, (k + 1) % sides, sides + k, (k + 1) % sides, sides + ((k + 1) % sides), sides + k]),
      ),
      classes: new Uint8Array(2 * sides).fill(6),
      owners: new Uint32Array(2 * sides).fill(1),
    }
    const charts = wallCharts(tower, { texel: 0.2 })
    expect(charts.length).toBeGreaterThan(20)
    expect(charts.length).toBeLessThan(60)
    expect(charts.flatMap(({ faces }) => [...faces])).toHaveLength(2 * sides)
  })

  it("takes no tree, no ground, no water for a wall, and nothing of a mesh without objects", () => {
    for (const code of [2, 5, 9]) expect(wallCharts(house(0, code), { texel: 0.2 })).toEqual([])
    const { owners: _, objects: __, ...sheet } = house(0)
    expect(wallCharts(sheet, { texel: 0.2 })).toEqual([])
  })

  it("gives the same charts again, largest first", () => {
    const charts = wallCharts(house(0.3), { texel: 0.2 })
    expect(wallCharts(house(0.3), { texel: 0.2 })).toEqual(charts)
    expect(wallCharts(house(0.3), { texel: 0.1 })[0]).toMatchObject({ width: 100, height: 30 })
  })
})
