import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Copc } from "copc"
import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { encodeHierarchy, type StoredNode } from "../../../../engine/formats/copc/hierarchy.js"
import type { RecordSpec } from "../../../../engine/formats/las/write/record-spec.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { copyByLaszip, laszipProgram } from "../../../laszip/laszip-copy.js"
import { syntheticRecords } from "../laz/synthetic-records.js"
import {
  inFolder,
  multiset,
  type ReadCopc,
  readAllRecords,
  readByCopcJs,
  readByLazPerf,
  shuffled,
  specOf,
  surveyRecords,
  writeRecords,
} from "./copc-file.js"

/** Checks that node by node all points lie in their cubes, to a hundredth of a step. */
const expectInCubes = ({ copc, nodes }: ReadCopc, spec: RecordSpec): void => {
  const { cube } = copc.info
  const slack = spec.scale[0] / 100
  for (const { key, records } of nodes) {
    const side = (cube[3] - cube[0]) / 2 ** key[0]
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
    for (let at = 0; at < records.length; at += spec.recordLength) {
      for (let axis = 0; axis < 3; axis++) {
        const least = cube[axis]! + key[axis + 1]! * side
        const value = view.getInt32(at + 4 * axis, true) * spec.scale[axis]! + spec.offset[axis]!
        if (value < least - slack || value >= least + side + slack) {
          expect.fail(`node ${key.join("-")}: ${value} on axis ${axis} is not in ${least} to ${least + side}`)
        }
      }
    }
  }
}

/**
 * Cell of a point among the 128³ of each node of a level, or node for `per` 1, as a number. Steps
 * are equal on all axes.
 */
const cellOf = (view: DataView, at: number, corner: readonly number[], steps: number, level: number, per: number) => {
  let cell = 0
  for (let axis = 0; axis < 3; axis++)
    cell =
      cell * 2 ** 16 + Math.floor(((view.getInt32(at + 4 * axis, true) - corner[axis]!) * per * 2 ** level) / steps)
  return cell
}

/**
 * Checks what spacing promises: of divided nodes of a level, the points of that level and those
 * above hold exactly one of each cell that holds any point at all.
 */
const expectOneACell = ({ copc, nodes }: ReadCopc, spec: RecordSpec, level: number): number => {
  const stored = (value: number, axis: number): number => Math.round((value - spec.offset[axis]!) / spec.scale[axis]!)
  const corner = [0, 1, 2].map((axis) => stored(copc.info.cube[axis]!, axis))
  const steps = Math.round((copc.info.cube[3] - copc.info.cube[0]) / spec.scale[0])
  const divided = new Set(
    nodes
      .filter(({ key }) => key[0] === level + 1)
      .map(({ key }) => key.slice(1).reduce((node, k) => node * 2 ** 16 + (k >> 1), 0)),
  )
  const every = new Set<number>()
  const above: number[] = []
  for (const { key, records } of nodes) {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
    for (let at = 0; at < records.length; at += spec.recordLength) {
      if (!divided.has(cellOf(view, at, corner, steps, level, 1))) continue
      const cell = cellOf(view, at, corner, steps, level, 128)
      every.add(cell)
      if (key[0] <= level) above.push(cell)
    }
  }
  expect(above.length).toBe(every.size)
  expect(new Set(above).size).toBe(every.size)
  return every.size
}

