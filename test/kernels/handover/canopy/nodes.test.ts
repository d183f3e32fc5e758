import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Points } from "../../../../engine/kernel.js"
import {
  CANOPY_SPACING,
  type CanopyNodes,
  decodeCanopyNodes,
  encodeCanopyNodes,
  sampleCanopy,
} from "../../../../kernels/handover/canopy/nodes.js"
import { scratch } from "../../../scenes/kernel-run.js"

type Box = readonly [minX: number, minY: number, maxX: number, maxY: number]

/**
 * Points on a lattice of the CRS over a box, mm: class and height by place; relative to the box's
 * corner.
 */
const pointsOn = (box: Box, step: number, at: (x: number, y: number) => readonly [code: number, z: number]): Points => {
  const rows: number[][] = []
  for (let y = Math.ceil(box[1] / step) * step; y < box[3]; y += step)
    for (let x = Math.ceil(box[0] / step) * step; x < box[2]; x += step)
      rows.push([x - box[0], y - box[1], ...at(x, y)])
  const of = (k: number): Int32Array => Int32Array.from(rows, (row) => row[k])
  const classification = Uint8Array.from(rows, (row) => row[2])
  const origin = [box[0] / 1000, box[1] / 1000, 0] as const
  return { count: rows.length, x: of(0), y: of(1), z: of(3), classification, scale: 0.001, origin }
}

const grown = ([minX, minY, maxX, maxY]: Box): Box => [minX - 4000, minY - 4000, maxX + 4000, maxY + 4000]
const sample = (box: Box, step: number, at: (x: number, y: number) => readonly [number, number]): CanopyNodes =>
  sampleCanopy(pointsOn(grown(box), step, at), box, scratch)

const rowsOf = (nodes: CanopyNodes): string[] =>
  [...nodes.column]
    .map((column, i) => [column, nodes.row[i], nodes.share[i], nodes.top[i], nodes.highest[i]].join(" "))
    .sort()

const bumpy = (x: number, y: number): readonly [number, number] =>
  Math.hypot(((x + 10_000) % 17_000) - 8000, (y % 13_000) - 6000) < 5500
    ? [5, 8000 + Math.round(3000 * Math.sin(x / 900) * Math.cos(y / 700))]
    : [2, 100]

