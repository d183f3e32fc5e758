import { describe, expect, it } from "vitest"
import { coverArea, TileKey } from "../../../engine/grid/tile-key.js"

const france = [0, 6_000_000, 1_300_000, 7_200_000] as const

describe("gridOf", () => {
  it("takes the smallest root that holds the area", () => {
    expect(coverArea(france, 1000)).toEqual({ leafSide: 1000, leafLevel: 13 })
    expect(coverArea(france, 50)).toEqual({ leafSide: 50, leafLevel: 18 })
  })
  it("begins at multiples of 1,000 km where the area has negative coordinates", () => {
    const grid = coverArea([-951_000, -1_353_000, -159_000, -914_000], 1000)
    expect(grid).toEqual({ leafSide: 1000, leafLevel: 11, origin: [-1_000_000, -2_000_000] })
    const key = TileKey.at(grid, 11, -500_000.5, -1_000_000)
    expect(key).toEqual({ level: 11, x: 499, y: 1000 })
    expect(TileKey.box(grid, key)).toEqual([-501_000, -1_000_000, -500_000, -999_000])
    expect(TileKey.covering(grid, 11, TileKey.box(grid, key))).toEqual([key])
    expect(coverArea([-1, 7, 10, 10], 50).origin).toEqual([-1_000_000, 0])
  })
})

describe("TileKey", () => {
  const grid = coverArea(france, 50)
  it("holds a leaf in its parent", () => {
    const key = { level: 18, x: 15411, y: 125551 }
    expect(TileKey.box(grid, key)).toEqual([770550, 6277550, 770600, 6277600])
    expect(TileKey.box(grid, TileKey.parent(key))).toEqual([770500, 6277500, 770600, 6277600])
  })
  it("covers a closed box without the cells that it only touches", () => {
    expect(TileKey.covering(grid, 18, [770500, 6277500, 770550, 6277550])).toEqual([{ level: 18, x: 15410, y: 125550 }])
    expect(TileKey.covering(grid, 18, [770549, 6277500, 770551, 6277550])).toHaveLength(2)
  })
  it("gives a single point to the cell that owns it", () => {
    expect(TileKey.covering(grid, 18, [770550, 6277550, 770550, 6277550])).toEqual([{ level: 18, x: 15411, y: 125551 }])
  })
  it("reads what it writes and refuses the rest", () => {
    expect(TileKey.parse(TileKey.format({ level: 3, x: 1, y: 2 }))).toEqual({ level: 3, x: 1, y: 2 })
    expect(() => TileKey.parse("3-1-2")).toThrow(/level\/x\/y/)
  })
})