describe.each([
  [6, 0],
  [7, 4],
  [8, 3],
] as const)("COPC of format %i with %i extra bytes", (pointFormat, extraBytes) => {
  const spec = specOf(pointFormat, extraBytes)
  const random = seededRandom(7 + pointFormat)
  // More than a node holds.
  const count = 140000
  const records = surveyRecords(random, spec, count, 40000)

  it("holds each record once, by copc.js, laz-perf and maille; nodes in their cubes, levels thinned", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.copc.laz")
      const result = await writeRecords(spec, records, path)
      const expected = multiset(records, spec.recordLength)
      expect(multiset(await readAllRecords(path), spec.recordLength) === expected).toBe(true)
      expect(multiset(await readByLazPerf(path), spec.recordLength) === expected).toBe(true)
      const read = await readByCopcJs(path)
      const all = Buffer.concat(read.nodes.map((node) => node.records))
      expect(multiset(all, spec.recordLength) === expected).toBe(true)
      expectInCubes(read, spec)
      expect(result).toMatchObject({ points: count, nodes: read.nodes.filter((node) => node.count > 0).length })
      expect(result.levels).toBeGreaterThanOrEqual(2)
      expect(result.bytes).toBe(readFileSync(path).length)
      expect(expectOneACell(read, spec, 0)).toBeGreaterThan(5000)
      const { header, info, wkt, vlrs } = read.copc
      expect(header.pointCount).toBe(count)
      const numbers = Array.from({ length: count }, (_, i) => records[i * spec.recordLength + 14]! & 15)
      expect(header.pointCountByReturn.slice(0, 4)).toEqual(
        [1, 2, 3, 4].map((n) => numbers.filter((m) => m === n).length),
      )
      expect(info.gpsTimeRange[0]).toBe(3e8)
      expect(info.gpsTimeRange[1]).toBeGreaterThan(3e8 + 10000)
      expect(info.spacing).toBeCloseTo((info.cube[3] - info.cube[0]) / 128)
      expect(wkt).toMatch(/^PROJCS/)
      expect(vlrs[0]).toMatchObject({ userId: "copc", recordId: 1, contentOffset: 375 + 54 })
      const kept = vlrs.map(({ userId, recordId, contentLength }) => `${userId}/${recordId} ${contentLength}`)
      expect(kept).toContain("somebody/7 3")
      expect(kept).toContain("somebody/8 70000")
      const file = await openPointFile(path)
      const stored = await file.stored()
      await file.close()
      const described = (all: RecordSpec["vlrs"]) => all.map((vlr) => ({ description: "", ...vlr }))
      expect(stored).toMatchObject({ ...spec, vlrs: described(spec.vlrs), evlrs: described(spec.evlrs) })
    }))

  it("has the same bytes whatever the order, the blocks, the runs and the stated box", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.copc.laz")
      await writeRecords(spec, records, path)
      const expected = readFileSync(path)
      const mixed = shuffled(random, records, spec.recordLength)
      await writeRecords(spec, mixed, path, { block: 1000, count: 5 })
      expect(readFileSync(path).equals(expected)).toBe(true)
      await writeRecords(spec, mixed, path, { box: [0, 0, 0, 1e6, 1e6, 1e6] })
      expect(readFileSync(path).equals(expected)).toBe(true)
      await writeRecords(spec, mixed, path, { box: [700000, 6600000, 30, 700000.5, 6600000.5, 30.5], count: 20000 })
      expect(readFileSync(path).equals(expected)).toBe(true)
    }))
})

describe("odd points", () => {
  const spec = specOf(7, 2)

  const roundTrip = (records: Uint8Array): Promise<ReadCopc> =>
    inFolder(async (folder) => {
      const path = join(folder, "odd.copc.laz")
      await writeRecords(spec, records, path)
      expect(multiset(await readAllRecords(path), spec.recordLength) === multiset(records, spec.recordLength)).toBe(
        true,
      )
      const read = await readByCopcJs(path)
      const all = Buffer.concat(read.nodes.map((node) => node.records))
      expect(multiset(all, spec.recordLength) === multiset(records, spec.recordLength)).toBe(true)
      return read
    })

  it("none at all", () =>
    inFolder(async (folder) => {
      const path = join(folder, "none.copc.laz")
      await writeRecords(spec, new Uint8Array(0), path, { box: [0, 0, 0, 0, 0, 0] })
      const { copc } = await readByCopcJs(path)
      expect(copc.header.pointCount).toBe(0)
      const file = await openPointFile(path)
      await file.close()
      expect(file.info.count).toBe(0)
    }))

  it("one, and two", async () => {
    for (const count of [1, 2]) await roundTrip(surveyRecords(seededRandom(count), spec, count, 1000))
  })

  it("bits of any kind over the whole range of integers", async () => {
    const facts = { pointFormat: 7, extraBytes: 2, count: 30000, channels: 4, wild: true } as const
    const records = syntheticRecords(seededRandom(3), facts)
    // laz-perf keeps all bits but those of times that are no numbers: it is fed none.
    await roundTrip(records)
  })

  it("scales of their own on each axis", () =>
    inFolder(async (folder) => {
      const odd: RecordSpec = { ...spec, scale: [0.01, 0.0237, 0.00037], offset: [0.123, -5e6, 1 / 3] }
      const path = join(folder, "odd.copc.laz")
      await writeRecords(odd, surveyRecords(seededRandom(6), odd, 140000, 40000), path)
      const read = await readByCopcJs(path)
      expect(read.nodes.length).toBeGreaterThan(1)
      expectInCubes(read, odd)
    }))

  it("more than a node holds at one place, equal or not, without GPS time", async () => {
    const records = surveyRecords(seededRandom(5), spec, 140000, 1)
    const view = new DataView(records.buffer)
    for (let at = 0; at < records.length; at += spec.recordLength) {
      for (let axis = 0; axis < 3; axis++)
        view.setInt32(at + 4 * axis, axis === 0 && at === 0 ? 2000000000 : 12345, true)
      view.setFloat64(at + 22, 0, true)
    }
    const { nodes } = await roundTrip(records)
    expect(nodes.find((node) => node.count > 131072)?.key[0]).toBe(20)
  })
})

