import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { seededRandom } from "../../../engine/core/random.js"
import { scanScene } from "../../../fixtures/sample/scan.js"
import { makeScene, type Scene, type Tree } from "../../../fixtures/sample/scene.js"
import { coverOf, ringsOf } from "../../scenes/cover-scene.js"
import { fromMemory } from "../../scenes/footprint-stages.js"

const plain = makeScene({ place: [769_900, 6_279_900] })
const [x0, y0] = plain.box

/**
 * The scene without its own trees, with a wood of crowns over each other, a hedge and a single tree
 * north of the river.
 */
const planted = (): Scene => {
  const random = seededRandom(7)
  const trees: Tree[] = []
  const plant = (u: number, v: number, radius: number): void => {
    const [x, y] = [x0 + u + random() - 0.5, y0 + v + random() - 0.5]
    trees.push({ x, y, z: plain.ground(x, y), radius, height: 9 + 4 * random(), bole: 2 })
  }
  for (let u = 100; u <= 190; u += 4) for (let v = 96; v <= 190; v += 4) if (u + v > 220) plant(u, v, 3.6)
  for (let u = 8; u <= 68; u += 3) plant(u, 170 + u / 4, 2.8)
  plant(40, 140, 3)
  return { ...plain, trees, buildings: [], surface: (x, y) => groundOf(x, y) }
}
const groundOf = (x: number, y: number): ReturnType<Scene["surface"]> =>
  plain.isWater(x, y) ? { z: plain.waterLevel, classification: 9 } : { z: plain.ground(x, y), classification: 2 }

const scene = planted()
const points = fromMemory(scanScene(scene))

/** Share of the places of a box that two rules both hold at, of those that one does. */
const iouOf = (
  box: Box2,
  truth: (x: number, y: number) => boolean,
  made: (x: number, y: number) => boolean,
): number => {
  let [both, either] = [0, 0]
  for (let x = box[0] + 0.25; x < box[2]; x += 0.5) {
    for (let y = box[1] + 0.25; y < box[3]; y += 0.5) {
      const [a, b] = [truth(x, y), made(x, y)]
      if (a && b) both++
      if (a || b) either++
    }
  }
  return both / either
}

describe("vegetation on a scene with known truth", () => {
  it("one wood with IoU ≥ 0.95, one hedge, and no polygon for a single tree", async () => {
    const { features } = await coverOf(points, scene.box, 200)
    const { kind, class: classes, height_max: highest, area, truncated, width, length } = features.columns
    const of = (name: string): number[] => features.ids.flatMap((_, f) => (kind.values[f] === name ? [f] : []))
    const objects = (name: string): number => new Set(of(name).map((f) => features.columns["object_id"].values[f])).size
    expect([objects("wood"), objects("hedge"), objects("group")]).toEqual([1, 1, 0])
    // The lines of the 10 km grid lie in its western and southern border.
    expect(of("wood").length).toBe(3)
    const [wood, hedge] = [of("wood")[0], of("hedge")[0]]
    expect([classes.values[wood], truncated.values[wood]]).toEqual([5, 0])
    const reaches = ({ x, y, radius, height, bole }: Tree, px: number, py: number): boolean => {
      const share = ((px - x) ** 2 + (py - y) ** 2) / radius ** 2
      return share < 1 && (bole + height) / 2 + ((height - bole) / 2) * Math.sqrt(1 - share) >= 1.5
    }
    const crowns = (x: number, y: number): boolean => scene.trees.some((tree) => reaches(tree, x, y))
    const rings = of("wood").map((f) => ringsOf(features, f))
    const inWood = (x: number, y: number): boolean => rings.some((own) => isInsideHalfOpen(own, x, y))
    expect(iouOf([x0 + 92, y0 + 90, x0 + 200, y0 + 200], crowns, inWood)).toBeGreaterThan(0.95)
    const band = ringsOf(features, hedge)
    const strip: Box2 = [x0, y0 + 160, x0 + 80, y0 + 200]
    expect(iouOf(strip, crowns, (x, y) => isInsideHalfOpen(band, x, y))).toBeGreaterThan(0.8)
    // 60 m and a crown at each end; crowns of 5.6 m.
    expect(Math.abs((length.values[hedge] as number) - 67)).toBeLessThan(10)
    expect(Math.abs((width.values[hedge] as number) - 5.3)).toBeLessThan(1)
    const tallest = Math.max(...scene.trees.slice(0, -22).map(({ height }) => height))
    expect(Math.abs((highest.values[wood] as number) - tallest)).toBeLessThan(0.5)
    expect(of("wood").reduce((sum, f) => sum + (area.values[f] as number), 0)).toBeGreaterThan(5000)
  })
})
