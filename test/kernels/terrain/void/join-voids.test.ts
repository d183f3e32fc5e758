import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { maskOfRuns, patchesOf, setRuns } from "../../../../kernels/handover/patch/cells.js"
import { countCells, findVoids, rimHalo, voidHalo } from "../../../../kernels/terrain/void/find-voids.js"
import { joinVoids } from "../../../../kernels/terrain/void/join-voids.js"
import { decodeFilledVoids, encodeVoidParts } from "../../../../kernels/terrain/void/void-part.js"
import { presenceOf, tileOf } from "../../../scenes/kernel-run.js"
import { groundShots, pointsOf, type Shot } from "../../../scenes/terrain-scene.js"

const box: Box2 = [1000, 1000, 1250, 1250]

const countOf = (mask: Uint8Array): number => mask.reduce((sum, one) => sum + one, 0)

/**
 * Areas, m², of the parts that the join leaves open of voids that it fills in part. The returns end
 * at an oblique line, with twelve round bays and holes near it at random places.
 */
const remaindersOf = (seed: number): number[] => {
  const random = seededRandom(seed)
  const slope = 0.3 + random()
  const bays = Array.from({ length: 12 }, () => {
    const [along, deep] = [1010 + 230 * random(), 60 * random()]
    return [along, 1090 + slope * (1125 - along) + deep, 8 + 14 * random()] as const
  })
  const isBeyond = (x: number, y: number): boolean =>
    y < 1090 + slope * (1125 - x) || bays.some(([u, v, radius]) => Math.hypot(x - u, y - v) < radius)
  const shots = groundShots(seed, box, 0.5, undefined, 30, (x, y) => isBeyond(x / 1000, y / 1000))
  const tile = { ...tileOf(box, voidHalo), key: "0/0/0", sources: [box] }
  const near = { ...tile, ...tileOf(box, rimHalo) }
  const parts = findVoids(tile, presenceOf(pointsOf(shots, tile), tile), pointsOf(shots, near))
  const { shards } = joinVoids([encodeVoidParts(parts)], undefined)
  const filled = shards.flatMap(({ bytes }) => decodeFilledVoids(bytes)).filter(({ kind }) => kind === "open")
  return parts.open.flatMap(({ runs }) => {
    const { mask, grid } = maskOfRuns([runs, ...filled.map((one) => one.runs)], 0)
    const isFilled = new Uint8Array(mask.length)
    for (const one of filled) setRuns(isFilled, grid, one.runs)
    const rest = new Uint8Array(mask.length)
    setRuns(rest, grid, runs)
    const before = countOf(rest)
    for (let at = 0; at < rest.length; at++) rest[at]! *= 1 - isFilled[at]!
    return countOf(rest) === before ? [] : patchesOf(rest, grid, grid).map(countCells)
  })
}

describe("joinVoids", () => {
  it("leaves no small remainder beside the filled bays of an oblique end", () => {
    const sizes = Array.from({ length: 20 }, (_, k) => remaindersOf(k + 1))
    // Most ends are filled in part: their other part remains.
    expect(sizes.flat().filter((size) => size > 10_000).length).toBeGreaterThan(10)
    expect(sizes.flatMap((some, k) => some.filter((size) => size < 100).map((size) => [k + 1, size]))).toEqual([])
  })

  it.each([0, 1])(
    "fills a corner of the data whose returns are all of class %i, and nothing beyond returns",
    (code) => {
      const isCorner = (x: number, y: number): boolean => x > 1_230_000 && y < 1_020_000
      const isBeyond = (x: number, y: number): boolean => x < 1_060_000 && y > 1_190_000
      const shots = groundShots(3, box, 1, undefined, 30, isBeyond).map(
        ([x, y, z]): Shot => (isCorner(x, y) ? [x, y, z + 4000, code] : [x, y, z, 2]),
      )
      const tile = { ...tileOf(box, voidHalo), key: "0/0/0", sources: [box] }
      const ground = shots.filter(([, , , classification]) => classification === 2)
      const near = { ...tile, ...tileOf(box, rimHalo) }
      const parts = findVoids(tile, presenceOf(pointsOf(shots, tile), tile), pointsOf(ground, near))
      const { shards } = joinVoids([encodeVoidParts(parts)], undefined)
      const filled = shards.flatMap(({ bytes }) => decodeFilledVoids(bytes)).filter(({ kind }) => kind === "open")
      const [corner, beyond] = [
        parts.open.filter(({ runs }) => runs.starts.every((start) => start >= 1200)),
        parts.open.filter(({ runs }) => runs.starts.every((start) => start < 1200)),
      ].map((some) => some.reduce((sum, { runs }) => sum + countCells(runs), 0))
      expect(corner).toBeGreaterThan(100)
      expect(beyond).toBeGreaterThan(2000)
      expect(filled.reduce((sum, { runs }) => sum + countCells(runs), 0)).toBe(corner)
    },
  )
})
