import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { cutLine, type LinePart } from "../../../../kernels/contour/lines/cut-lines.js"

const [X, Y] = [770_000, 6_280_000]
const at = (...offsets: number[]): Float64Array => Float64Array.from(offsets, (v, i) => v + (i % 2 ? Y : X))
const offsets = ({ xy }: LinePart): number[] => Array.from(xy, (v, i) => v - (i % 2 ? Y : X))
const facts = (parts: readonly LinePart[]) =>
  parts.map((part) => ({
    region: [part.region[0] - 77, part.region[1] - 628],
    xy: offsets(part),
    cut: [part.isCutAtStart, part.isCutAtEnd],
  }))

describe("a line cut at the lines of the 10 km grid", () => {
  it("has the crossing's vertex in both parts", () => {
    expect(facts(cutLine(at(-2, 5, 2, 7, 3, 7)))).toEqual([
      { region: [-1, 0], xy: [-2, 5, 0, 6], cut: [false, true] },
      { region: [0, 0], xy: [0, 6, 2, 7, 3, 7], cut: [true, false] },
    ])
  })

  it("through a corner of four regions is in two, past it in three", () => {
    expect(facts(cutLine(at(-1, -1, 1, 1))).map(({ region }) => region)).toEqual([
      [-1, -1],
      [0, 0],
    ])
    expect(facts(cutLine(at(-1, 3, 3, -1))).map(({ region, xy }) => [...region, ...xy])).toEqual([
      [-1, 0, -1, 3, 0, 2],
      [0, 0, 0, 2, 2, 0],
      [0, -1, 2, 0, 3, -1],
    ])
  })

  it("that only touches a line is whole, that runs along one is east or north of it", () => {
    expect(facts(cutLine(at(-2, 1, 0, 2, -2, 3)))).toEqual([
      { region: [-1, 0], xy: [-2, 1, 0, 2, -2, 3], cut: [false, false] },
    ])
    expect(facts(cutLine(at(-2, 1, 0, 2, 0, 4, -2, 5))).map(({ region, xy }) => [...region, ...xy])).toEqual([
      [-1, 0, -2, 1, 0, 2],
      [0, 0, 0, 2, 0, 4],
      [-1, 0, 0, 4, -2, 5],
    ])
  })

  it("stays closed where it is not cut; else its first and last part are one, unless it begins on a line", () => {
    const ring = at(1, 1, 3, 1, 3, 3, 1, 1)
    expect(facts(cutLine(ring))).toEqual([{ region: [0, 0], xy: [1, 1, 3, 1, 3, 3, 1, 1], cut: [false, false] }])
    expect(facts(cutLine(at(1, 1, 2, 2, -2, 2, -2, 1, 1, 1)))).toEqual([
      { region: [0, 0], xy: [0, 1, 1, 1, 2, 2, 0, 2], cut: [true, true] },
      { region: [-1, 0], xy: [0, 2, -2, 2, -2, 1, 0, 1], cut: [true, true] },
    ])
    expect(facts(cutLine(at(0, 1, 2, 2, 0, 3, -2, 2, 0, 1))).map(({ region, cut }) => [region, cut])).toEqual([
      [
        [0, 0],
        [true, true],
      ],
      [
        [-1, 0],
        [true, true],
      ],
    ])
  })

  it("keeps its length and its vertices, and has the same crossings run the other way", () => {
    const random = seededRandom(11)
    for (let round = 0; round < 200; round++) {
      const line = at(...Array.from({ length: 24 }, () => Math.round((random() - 0.5) * 40) / 4 + random() / 1e4))
      const parts = cutLine(line)
      const all = parts.flatMap(({ xy }, p) => Array.from(p > 0 ? xy.subarray(2) : xy))
      const onLines = all.filter((v, i) => i % 2 === 0 && (v % 10_000 === 0 || all[i + 1]! % 10_000 === 0)).length
      expect(all.length).toBe(line.length + 2 * onLines)
      for (const { region, xy } of parts)
        for (let i = 0; i < xy.length; i += 2) {
          expect(Math.abs(xy[i]! - (region[0] + 0.5) * 10_000)).toBeLessThanOrEqual(5000)
          expect(Math.abs(xy[i + 1]! - (region[1] + 0.5) * 10_000)).toBeLessThanOrEqual(5000)
        }
      const backwards = Float64Array.from({ length: 24 }, (_, i) => line[22 - i + 2 * (i % 2)]!)
      const turned = cutLine(backwards).flatMap(({ xy }, p) => Array.from(p > 0 ? xy.subarray(2) : xy))
      expect(Array.from({ length: turned.length }, (_, i) => turned[turned.length - 2 - i + 2 * (i % 2)])).toEqual(all)
    }
  })
})
