import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Copc, type Hierarchy, Las } from "copc"
import { writeCopc } from "../../../../engine/formats/copc/copc-writer.js"
import type { RecordSpec } from "../../../../engine/formats/las/write/record-spec.js"
import { writeWkt } from "../../../../engine/formats/las/write/wkt.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"

/** Calls with a folder that is gone afterwards. */
export const inFolder = async <T>(use: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), "maille-copc-"))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a file in Lambert-93 says beside points of a format. */
export const specOf = (pointFormat: 6 | 7 | 8, extraBytes: number): RecordSpec => ({
  pointFormat,
  recordLength: { 6: 30, 7: 36, 8: 38 }[pointFormat] + extraBytes,
  scale: [0.01, 0.01, 0.01],
  offset: [700000, 6600000, 0],
  vlrs: [
    { userId: "LASF_Projection", recordId: 2112, data: new TextEncoder().encode(`${writeWkt(2154)}\0`) },
    { userId: "somebody", recordId: 7, description: "what nobody knows", data: Uint8Array.of(1, 2, 3) },
  ],
  evlrs: [{ userId: "somebody", recordId: 8, data: new Uint8Array(70000).fill(5) }],
  globalEncoding: 17,
})

/** How {@link writeRecords} hands records over. */
interface Handing {
  /** Records in a block. */
  readonly block?: number
  /** What the writer is told of their number: few make it sort in many runs. */
  readonly count?: number
  /** What the writer is told of their box. */
  readonly box?: readonly [number, number, number, number, number, number]
}

/** Writes records as COPC. */
export const writeRecords = async (
  spec: RecordSpec,
  records: Uint8Array,
  path: string,
  { block = 65536, count = records.length / spec.recordLength, box = boxOf(spec, records) }: Handing = {},
) => {
  async function* blocks() {
    const bytes = block * spec.recordLength
    for (let at = 0; at < records.length; at += bytes) {
      const part = records.slice(at, at + bytes)
      yield { bytes: part, count: part.length / spec.recordLength }
      // What was given is good until the next is asked for.
      part.fill(255)
    }
  }
  return inFolder((temporaryFolder) => writeCopc({ spec, records: blocks, count, box }, path, { temporaryFolder }))
}

const boxOf = (spec: RecordSpec, records: Uint8Array): [number, number, number, number, number, number] => {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  const box: [number, number, number, number, number, number] = [
    Infinity,
    Infinity,
    Infinity,
    -Infinity,
    -Infinity,
    -Infinity,
  ]
  for (let at = 0; at < records.length; at += spec.recordLength) {
    for (let axis = 0; axis < 3; axis++) {
      const value = view.getInt32(at + 4 * axis, true) * spec.scale[axis]! + spec.offset[axis]!
      box[axis] = Math.min(box[axis]!, value)
      box[axis + 3] = Math.max(box[axis + 3]!, value)
    }
  }
  return box
}

/**
 * A digest of records that their order does not change: equal for equal multisets, and for two
 * others with a chance of 2⁻⁹⁶. Sorting millions of records as texts takes a hundred times as long.
 */
export const multiset = (records: Uint8Array, recordLength: number): string => {
  let [first, second, third] = [0, 0, 0]
  for (let at = 0; at < records.length; at += recordLength) {
    let [a, b, c] = [0x811c9dc5, 0x9e3779b9, 0x7f4a7c15]
    for (let k = at; k < at + recordLength; k++) {
      const byte = records[k] as number
      a = Math.imul(a ^ byte, 0x01000193)
      b = Math.imul((b ^ byte) + (b >>> 15), 0x85ebca6b)
      c = Math.imul((c ^ byte) + (c >>> 13), 0xc2b2ae35)
    }
    first = (first + mixed(a)) | 0
    second = (second + mixed(b)) | 0
    third = (third + mixed(c)) | 0
  }
  return [records.length, first, second, third].join(" ")
}

/** A last step without which sums of such numbers would tell less: each bit depends on all. */
const mixed = (hash: number): number => {
  const half = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const most = Math.imul(half ^ (half >>> 13), 0xc2b2ae35)
  return most ^ (most >>> 16)
}