describe("encodeHierarchy", () => {
  it("puts large trees into pages, each entry once", async () => {
    const nodes: StoredNode[] = []
    const add = (level: number, x: number, y: number, z: number): void => {
      const offset = 100 + nodes.length
      nodes.push({ place: [level, x, y, z], offset, bytes: 1, count: (nodes.length % 3) + 1 })
      if (level < 7) for (let k = 0; k < 4; k++) add(level + 1, 2 * x + (k & 1), 2 * y + (k >> 1), z)
    }
    add(0, 0, 0, 0)
    const pages = encodeHierarchy(nodes, 1000)
    const bytes = Buffer.concat([Buffer.alloc(1000), pages.bytes])
    const get = async (begin: number, end: number): Promise<Uint8Array> => new Uint8Array(bytes.subarray(begin, end))
    const waiting = [{ pageOffset: 1000 + pages.rootAt, pageLength: pages.rootBytes }]
    const found = new Map<string, number>()
    let read = 0
    for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
      read++
      const tree = await Copc.loadHierarchyPage(get, page)
      for (const more of Object.values(tree.pages)) waiting.push(more!)
      for (const [key, node] of Object.entries(tree.nodes)) {
        expect(found.has(key)).toBe(false)
        found.set(key, node!.pointDataOffset)
      }
    }
    expect(read).toBeGreaterThan(100)
    expect(found.size).toBe(nodes.length)
    for (const { place, offset } of nodes) expect(found.get(place.join("-"))).toBe(offset)
  })
})

describe.skipIf(laszipProgram === undefined)("LASzip", () => {
  it.each([6, 7, 8] as const)("reads all records of format %i", (pointFormat) =>
    inFolder(async (folder) => {
      const spec = specOf(pointFormat, 2)
      const records = surveyRecords(seededRandom(pointFormat), spec, 150000, 30000)
      const path = join(folder, "a.copc.laz")
      await writeRecords(spec, records, path)
      const { records: found } = copyByLaszip(path)
      expect(multiset(found, spec.recordLength) === multiset(records, spec.recordLength)).toBe(true)
    }),
  )
})

describe("records of a box", () => {
  it("are those of the half-open box; a file cut short is refused", () =>
    inFolder(async (folder) => {
      const spec = specOf(6, 1)
      const records = surveyRecords(seededRandom(11), spec, 60000, 30000)
      const path = join(folder, "a.copc.laz")
      await writeRecords(spec, records, path)
      const box = [700050, 6600100.01, 700120.5, 6600199.99] as const
      const view = new DataView(records.buffer)
      const wanted: Uint8Array[] = []
      for (let at = 0; at < records.length; at += spec.recordLength) {
        const [x, y] = [view.getInt32(at, true), view.getInt32(at + 4, true)]
        if (x >= 5000 && x < 12050 && y >= 10001 && y < 19999) wanted.push(records.subarray(at, at + spec.recordLength))
      }
      expect(wanted.length).toBeGreaterThan(1000)
      const found = await readAllRecords(path, box)
      expect(multiset(found, spec.recordLength) === multiset(Buffer.concat(wanted), spec.recordLength)).toBe(true)
      writeFileSync(join(folder, "cut.copc.laz"), readFileSync(path).subarray(0, 500000))
      await expect(readAllRecords(join(folder, "cut.copc.laz"))).rejects.toThrow(/cut short|damaged|outside/)
    }))
})
