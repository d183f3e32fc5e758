/**
 * Writes COPC 1.0: sorts the records, divides them into octree nodes, and compresses one chunk per
 * node.
 */
import { type FileHandle, open, rm } from "node:fs/promises"
import { join } from "node:path"
import { writeFully } from "../../core/files/with-file.js"
import type { RecordBlock } from "../las/columns.js"
import { baseRecordBytes, type RecordSpec } from "../las/write/record-spec.js"
import { encodeEvlrHeader, encodeVlr, HEADER_BYTES, writeLasHeader } from "../las/write/write-header.js"
import { lazEncoder } from "../laz/encoder/encoder.js"
import { encodeChunkTable, encodeLaszipVlr } from "../laz/laszip-writer.js"
import { encodeHierarchy, type StoredNode } from "./hierarchy.js"
import { type Cube, fitCube } from "./keys.js"
import { buildOctree, type NodePlace } from "./octree.js"
import { type RecordSorter, recordSorters, type Thin } from "./record-sorter.js"
import { wordsOf } from "./record-words.js"

/** Records to write. */
export interface RecordInput {
  readonly spec: RecordSpec
  /** All records; called once. */
  records(): AsyncIterable<RecordBlock>
  /** Expected number of records, used to allocate memory. */
  readonly count: number
  /**
   * Their extent, CRS units: `[minX, minY, minZ, maxX, maxY, maxZ]`. If it is not exact, records
   * are sorted twice.
   */
  readonly box: readonly [number, number, number, number, number, number]
  /** The box may be an eighth too wide: the octree then has the cube of the box. */
  readonly isRough?: boolean
}

/** Points of a node to compress, in key order, each record padded to whole words. */
export interface NodePoints {
  /** For an `encode` of the options: has its own buffer, which may be transferred. */
  readonly words: Int32Array<ArrayBuffer>
  readonly count: number
  readonly pointFormat: 6 | 7 | 8
  readonly recordLength: number
}

/** Options of {@link writeCopc}. */
export interface CopcOptions {
  /** Existing folder for records during sorting, about as large as uncompressed LAS. */
  readonly temporaryFolder: string
  /**
   * Orders and compresses a node, possibly in another thread; up to `lanes` at a time. Default:
   * {@link encodeNode}, one at a time.
   */
  readonly encode?: (points: NodePoints) => Promise<Uint8Array>
  readonly lanes?: number
  /** Called with the numbers of records read and written. */
  readonly onProgress?: (read: number, written: number) => void
}

/** Summary of the file written. */
export interface CopcResult {
  readonly points: number
  /** Number of nodes with points. */
  readonly nodes: number
  readonly levels: number
  readonly bytes: number
}

const INFO_BYTES = 160
/** The root's spacing is its side divided by this. */
const CELLS = 128

/**
 * Writes COPC 1.0: an octree of LAZ chunks, with every byte of the records unchanged. Equal points
 * give equal bytes, whatever their order.
 *
 * Records are sorted along a Morton curve in `temporaryFolder`, then assigned to nodes (see
 * `buildOctree`), each compressed as one chunk. Memory: about 100 MB, plus that of `encode`.
 *
 * @param path a temporary name; the caller renames the file
 * @throws EngineError from the records; errors of the file system
 */
export const writeCopc = async (input: RecordInput, path: string, options: CopcOptions): Promise<CopcResult> => {
  const sorted = await sortRecords(input, join(options.temporaryFolder, "records"), options)
  const { sorter } = sorted
  try {
    const handle = await open(path, "w")
    try {
      return await writeNodes(input.spec, sorted, handle, options)
    } finally {
      await handle.close()
    }
  } finally {
    sorter.close()
    await rm(sorter.path, { force: true })
  }
}

/** All records, and what the header says of them. */
interface Sorted {
  readonly sorter: RecordSorter
  readonly thin: Thin
  readonly totals: RecordSorter["totals"]
}

