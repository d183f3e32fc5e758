import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { closeGaps, DiscMask, gapReach } from "../../../kernels/grid/disc-mask.js"

const W = 40
const H = 31
const maskOf = (seed: number, share: number): Uint8Array => {
  const random = seededRandom(seed)
  return Uint8Array.from({ length: W * H }, () => (random() < share ? 1 : 0))
}
const within = (a: number, b: number, radius: number): boolean =>
  ((a % W) - (b % W)) ** 2 + (Math.floor(a / W) - Math.floor(b / W)) ** 2 <= radius * radius
const cells = Array.from({ length: W * H }, (_, i) => i)
const grown = (mask: Uint8Array, radius: number): Uint8Array =>
  Uint8Array.from(cells, (i) => (cells.some((j) => mask[j] === 1 && within(i, j, radius)) ? 1 : 0))
const shrunk = (mask: Uint8Array, radius: number): Uint8Array =>
  Uint8Array.from(cells, (i) => (cells.some((j) => mask[j] === 0 && within(i, j, radius)) ? 0 : 1))

describe("DiscMask is what trying every pair of cells gives", () => {
  it.each([
    [1, 0.02, 3],
    [2, 0.3, 1],
    [3, 0.1, 2.5],
    [4, 0.9, 4],
  ])("seed %i, %f set, radius %f", (seed, share, radius) => {
    const mask = maskOf(seed, share)
    const run = (what: "close" | "open" | "grow"): Uint8Array => {
      const copy = mask.slice()
      DiscMask[what](copy, new Uint8Array(W * H), W, radius)
      return copy
    }
    expect(run("grow")).toEqual(grown(mask, radius))
    expect(run("close")).toEqual(shrunk(grown(mask, radius), radius))
    expect(run("open")).toEqual(grown(shrunk(mask, radius), radius))
  })
})

it("closeGaps joins single cells as far apart as it says, and no cell depends on one beyond gapReach", () => {
  const gap = new Uint8Array(W * H)
  for (const row of [10, 11, 12, 13, 14]) for (const column of [10, 16]) gap[row * W + column] = 1
  closeGaps(gap, new Uint8Array(W * H), W, 3)
  for (let column = 10; column <= 16; column++) expect(gap[12 * W + column]).toBe(1)
  const reach = gapReach(1.5)
  for (let seed = 1; seed < 6; seed++) {
    const mask = maskOf(seed, 0.15)
    const other = maskOf(seed + 100, 0.15)
    const middle = 15 * W + 20
    // The same near the middle, something else beyond.
    for (const i of cells)
      if (Math.max(Math.abs((i % W) - 20), Math.abs(Math.floor(i / W) - 15)) <= reach) other[i] = mask[i]
    closeGaps(mask, new Uint8Array(W * H), W, 1.5)
    closeGaps(other, new Uint8Array(W * H), W, 1.5)
    expect(other[middle]).toBe(mask[middle])
  }
})
