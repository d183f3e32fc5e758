import { describe, expect, it } from "vitest"
import { Box2 } from "../../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { dataEnd, meetsEnd } from "../../../../kernels/handover/extent/data-extent.js"

const extent: Box2 = [996, 1996, 1104, 2104]
const at = (end: ReturnType<typeof dataEnd>, x: number, y: number): boolean =>
  end.meets(1000 * x, 1000 * y, 1000 * (x + 0.5), 1000 * (y + 0.5))

describe("the end of the data", () => {
  it("is nowhere within files that cover the tile, nor where no files are told", () => {
    for (const sources of [undefined, [[900, 1900, 1200, 2200] as const]]) {
      const end = dataEnd({ extent, ...(sources === undefined ? {} : { sources }) })
      expect(end.meets(1e6, 2e6, 1.1e6, 2.1e6)).toBe(false)
    }
  })

  it("is a metre wide inside the boxes of the files", () => {
    const end = dataEnd({ extent, sources: [[990, 1990, 1050.3, 2110]] })
    expect([1048.5, 1049, 1049.5, 1050].map((x) => at(end, x, 2050))).toEqual([false, true, true, true])
    expect(at(end, 1010, 2000)).toBe(false)
  })

  it("covers what lies in files or in narrow gaps between them, to the millimetre", () => {
    const end = dataEnd({ extent, sources: [[990, 1990, 1050.3, 2110], [1052, 1990, 1080, 2110] as const] })
    expect([1000, 1050.3, 1051, 1080, 1080.001, 1099].map((x) => end.covers(1000 * x, 2.05e6))).toEqual([
      ...[true, true, true, true, false, false],
    ])
    expect(dataEnd({ extent }).covers(2e6, 3e6)).toBe(true)
  })

  it("has its last places on whole metres at the east and north end, not between files", () => {
    const end = dataEnd({ extent, sources: [[990, 1990, 1050, 2110], [1051, 1990, 1080, 2100] as const] })
    const isLast = (x: number, y: number): boolean => end.isLast(1000 * x, 1000 * y)
    expect([1000, 1050, 1051, 1079.999, 1080].map((x) => isLast(x, 2050))).toEqual([false, false, false, false, true])
    expect([1990, 2099.5, 2100].map((y) => isLast(1060.5, y))).toEqual([false, false, true])
    expect(dataEnd({ extent, sources: [[990, 1990, 1050.3, 2110]] }).isLast(1_050_300, 2_050_000)).toBe(false)
  })

  it("tells the places beyond it as boxes, the same ones, seed 6", () => {
    const random = seededRandom(6)
    const sources = Array.from({ length: 6 }, (): Box2 => {
      const [x, y] = [980 + 100 * random(), 1980 + 100 * random()]
      return [x, y, x + 10 + 50 * random(), y + 10 + 50 * random()]
    })
    const end = dataEnd({ extent, sources })
    const seen = [0, 0]
    for (let i = 0; i < 2000; i++) {
      const [x, y] = [Math.round(1000 * (996 + 108 * random())), Math.round(1000 * (1996 + 108 * random()))]
      const isBeyond = end.beyond.some(
        ([west, south, east, north]) => x > west! && x < east! && y > south! && y < north!,
      )
      expect(isBeyond, `${x}, ${y}`).toBe(!end.covers(x, y))
      seen[isBeyond ? 1 : 0]!++
    }
    expect(Math.min(...seen)).toBeGreaterThan(100)
    expect(dataEnd({ extent }).beyond).toEqual([])
  })

  it("is not between files up to two metres apart, and is between those farther apart", () => {
    const besides = (gap: number): boolean =>
      at(
        dataEnd({ extent, sources: [[900, 1900, 1040, 2200] as const, [1040 + gap, 1900, 1200, 2200] as const] }),
        1039,
        2050,
      )
    expect([0, 0.01, 1.9, 2.1, 5].map(besides)).toEqual([false, false, false, true, true])
  })

  it("is seen by the runs of a region", () => {
    const end = dataEnd({ extent, sources: [[900, 1900, 1200, 2050]] })
    const runs = (row: number) => ({
      rows: Int32Array.of(4000, row),
      starts: Int32Array.of(2050, 2050),
      ends: Int32Array.of(2060, 2051),
    })
    expect([4096, 4097, 4098].map((row) => meetsEnd(end, runs(row), 500))).toEqual([false, false, true])
  })

  it("is the same for every tile that holds a place, seed 5", () => {
    const random = seededRandom(5)
    const sources = Array.from({ length: 30 }, (): Box2 => {
      const [x, y] = [1000 * random(), 1000 * random()]
      return [x, y, x + 40 + 200 * random(), y + 40 + 200 * random()]
    })
    const tileOf = (x: number, y: number, side: number): ReturnType<typeof dataEnd> => {
      const [west, south] = [side * Math.floor(x / side), side * Math.floor(y / side)]
      const around = Box2.grow([west, south, west + side, south + side], 4)
      return dataEnd({ extent: around, sources: sources.filter((box) => Box2.meets(box, around)) })
    }
    let ends = 0
    for (let i = 0; i < 400; i++) {
      const [x, y] = [Math.floor(2000 * random()) / 2, Math.floor(2000 * random()) / 2]
      const [one, ...others] = [50, 100, 250, 1000].map((side) => at(tileOf(x, y, side), x, y))
      for (const other of others) expect(other, `${x} ${y}`).toBe(one)
      if (one) ends++
    }
    expect(ends).toBeGreaterThan(40)
    expect(ends).toBeLessThan(360)
  })
})
