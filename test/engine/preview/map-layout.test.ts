import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import {
  arrangeMap,
  type LegendEntry,
  type MapTexts,
  niceBelow,
  type PixelBox,
} from "../../../engine/preview/map-layout.js"

const texts: MapTexts = {
  title: "out",
  legend: [
    { kind: "ramp", label: "Terrain", colours: ["#000", "#fff"], ends: ["168 m", "188 m"] },
    { kind: "fill", label: "Building", fill: "#b5653f" },
    { kind: "line", label: "Contour, every 1 m", line: "#8a5a2b", width: 1.5 },
    { kind: "line", label: "Tile", line: "#182c42", width: 1 },
  ],
  attribution: "IGN, LiDAR HD, Licence Ouverte / Open Licence 2.0 · acquired 2021-07-11 · EPSG:2154 · maille 0.1.0",
}

describe("arrangeMap", () => {
  const shapes: [string, Box2][] = [
    ["a square", [842_000, 6_520_000, 843_000, 6_521_000]],
    ["a strip to the east", [842_000, 6_520_000, 850_000, 6_520_700]],
    ["a strip to the north", [842_000, 6_520_000, 842_100, 6_528_000]],
    ["a département", [600_000, 6_200_000, 700_000, 6_290_000]],
    ["a garden", [842_000.5, 6_520_000.25, 842_010, 6_520_007]],
  ]
  describe.each(shapes)("of %s", (_, box) => {
    it.each([320, 400, 999, 1600, 4000, 8192])("at %i pixels", (size) => {
      const layout = arrangeMap(box, size, texts)
      const { width, height, map, box: ground, metresPerPixel, scaleBar } = layout
      expect(Math.max(width, height)).toBe(size)
      expect(Number.isInteger(map.width) && Number.isInteger(map.height) && map.width > 0 && map.height > 0).toBe(true)
      // All that was asked for, to a pixel's rounding, and the same scale both ways.
      expect(ground[0]).toBeLessThanOrEqual(box[0])
      expect(ground[2]).toBeGreaterThanOrEqual(box[2] - 1e-6)
      expect(Math.abs(ground[1] - box[1])).toBeLessThanOrEqual(metresPerPixel)
      expect(ground[3]).toBe(box[3])
      expect((ground[2] - ground[0]) / map.width).toBeCloseTo((ground[3] - ground[1]) / map.height, 9)
      expect(scaleBar.width).toBeCloseTo(scaleBar.metres / metresPerPixel, 6)
      const parts: PixelBox[] = [map, scaleBar, layout.title, layout.attribution, ...layout.legend]
      for (const { left, top, height: tall } of parts) {
        expect(left).toBeGreaterThanOrEqual(0)
        expect(top + tall).toBeLessThanOrEqual(height)
      }
      for (const { top } of parts.slice(1)) expect(top).toBeGreaterThanOrEqual(map.top + map.height)
      for (const entry of layout.legend)
        expect(entry.left + Math.min(entry.width, width / 2)).toBeLessThanOrEqual(width)
    })
  })
})

describe("a small sheet with a long legend", () => {
  it.each([500, 640, 700, 800, 1000, 1600])("keeps long entries of the legend inside at %i pixels", (size) => {
    const ramp: LegendEntry = { kind: "ramp", label: "Depth of the flood", colours: ["#fff"], ends: ["0.0 m", "1.0 m"] }
    const { legend, width } = arrangeMap([0, 0, 170, 220], size, { ...texts, title: "polder", legend: [ramp, ramp] })
    for (const place of legend) expect(place.left + place.width).toBeLessThanOrEqual(width)
  })

  it("has a map, and no legend where that leaves no room for it", () => {
    const legend = Array.from({ length: 12 }, (_, i) => ({
      kind: "fill" as const,
      label: `Something long to tell ${i}`,
      fill: "#000",
    }))
    const layout = arrangeMap([770500, 6277500, 770600, 6277600], 320, { ...texts, legend })
    expect(layout.map.width).toBeGreaterThan(30)
    expect(layout.metresPerPixel).toBeGreaterThan(0)
    expect(layout.legend).toEqual([])
  })
})

describe("niceBelow", () => {
  it("gives 1, 2, 5, 10 … up to the value", () => {
    expect([0.3, 1, 1.99, 2, 4.9, 5, 99, 100, 12_345].map(niceBelow)).toEqual([0.2, 1, 1, 2, 2, 5, 50, 100, 10_000])
  })
})