/** All records of a point file, by maille. */
export const readAllRecords = async (
  path: string,
  box?: readonly [number, number, number, number],
): Promise<Uint8Array> => {
  const file = await openPointFile(path)
  try {
    const parts: Uint8Array[] = []
    for await (const { bytes } of file.records({ box })) parts.push(bytes.slice())
    return Buffer.concat(parts)
  } finally {
    await file.close()
  }
}

/** A COPC as copc.js sees it: all nodes of all pages, with their records. */
export interface ReadCopc {
  readonly copc: Copc
  readonly pages: number
  readonly nodes: readonly {
    readonly key: readonly [number, number, number, number]
    readonly records: Uint8Array
    readonly count: number
  }[]
}

/** Reads a COPC by copc.js, node by node. */
export const readByCopcJs = async (path: string): Promise<ReadCopc> => {
  const copc = await Copc.create(path)
  const waiting: Hierarchy.Page[] = [copc.info.rootHierarchyPage]
  const nodes: { key: readonly [number, number, number, number]; records: Uint8Array; count: number }[] = []
  let pages = 0
  for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
    pages++
    const tree = await Copc.loadHierarchyPage(path, page)
    for (const more of Object.values(tree.pages)) if (more !== undefined) waiting.push(more)
    for (const [name, node] of Object.entries(tree.nodes)) {
      if (node === undefined) continue
      const key = name.split("-").map(Number) as unknown as readonly [number, number, number, number]
      const records =
        node.pointCount === 0 ? new Uint8Array(0) : await Copc.loadPointDataBuffer(path, copc.header, node)
      nodes.push({ key, records: records as Uint8Array, count: node.pointCount })
    }
  }
  return { copc, pages, nodes }
}

/** All records of a LAZ file from front to back, by laz-perf, which knows nothing of COPC. */
export const readByLazPerf = async (path: string): Promise<Uint8Array> =>
  (await Las.PointData.decompressFile(new Uint8Array(readFileSync(path)))) as Uint8Array

/**
 * Records of a survey: strips of pulses over a square of `side` steps that meet trees and roofs, in
 * the order of their times.
 */
export const surveyRecords = (
  random: () => number,
  { pointFormat, recordLength }: Pick<RecordSpec, "pointFormat" | "recordLength">,
  count: number,
  side: number,
): Uint8Array => {
  const bytes = new Uint8Array(count * recordLength)
  const view = new DataView(bytes.buffer)
  const below = (n: number): number => Math.floor(random() * n)
  const base = { 6: 30, 7: 36, 8: 38 }[pointFormat]
  const strip = Math.ceil(count / 3)
  for (let i = 0, at = 0; i < count; ) {
    const returns = random() < 0.2 ? 2 + below(3) : 1
    const along = (i % strip) / strip
    const [x, y] = [Math.floor(along * side), below(side)]
    const ground = 3000 + Math.floor(500 * Math.sin(x / 700) + 300 * Math.cos(y / 500))
    for (let number = 1; number <= returns && i < count; number++, i++, at += recordLength) {
      view.setInt32(at, x + below(30), true)
      view.setInt32(at + 4, y, true)
      view.setInt32(at + 8, ground + (returns - number) * (200 + below(300)), true)
      view.setUint16(at + 12, below(2000), true)
      bytes[at + 14] = number | (returns << 4)
      bytes[at + 15] = below(16) | (below(2) << 4) | (below(4) << 6)
      bytes[at + 16] = [2, 3, 5, 6, 9, 66][below(6)]!
      bytes[at + 17] = below(3)
      view.setInt16(at + 18, below(6000) - 3000, true)
      view.setUint16(at + 20, 1 + Math.floor(i / strip), true)
      view.setFloat64(at + 22, 3e8 + Math.floor(i / strip) * 5000 + along * 60, true)
      for (let k = 30; k < base; k++) bytes[at + k] = below(256)
      for (let k = base; k < recordLength; k++) bytes[at + k] = (i + k) % 7
    }
  }
  return bytes
}

/** The records in another order. */
export const shuffled = (random: () => number, records: Uint8Array, recordLength: number): Uint8Array => {
  const count = records.length / recordLength
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  const mixed = new Uint8Array(records.length)
  order.forEach((from, to) => {
    mixed.set(records.subarray(from * recordLength, (from + 1) * recordLength), to * recordLength)
  })
  return mixed
}
