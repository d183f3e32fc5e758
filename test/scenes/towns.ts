import { seededRandom } from "../../engine/core/random.js"
import type { PointMm, World } from "./tiled-world.js"

/** South-west corner of the towns. */
export const [X, Y] = [770000, 6277000]

/** Their ground: a slope. */
export const ground = (x: number, y: number): number => 50 + (x - X) / 100 + (y - Y) / 200

/** A world of 100 m with the towns' ground. */
export const worldOf = (points: readonly PointMm[], side = 100): World => ({
  box: [X, Y, X + side, Y + side],
  points,
  ground,
})

/**
 * A town at random: turned boxes, rings, chains over borders, holes in holes, diagonal touches,
 * scattered points.
 */
export const town = (seed: number): World => {
  const random = seededRandom(seed)
  const points: PointMm[] = []
  const add = (x: number, y: number): void => {
    if (x < 0 || y < 0 || x >= 100 || y >= 100) return
    const [mmX, mmY] = [X * 1000 + Math.floor(x * 1000), Y * 1000 + Math.floor(y * 1000)]
    points.push([mmX, mmY, Math.round(ground(mmX / 1000, mmY / 1000) * 1000 + 2000 + 8000 * random())])
  }
  for (let b = 0; b < 14; b++) {
    const [cx, cy, turn, w, h] = [100 * random(), 100 * random(), 3 * random(), 3 + 20 * random(), 3 + 12 * random()]
    const court = random() < 0.5 ? 0.25 + 0.4 * random() : 0
    for (let i = 0; i < w * h * 9; i++) {
      const [u, v] = [random() - 0.5, random() - 0.5]
      if (Math.abs(u) < court / 2 && Math.abs(v) < court / 2) continue
      add(cx + w * u * Math.cos(turn) - h * v * Math.sin(turn), cy + w * u * Math.sin(turn) + h * v * Math.cos(turn))
    }
  }
  for (let i = 0; i < 1500; i++) add(100 * random(), 100 * random())
  return worldOf(points)
}