const sortRecords = async (
  { spec, records, count, box, isRough = false }: RecordInput,
  path: string,
  { onProgress }: CopcOptions,
): Promise<Sorted> => {
  const stored = (value: number, axis: 0 | 1 | 2): number => Math.round((value - spec.offset[axis]) / spec.scale[axis])
  const corner = (k: 0 | 3) =>
    [0, 1, 2].map((axis) => stored(box[k + axis]!, axis as 0 | 1 | 2)) as [number, number, number]
  const cube = fitCube({ count: 1, min: corner(0), max: corner(3) }, spec.scale, spec.offset)
  const { recordLength } = spec
  const { sorterOf, thin } = await recordSorters()
  const sorter = sorterOf({ cube, recordLength, path, expected: count })
  let read = 0
  try {
    for await (const block of records()) {
      sorter.add(block.bytes, block.count)
      read += block.count
      onProgress?.(read, 0)
    }
    const { totals } = sorter
    const exact = fitCube(totals, spec.scale, spec.offset)
    if (isRough ? isAround(cube, exact) : sameCube(exact, cube)) return { sorter, thin, totals }
    // The box was inexact: sort again in the cube of the points.
    const again = sorterOf({ cube: exact, recordLength, path: `${path}-2`, expected: totals.count })
    again.takeFrom(sorter)
    await rm(path, { force: true })
    return { sorter: again, thin, totals }
  } catch (error) {
    sorter.close()
    throw error
  }
}

const sameCube = (a: Cube, b: Cube): boolean =>
  [0, 1, 2].every((axis) => a.corner[axis] === b.corner[axis] && a.steps[axis] === b.steps[axis])

/** True if a cube contains another one, and is at most an eighth wider. */
const isAround = (cube: Cube, { corner, steps }: Cube): boolean =>
  [0, 1, 2].every((axis) => {
    const before = corner[axis]! - cube.corner[axis]!
    return before >= 0 && before + steps[axis]! <= cube.steps[axis]! && cube.steps[axis]! <= 1.125 * steps[axis]!
  })

const writeNodes = async (
  spec: RecordSpec,
  { sorter, thin, totals }: Sorted,
  handle: FileHandle,
  options: CopcOptions,
): Promise<CopcResult> => {
  const { pointFormat, recordLength } = spec
  const extraBytes = recordLength - baseRecordBytes(pointFormat)
  const rest = [encodeLaszipVlr(pointFormat, extraBytes, "variable"), ...spec.vlrs].map(encodeVlr)
  const pointOffset =
    HEADER_BYTES + rest.reduce((sum, vlr) => sum + vlr.length, encodeVlr(infoVlr(new Uint8Array(INFO_BYTES))).length)
  const chunks = new ChunkLane(handle, pointOffset + 8, totals.count, options)
  const stride = wordsOf(recordLength)
  const { levels, nodes } = await buildOctree(sorter.sorted(), stride, thin, (place, points) => {
    // This thread encodes a node at once, from the octree's memory; another one needs a copy.
    const words = (options.encode ? points.words.slice(0, points.count * stride) : points.words) as NodePoints["words"]
    return chunks.add(place, { words, count: points.count, pointFormat, recordLength })
  })
  const stored = await chunks.finish()
  const table = encodeChunkTable(
    stored.filter(({ count }) => count > 0),
    true,
  )
  const tableAt = chunks.end
  await writeFully(handle, table, tableAt)
  const evlrOffset = tableAt + table.length
  const { cube } = sorter
  const pages = encodeHierarchy(stored, evlrOffset + 60)
  const hierarchy = { userId: "copc", recordId: 1000, description: "EPT hierarchy", data: pages.bytes }
  let end = evlrOffset
  for (const evlr of [hierarchy, ...spec.evlrs]) {
    await writeFully(handle, encodeEvlrHeader(evlr, evlr.data.length), end)
    await writeFully(handle, evlr.data, end + 60)
    end += 60 + evlr.data.length
  }
  const vlrs = [
    encodeVlr(infoVlr(encodeInfo(cube, evlrOffset + 60 + pages.rootAt, pages.rootBytes, totals.time))),
    ...rest,
  ]
  const layout = {
    totals,
    compressed: true,
    pointOffset,
    vlrCount: vlrs.length,
    evlrOffset,
    evlrCount: 1 + spec.evlrs.length,
  }
  const tablePlace = new Uint8Array(8)
  new DataView(tablePlace.buffer).setBigInt64(0, BigInt(tableAt), true)
  await writeFully(handle, Buffer.concat([writeLasHeader(spec, layout), ...vlrs, tablePlace]), 0)
  await handle.sync()
  return { points: totals.count, nodes, levels, bytes: end }
}

