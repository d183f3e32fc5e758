import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { emptyRuns, fillImageHoles } from "../../../../kernels/texture/charts/fill-image-holes.js"

const [WIDTH, HEIGHT, MOST] = [37, 29, 12]

const speckled = (seed: number, share: number): Uint8Array => {
  const random = seededRandom(seed)
  const data = new Uint8Array(4 * WIDTH * HEIGHT)
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    if (random() >= share) data.set([50 + (i % 100), 60 + (i % 70), 70, 255], 4 * i)
  }
  return data
}

/** Pixels of the hole at a pixel, by walking over its neighbours. */
const holeAt = (data: Uint8Array, start: number): ReadonlySet<number> => {
  const hole = new Set([start])
  for (const pixel of hole) {
    const column = pixel % WIDTH
    const around = [pixel - WIDTH, pixel + WIDTH]
    if (column > 0) around.push(pixel - 1)
    if (column < WIDTH - 1) around.push(pixel + 1)
    for (const other of around) if (other >= 0 && other < WIDTH * HEIGHT && data[4 * other + 3] === 0) hole.add(other)
  }
  return hole
}

describe("fillImageHoles", () => {
  for (const [seed, share] of [
    [1, 0.1],
    [2, 0.4],
    [3, 0.6],
    [4, 0.9],
  ] as const) {
    it(`fills the holes of up to ${MOST} pixels and tells the others (seed ${seed}, ${share} empty)`, () => {
      const before = speckled(seed, share)
      const after = before.slice()
      const left = fillImageHoles(after, WIDTH, HEIGHT, MOST, emptyRuns(before, WIDTH, HEIGHT))
      for (let i = 0; i < WIDTH * HEIGHT; i++) {
        if (before[4 * i + 3] !== 0) expect(after.subarray(4 * i, 4 * i + 4)).toEqual(before.subarray(4 * i, 4 * i + 4))
        else expect(after[4 * i + 3], `pixel ${i}`).toBe(holeAt(before, i).size <= MOST ? 255 : 0)
      }
      const [found, told] = [emptyRuns(after, WIDTH, HEIGHT), left]
      expect([...told.starts.subarray(0, told.count)]).toEqual([...found.starts.subarray(0, found.count)])
      expect([...told.ends.subarray(0, told.count)]).toEqual([...found.ends.subarray(0, found.count)])
    })
  }

  it("fills from the rim inward with the mean of the neighbours", () => {
    const data = new Uint8Array(4 * 5).fill(255)
    data.set([10, 20, 30], 0)
    data.set([30, 40, 50], 16)
    data.set([0, 0, 0, 0], 4)
    data.set([0, 0, 0, 0], 8)
    data.set([0, 0, 0, 0], 12)
    expect(fillImageHoles(data, 5, 1, 3, emptyRuns(data, 5, 1)).count).toBe(0)
    expect([4, 8, 12].map((at) => [...data.subarray(at, at + 4)])).toEqual([
      [10, 20, 30, 255],
      [20, 30, 40, 255],
      [30, 40, 50, 255],
    ])
  })

  it("leaves an image without any pixel", () => {
    const data = new Uint8Array(4 * 6)
    expect(fillImageHoles(data, 3, 2, 100, emptyRuns(data, 3, 2)).count).toBe(2)
    expect([...data]).toEqual(Array(24).fill(0))
  })
})
