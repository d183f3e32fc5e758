import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { SiteSurface } from "../../../../engine/plan/colour/site-surface.js"

const box = [1000, 2000, 1032, 2032] as const
type Point = readonly [x: number, y: number, z: number, classification: number]

/** Points a quarter of a metre apart over the site and its margin, millimetres from its corner. */
const sheet = (height: (x: number, y: number) => number, classification = 2): Point[] => {
  const points: Point[] = []
  for (let y = -39_900; y < 72_000; y += 250)
    for (let x = -39_900; x < 72_000; x += 250)
      points.push([x, y, Math.round(1000 * height(x / 1000, y / 1000)), classification])
  return points
}
const surfaceOf = (points: readonly Point[]): SiteSurface => {
  const surface = new SiteSurface(box, 100)
  for (const point of points) surface.add(...point)
  return surface
}

describe("SiteSurface", () => {
  it("finds the planes of ground and roofs, the same for any order of the points", () => {
    const roof = sheet((x) => 8 + 0.5 * x, 6).filter(([x, y]) => x > 8000 && x < 24_000 && y > 8000 && y < 24_000)
    const ground = sheet((x, y) => 0.1 * x - 0.05 * y).filter(
      ([x, y]) => !(x > 8000 && x < 24_000 && y > 8000 && y < 24_000),
    )
    const points = [...ground, ...roof]
    const places = surfaceOf(points).places()
    expect(places.filter((place) => place.ground).length).toBeGreaterThan(30)
    expect(places.filter((place) => !place.ground).length).toBeGreaterThan(30)
    for (const { centre, slope, ground: isGround } of places) {
      const [x, y] = [centre[0] - box[0], centre[1] - box[1]]
      expect(centre[2]).toBeCloseTo(isGround ? 100 + 0.1 * x - 0.05 * y : 108 + 0.5 * x, 2)
      expect(slope[0]).toBeCloseTo(isGround ? 0.1 : 0.5, 3)
      expect(slope[1]).toBeCloseTo(isGround ? -0.05 : 0, 3)
    }
    const random = seededRandom(1)
    const mixed = points.map((point) => ({ point, order: random() })).sort((a, b) => a.order - b.order)
    expect(surfaceOf(mixed.map(({ point }) => point)).places()).toEqual(places)
  })

  it("leaves out what is rough, on an edge, or under a tree", () => {
    const rough = seededRandom(2)
    expect(surfaceOf(sheet(() => 0.6 * rough())).places()).toEqual([])
    const step = surfaceOf(sheet((x) => (x < 16 ? 0 : 1))).places()
    expect(step.length).toBeGreaterThan(20)
    for (const { centre } of step) expect(Math.abs(centre[0] - box[0] - 16)).toBeGreaterThan(1.4)
    const crown = sheet(() => 6, 5).filter(([x, y]) => Math.hypot(x - 16_000, y - 16_000) < 5000)
    const covered = surfaceOf([...sheet(() => 0), ...crown]).places()
    expect(covered.length).toBeGreaterThan(20)
    for (const { centre } of covered)
      expect(Math.hypot(centre[0] - box[0] - 16, centre[1] - box[1] - 16)).toBeGreaterThan(4.5)
  })

  it("knows what stands between a place and a camera, beyond the site too", () => {
    // A wall of 20 m, 20 m east of the site.
    const wall = sheet(() => 20, 6).filter(([x]) => x > 52_000 && x < 54_000)
    const surface = surfaceOf([...sheet(() => 0), ...wall])
    const east = surface.places().find(({ centre }) => centre[0] > 1028)!
    const up = (x: number, z: number): readonly [number, number, number] => [
      east.centre[0] + x,
      east.centre[1],
      100 + z,
    ]
    expect(surface.sees(up(0, 1000), east, 1)).toBe(true)
    expect(surface.sees(up(500, 1000), east, 1)).toBe(true)
    expect(surface.sees(up(500, 300), east, 1)).toBe(false)
    expect(surface.sees(up(-500, 300), east, 1)).toBe(true)
    // At a grazing angle a place shows nothing.
    expect(surface.sees(up(-500, 30), east, 1)).toBe(false)
  })
})