const infoVlr = (data: Uint8Array) => ({ userId: "copc", recordId: 1, description: "COPC info", data })

/**
 * Info record: 0 centre (3 f64), 24 half size, 32 spacing, 40 root page offset (u64), 48 its bytes
 * (u64), 56 least and 64 greatest GPS time, 72 zeros (11 u64).
 */
const encodeInfo = (
  cube: Cube,
  rootAt: number,
  rootBytes: number,
  [first, last]: readonly [number, number],
): Uint8Array => {
  const bytes = new Uint8Array(INFO_BYTES)
  const view = new DataView(bytes.buffer)
  const values = [...cube.centre, cube.halfSize, (2 * cube.halfSize) / CELLS]
  for (const [i, value] of values.entries()) view.setFloat64(8 * i, value, true)
  view.setBigUint64(40, BigInt(rootAt), true)
  view.setBigUint64(48, BigInt(rootBytes), true)
  view.setFloat64(56, first <= last ? first : 0, true)
  view.setFloat64(64, first <= last ? last : 0, true)
  return bytes
}

/** Orders a node's points by time and compresses them as one chunk, in an array of its own. */
export const encodeNode = async ({ words, count, pointFormat, recordLength }: NodePoints): Promise<Uint8Array> => {
  const encoder = await lazEncoder()
  const records = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  return encoder.encode(records, { count, pointFormat, recordLength, stride: 4 * wordsOf(recordLength), byTime: true })
}

/** Writes nodes in the order in which they were added, while several may still be compressing. */
class ChunkLane {
  readonly handle: FileHandle
  readonly encode: (points: NodePoints) => Promise<Uint8Array>
  readonly lanes: number
  readonly onProgress: CopcOptions["onProgress"]
  readonly nodes: StoredNode[] = []
  readonly waiting: { place: NodePlace; count: number; bytes: Promise<Uint8Array> }[] = []
  readonly points: number
  end: number
  written = 0

  constructor(
    handle: FileHandle,
    begin: number,
    points: number,
    { encode = encodeNode, lanes = 1, onProgress }: CopcOptions,
  ) {
    this.handle = handle
    this.encode = encode
    this.lanes = lanes
    this.onProgress = onProgress
    this.end = begin
    this.points = points
  }

  async add(place: NodePlace, points: NodePoints): Promise<void> {
    const bytes = points.count === 0 ? Promise.resolve(new Uint8Array(0)) : this.encode(points)
    // Awaited later, in order: suppress the unhandled rejection until then.
    bytes.catch(() => undefined)
    this.waiting.push({ place, count: points.count, bytes })
    while (this.waiting.length >= this.lanes) await this.#writeFirst()
  }

  async finish(): Promise<readonly StoredNode[]> {
    while (this.waiting.length > 0) await this.#writeFirst()
    return this.nodes
  }

  async #writeFirst(): Promise<void> {
    const first = this.waiting.shift()
    if (first === undefined) return
    const { place, count } = first
    const bytes = await first.bytes
    await writeFully(this.handle, bytes, this.end)
    this.nodes.push({ place, offset: count === 0 ? 0 : this.end, bytes: bytes.length, count })
    this.end += bytes.length
    this.written += count
    this.onProgress?.(this.points, this.written)
  }
}