describe("nodes of a canopy", () => {
  it.each([250, 500, 700, 1100])("are exact from points every %i mm: an even canopy, a slope, an edge", (step) => {
    const box = [0, 0, 10_000, 10_000] as const
    const even = sample(box, step, () => [5, 112_000])
    expect(even.column.length).toBe(25)
    expect(new Set(even.share)).toEqual(new Set([1000]))
    expect(new Set([...even.top, ...even.highest])).toEqual(new Set([112_000]))
    const slope = sample(box, step, (x) => [4, 100_000 + x])
    for (let i = 0; i < 25; i++) {
      // Points lie unevenly about a node, by less than half of their distance, and the highest of a
      // bin speaks for it.
      expect(Math.abs(slope.top[i] - (100_000 + 2500 * slope.column[i]))).toBeLessThan(step)
      expect(slope.highest[i]).toBeGreaterThan(slope.top[i])
    }
    const edge = sample(box, step, (x) => (x < 6000 ? [5, 112_000] : [2, 100_000]))
    const shares = new Map([...edge.column].map((c, i) => [c, edge.share[i]]))
    expect(shares.get(1)).toBe(1000)
    expect(shares.get(2)).toBeGreaterThan(700)
    expect(shares.get(2)).toBeLessThan(950)
    expect(shares.get(3)).toBeLessThan(250)
    expect(shares.has(4)).toBe(false)
    expect(new Set(edge.top.filter((_, i) => edge.column[i] < 3))).toEqual(new Set([112_000]))
  })

  it("take the highest point of a bin: ground under a crown is hidden, a roof over it hides it", () => {
    const box = [0, 0, 5000, 5000] as const
    const both = (high: readonly [number, number]): CanopyNodes => {
      const points = [pointsOn(grown(box), 500, () => [2, 1000]), pointsOn(grown(box), 500, () => high)] as const
      const join = (of: "x" | "y" | "z"): Int32Array => Int32Array.of(...points[0][of], ...points[1][of])
      const classification = Uint8Array.of(...points[0].classification!, ...points[1].classification!)
      const all = { ...points[0], count: 2 * points[0].count, x: join("x"), y: join("y"), z: join("z"), classification }
      return sampleCanopy(all, box, scratch)
    }
    expect(both([5, 9000]).column.length).toBe(9)
    expect(both([6, 9000]).column.length).toBe(0)
    // Low vegetation is none.
    expect(both([3, 9000]).column.length).toBe(0)
  })

  it("do not stand where the data end, so that the body is closed there", () => {
    const box = [0, 0, 10_000, 10_000] as const
    const nodes = sampleCanopy(
      pointsOn([-4000, -4000, 5000, 14_000], 500, () => [5, 9000]),
      box,
      scratch,
    )
    const standing = new Set([...nodes.column].filter((_, i) => nodes.share[i] > 500))
    expect(standing).toEqual(new Set([0, 1]))
  })

  it("are the same in tiles of any size, those on common lines in both, and in any order of points", () => {
    const nodesOf = (minX: number, minY: number, side: number): string[] =>
      rowsOf(sample([minX, minY, minX + side, minY + side], 600, bumpy))
    const whole = new Set(nodesOf(50_000, 100_000, 100_000))
    const quarters = [0, 1, 2, 3].map((i) => nodesOf(50_000 + 50_000 * (i % 2), 100_000 + 50_000 * (i >> 1), 50_000))
    for (const quarter of quarters) for (const row of quarter) expect(whole.has(row)).toBe(true)
    const standing = (rows: Iterable<string>): Set<string> =>
      new Set([...rows].filter((row) => Number(row.split(" ")[2]) > 500))
    expect(standing(quarters.flat())).toEqual(standing(whole))
    const shared = quarters[0]!.filter((row) => quarters[1]!.includes(row))
    expect(shared.length).toBeGreaterThan(5)
    for (const row of shared) expect(Number(row.split(" ")[0]) * CANOPY_SPACING).toBe(100_000)
    const box = [50_000, 100_000, 100_000, 150_000] as const
    const points = pointsOn(grown(box), 600, bumpy)
    const random = seededRandom(5)
    const keys = Float64Array.from({ length: points.count }, random)
    const order = [...keys.keys()].sort((a, b) => keys[a] - keys[b])
    const mixed = (of: "x" | "y" | "z"): Int32Array => Int32Array.from(order, (i) => points[of][i])
    const classification = Uint8Array.from(order, (i) => points.classification![i])
    const shuffled = { ...points, x: mixed("x"), y: mixed("y"), z: mixed("z"), classification }
    expect(rowsOf(sampleCanopy(shuffled, box, scratch))).toEqual(quarters[0])
  })

  it("go through bytes, and other bytes are refused with what to do", () => {
    const nodes = sample([0, 0, 40_000, 40_000], 600, bumpy)
    expect(nodes.column.length).toBeGreaterThan(50)
    const bytes = encodeCanopyNodes(nodes)
    expect(decodeCanopyNodes(bytes)).toEqual(nodes)
    // At any place in a larger buffer.
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(decodeCanopyNodes(shifted.subarray(3))).toEqual(nodes)
    expect(decodeCanopyNodes(new Uint8Array(0)).column.length).toBe(0)
    expect(() => decodeCanopyNodes(encodeCanopyNodes(undefined))).toThrow("--set vector.tree.vegetation=canopy")
    expect(() => decodeCanopyNodes(bytes.subarray(0, bytes.length - 4))).toThrow("--force")
    expect(() => decodeCanopyNodes(new Uint8Array(8))).toThrow("--force")
  })
})
