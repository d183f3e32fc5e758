import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import type { ImageHeader } from "../../../../engine/formats/raster/image/image-header.js"
import { chooseColourSites } from "../../../../engine/plan/colour/sites.js"

const image = (box: Box2): ImageHeader => ({
  path: box.join("_"),
  name: box.join("_"),
  box,
  width: 100,
  height: 100,
  pixel: 1,
  bands: 3,
  lane: "worker",
  decoder: "tiff",
  identity: "",
})
const strips = (count: number, length: number): ImageHeader[][] =>
  Array.from({ length: count }, (_, i) => [image([i * length, 0, (i + 1.3) * length, 2 * length])])
const box: Box2 = [-1e6, -1e6, 1e6, 1e6]

describe("chooseColourSites", () => {
  it("lets each pair of images meet in squares on the grid, often enough and no more", () => {
    const mosaics = strips(6, 1000)
    const sites = chooseColourSites({ mosaics }, new Set(), box)
    const met = new Map<string, number>()
    for (const { box: square, images } of sites) {
      expect(square.map((value) => Math.abs(value % 32))).toEqual([0, 0, 0, 0])
      expect(square[2] - square[0]).toBe(32)
      for (const number of images) expect(mosaics[number]![0]!.box[0]).toBeLessThan(square[2])
      met.set(images.join(" "), (met.get(images.join(" ")) ?? 0) + 1)
    }
    expect([...met.keys()].sort()).toEqual(["0 1", "1 2", "2 3", "3 4", "4 5"])
    for (const count of met.values()) expect(count).toBe(16)
  })

  it("asks nothing between images whose corrections are known, and a newcomer of its neighbours alone", () => {
    const mosaics = strips(6, 1000)
    expect(chooseColourSites({ mosaics }, new Set([0, 1, 2, 3, 4, 5]), box)).toEqual([])
    const sites = chooseColourSites({ mosaics }, new Set([0, 1, 2, 4, 5]), box)
    expect(new Set(sites.map(({ images }) => images.join(" ")))).toEqual(new Set(["2 3", "3 4"]))
  })

  it("stays bounded over a country, and where there are no points there is no site", () => {
    const sites = chooseColourSites({ mosaics: strips(40, 25_000) }, new Set(), box)
    expect(sites.length).toBeGreaterThan(39 * 8)
    expect(sites.length).toBeLessThanOrEqual(39 * 16)
    expect(chooseColourSites({ mosaics: strips(3, 1000) }, new Set(), [5e6, 5e6, 6e6, 6e6])).toEqual([])
  })
})
