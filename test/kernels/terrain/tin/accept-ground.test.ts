import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Points } from "../../../../engine/kernel.js"
import { GroundMark, markGround } from "../../../../kernels/terrain/tin/accept-ground.js"

type Shot = readonly [x: number, y: number, z: number]

const pointsOf = (shots: readonly Shot[]): Points => ({
  count: shots.length,
  x: Int32Array.from(shots, ([x]) => x),
  y: Int32Array.from(shots, ([, y]) => y),
  z: Int32Array.from(shots, ([, , z]) => z),
  scale: 0.001,
  origin: [0, 0, 0],
})

const canonical = (shots: readonly Shot[]): Shot[] => {
  const metre = (value: number): number => Math.floor(value / 1000)
  return [...shots].sort(
    (a, b) => metre(a[1]) - metre(b[1]) || metre(a[0]) - metre(b[0]) || a[0] - b[0] || a[1] - b[1] || a[2] - b[2],
  )
}

const marksOf = (shots: readonly Shot[], bound: number): Uint8Array => {
  const marks = new Uint8Array(shots.length)
  markGround(pointsOf(shots), bound, marks)
  return marks
}

describe("markGround", () => {
  it.each([1, 2, 3])("marks what trying every pair finds, over cells and rows (seed %i)", (seed) => {
    const random = seededRandom(seed)
    const shots = canonical(
      Array.from({ length: 2500 }, (): Shot => {
        const [x, y] = [Math.floor(random() * 500) * 10 - 2000, Math.floor(random() * 500) * 10 - 2000]
        return [x, y, Math.floor(random() * 400)]
      }),
    )
    const merged = shots.map(([x, y], i) => i > 0 && shots[i - 1]![0] === x && shots[i - 1]![1] === y)
    const wanted = shots.map(([x, y, z], i) => {
      if (merged[i]) return GroundMark.merged
      const apart = shots.some(
        (o, j) => !merged[j] && (o[0] - x) ** 2 + (o[1] - y) ** 2 <= 10_000 && Math.abs(o[2] - z) > 300,
      )
      return apart ? GroundMark.step : GroundMark.usable
    })
    expect([...marksOf(shots, 150)]).toEqual(wanted)
    expect(new Set(wanted).size).toBe(3)
  })

  it("counts 0.10 m and twice the bound as near enough, and no more", () => {
    expect([
      ...marksOf(
        canonical([
          [0, 0, 0],
          [60, 80, 301],
        ]),
        150,
      ),
    ]).toEqual([2, 2])
    expect([
      ...marksOf(
        canonical([
          [0, 0, 0],
          [60, 80, 300],
        ]),
        150,
      ),
    ]).toEqual([0, 0])
    expect([
      ...marksOf(
        canonical([
          [0, 0, 0],
          [60, 81, 301],
        ]),
        150,
      ),
    ]).toEqual([0, 0])
  })

  it("refuses points in another order", () => {
    expect(() =>
      marksOf(
        [
          [500, 0, 0],
          [400, 0, 0],
        ],
        150,
      ),
    ).toThrow("canonical order")
  })
})
