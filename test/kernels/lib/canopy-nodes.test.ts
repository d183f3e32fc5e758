import { describe, expect, it } from "vitest"
import {
  CANOPY_SPACING,
  type CanopyCells,
  type CanopyNodes,
  decodeCanopyNodes,
  encodeCanopyNodes,
  NO_GROUND,
  sampleCanopy,
} from "../../../kernels/lib/canopy-nodes.js"

/** Cells of a made canopy (metres by place in mm), from a corner on. */
const cellsOf = (
  heightAt: (x: number, y: number) => number,
  [minX, minY, maxX, maxY]: readonly [number, number, number, number],
  cell: number,
): CanopyCells => {
  const [width, height] = [Math.round((maxX - minX) / cell), Math.round((maxY - minY) / cell)]
  const data = Float32Array.from({ length: width * height }, (_, i) =>
    heightAt(minX + ((i % width) + 0.5) * cell, maxY - (Math.floor(i / width) + 0.5) * cell),
  )
  return { width, height, cell, west: minX, north: maxY, data }
}

const rowsOf = (nodes: CanopyNodes): string[] =>
  [...nodes.column]
    .map((column, i) =>
      [column, nodes.row[i], nodes.share[i], nodes.height[i], nodes.highest[i], nodes.ground[i]].join(" "),
    )
    .sort()

const bumpy = (x: number, y: number): number =>
  Math.hypot(((x + 10_000) % 17_000) - 8000, (y % 13_000) - 6000) < 5500
    ? 8 + 3 * Math.sin(x / 900) * Math.cos(y / 700)
    : 0
const ground = (x: number, y: number): number => Math.round(x / 50 + y / 70)

describe("nodes of a canopy", () => {
  it.each([500, 1000, 250, 375])("are exact on cells of %i mm: even canopy, a straight edge, a slope", (cell) => {
    const box = [-6000, -6000, 16_500, 16_500] as const
    const even = sampleCanopy(
      cellsOf(() => 12, box, cell),
      [0, 0, 10_000, 10_000],
      ground,
    )
    expect(even.column.length).toBe(25)
    expect(new Set(even.share)).toEqual(new Set([1000]))
    expect(new Set(even.height)).toEqual(new Set([12_000]))
    expect([...even.ground]).toEqual([...even.column].map((c, i) => ground(2500 * c, 2500 * even.row[i])))
    const slope = sampleCanopy(
      cellsOf((x) => 12 + x / 4000, box, cell),
      [0, 0, 10_000, 10_000],
      ground,
    )
    for (let i = 0; i < 25; i++) {
      expect(Math.abs(slope.height[i] - (12_000 + (2500 * slope.column[i]) / 4))).toBeLessThanOrEqual(1)
      expect(slope.highest[i]).toBeGreaterThan(slope.height[i])
    }
    // Half of what is around a node on the edge of the canopy is covered: it does not stand there, but tells how far away it is.
    const edge = sampleCanopy(
      cellsOf((x) => (x < 5600 ? 12 : 0), box, cell),
      [0, 0, 10_000, 10_000],
      ground,
    )
    const shares = new Map([...edge.column].map((c, i) => [c, edge.share[i]]))
    expect(shares.get(1)).toBeGreaterThan(950)
    expect(shares.get(2)).toBeGreaterThan(500)
    expect(shares.get(2)).toBeLessThan(850)
    expect(shares.get(3)).toBeLessThan(100)
    expect(shares.has(4)).toBe(false)
  })

  it("are the same in tiles of any size, those on common lines in both", () => {
    const sample = (minX: number, minY: number, side: number): string[] => {
      const extent = [minX - 4000, minY - 4000, minX + side + 4000, minY + side + 4000] as const
      return rowsOf(sampleCanopy(cellsOf(bumpy, extent, 500), [minX, minY, minX + side, minY + side], ground))
    }
    const whole = new Set(sample(50_000, 100_000, 100_000))
    const quarters = [0, 1, 2, 3].map((i) => sample(50_000 + 50_000 * (i % 2), 100_000 + 50_000 * (i >> 1), 50_000))
    for (const quarter of quarters) for (const row of quarter) expect(whole.has(row)).toBe(true)
    const standing = (rows: Iterable<string>): Set<string> =>
      new Set([...rows].filter((row) => Number(row.split(" ")[2]) > 500))
    expect(standing(quarters.flat())).toEqual(standing(whole))
    const shared = quarters[0]!.filter((row) => quarters[1]!.includes(row))
    expect(shared.length).toBeGreaterThan(5)
    for (const row of shared) expect(Number(row.split(" ")[0]) * CANOPY_SPACING).toBe(100_000)
  })

  it("do not stand where the ground is not known", () => {
    const cells = cellsOf(() => 9, [-6000, -6000, 16_500, 16_500], 500)
    const nodes = sampleCanopy(cells, [0, 0, 10_000, 10_000], (x) => (x > 5000 ? undefined : 1000))
    for (let i = 0; i < nodes.column.length; i++) {
      const isKnown = nodes.column[i] <= 2
      expect([nodes.share[i], nodes.ground[i]]).toEqual(isKnown ? [1000, 1000] : [0, NO_GROUND])
    }
    expect(new Set(nodes.column)).toEqual(new Set([0, 1, 2, 3]))
  })

  it("go through bytes, and other bytes are refused with what to do", () => {
    const cells = cellsOf(bumpy, [-6000, -6000, 46_500, 46_500], 500)
    const nodes = sampleCanopy(cells, [0, 0, 40_000, 40_000], ground)
    expect(nodes.column.length).toBeGreaterThan(50)
    const bytes = encodeCanopyNodes(nodes)
    expect(decodeCanopyNodes(bytes)).toEqual(nodes)
    // At any place in a larger buffer.
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(decodeCanopyNodes(shifted.subarray(3))).toEqual(nodes)
    expect(decodeCanopyNodes(new Uint8Array(0)).column.length).toBe(0)
    expect(() => decodeCanopyNodes(encodeCanopyNodes(undefined))).toThrow("--vegetation canopy")
    expect(() => decodeCanopyNodes(bytes.subarray(0, bytes.length - 4))).toThrow("run with --force")
    expect(() => decodeCanopyNodes(new Uint8Array(8))).toThrow("run with --force")
  })
})
