import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Points } from "../../../../engine/kernel.js"
import { borderProfile, groundFinder, simplifyProfile } from "../../../../kernels/handover/border/border-profile.js"
import { dataExtent } from "../../../../kernels/handover/extent/data-extent.js"

const pointsOf = (rows: readonly (readonly [number, number, number, number?])[]): Points => ({
  count: rows.length,
  x: Int32Array.from(rows, (row) => row[0]),
  y: Int32Array.from(rows, (row) => row[1]),
  z: Int32Array.from(rows, (row) => row[2]),
  scale: 0.001,
  origin: [0, 0, 0],
})
const rule = { side: 10_000, step: 1000, reach: 16_000, maxError: 100 }
const profile = (rows: readonly (readonly [number, number, number, number?])[]) => {
  const points = pointsOf(rows)
  const classes = Uint8Array.from(rows, (row) => row[3] ?? 6)
  const border = borderProfile(points, classes, rule, groundFinder(points, classes, rule.side, rule.reach))
  return [...border.x].map((x, i) => [x, border.y[i], border.z[i]])
}

describe("borderProfile", () => {
  it("runs straight between its corners where no point lies near", () => {
    expect(
      profile([
        [-300, 200, 10],
        [10_100, 0, 20],
        [9_900, 10_400, 30],
        [0, 10_000, 40],
        [5000, 5000, 9000],
      ]),
    ).toEqual([
      [0, 0, 10],
      [10_000, 0, 20],
      [10_000, 10_000, 30],
      [0, 10_000, 40],
    ])
  })

  it("gives a corner without a near point the nearest one, and one without any within reach the height of the next", () => {
    const border = profile([[3000, 4000, 70]])
    expect(border).toEqual([
      [0, 0, 70],
      [10_000, 0, 70],
      [10_000, 10_000, 70],
      [0, 10_000, 70],
    ])
    expect(
      profile([
        [-12_000, -12_000, 5],
        [-4000, 20_000, 6],
      ]),
    ).toEqual([
      [0, 0, 6],
      [10_000, 0, 6],
      [10_000, 10_000, 6],
      [0, 10_000, 6],
    ])
  })

  it("goes down to the nearest ground where a stretch has no point", () => {
    const border = profile([
      [0, 0, 9000],
      [10_000, 0, 9000],
      [10_000, 10_000, 9000],
      [0, 10_000, 9000],
      [5000, 3000, 100, 9],
    ])
    expect(border).toContainEqual([7000, 0, 100])
    expect(border).not.toContainEqual([2000, 0, 100])
    expect(border).toContainEqual([3000, 0, 100])
  })

  it("takes the highest point of a station, and leaves out a lone pit", () => {
    const corners = [
      [0, 0, 0],
      [10_000, 0, 0],
      [10_000, 10_000, 0],
      [0, 10_000, 0],
    ] as const
    expect(profile([...corners, [4900, 100, 800], [5100, -300, 700]])).toContainEqual([5000, 0, 800])
    const pit = profile([...corners, [3000, 0, 5000], [4000, 0, 1000], [5000, 0, 5000]])
    expect(pit).not.toContainEqual([4000, 0, 1000])
    expect(pit).toContainEqual([3000, 0, 5000])
    const gap = (label: number) =>
      profile([...corners, [3000, 0, 5000, label], [4000, 0, 1000], [5000, 0, 1000], [6000, 0, 5000, label]])
    expect(gap(5)).not.toContainEqual([4000, 0, 1000])
    // An alley between two houses.
    expect(gap(6)).toContainEqual([4000, 0, 1000])
  })

  it("opens the edges that leave the extent of the data", () => {
    const rows = Array.from({ length: 41 }, (_, i) => [i * 1000 - 10_000, 0, 50] as const)
    const points = pointsOf(rows.filter(([x]) => x < 2000))
    const classes = new Uint8Array(points.count).fill(2)
    const far = { ...rule, side: 30_000 }
    const extent = dataExtent(points, far.side, 8)
    const border = borderProfile(points, classes, far, groundFinder(points, classes, far.side, far.reach), extent)
    const edges = [...border.open].map((open, i) => [border.x[i], border.y[i], open])
    expect(edges.slice(0, 2)).toEqual([
      [0, 0, 0],
      [1000, 0, 1],
    ])
    expect(edges.slice(2).every(([, , open]) => open === 1)).toBe(true)
  })
})

describe("simplifyProfile", () => {
  it("keeps both ends and every height within the bound", () => {
    const random = seededRandom(7)
    for (const bound of [0, 5, 50, 500]) {
      const along = Array.from({ length: 300 }, (_, i) => 10 * i + Math.floor(5 * random()))
      const heights = along.map((a) => 200 * Math.sin(a / 300) + 60 * random())
      const kept = simplifyProfile(along, heights, bound)
      expect([kept[0], kept.at(-1)]).toEqual([0, 299])
      for (let k = 1; k < kept.length; k++) {
        const [a, b] = [kept[k - 1]!, kept[k]!]
        for (let i = a; i <= b; i++) {
          const line = heights[a]! + ((heights[b]! - heights[a]!) * (along[i]! - along[a]!)) / (along[b]! - along[a]!)
          expect(Math.abs(line - heights[i]!)).toBeLessThanOrEqual(bound + 1e-9)
        }
      }
      if (bound === 500) expect(kept.length).toBe(2)
    }
  })
})
