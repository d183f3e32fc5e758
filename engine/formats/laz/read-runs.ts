/**
 * Divides a file into parts. Reads compressed chunks in few requests: neighbours together, the next
 * run ahead of its use.
 */
import { elementAt } from "../../core/lists.js"
import type { ByteSource } from "../../io/byte-source.js"
import { isUrl } from "../../io/byte-source.js"
import type { Part } from "../las/columns.js"
import type { Chunk } from "./laszip.js"

/** How chunks are merged into reads. */
interface Cost {
  /** Chunks closer than this share a read: the bytes between cost less than another request. */
  readonly gapBytes: number
  /** Maximum size of a read. */
  readonly mostBytes: number
}

const LOCAL: Cost = { gapBytes: 8 * 1024, mostBytes: 2 * 1024 * 1024 }
const REMOTE: Cost = { gapBytes: 64 * 1024, mostBytes: 8 * 1024 * 1024 }

/**
 * Neighbouring chunks read together: chunks `[first, next)` of the list, bytes `[begin, end)` of
 * the file.
 */
interface Run {
  readonly first: number
  readonly next: number
  readonly begin: number
  readonly end: number
}

const runFrom = (chunks: readonly Chunk[], first: number, { gapBytes, mostBytes }: Cost): Run => {
  const { begin, end: firstEnd } = elementAt(chunks, first)
  let end = firstEnd
  let next = first + 1
  for (; next < chunks.length; next++) {
    const chunk = elementAt(chunks, next)
    if (chunk.begin > end + gapBytes || chunk.end - begin > mostBytes) break
    end = Math.max(end, chunk.end)
  }
  return { first, next, begin, end }
}

/**
 * A chunk with its bytes, and its successor if in the same read. The successor is then yielded as
 * the same objects.
 */
export type Read = readonly [Chunk, Uint8Array, next: readonly [Chunk, Uint8Array] | undefined]

/**
 * Yields chunks (sorted by offset) with their bytes, valid until the next chunk is requested.
 * Neighbours share a read, and the next run is read while the caller works on this one. Memory: two
 * runs of 2 MB (file) or 8 MB (address), or the two largest chunks. Runs of a file alternate
 * between two buffers: a new buffer for each would burden the garbage collector.
 */
export async function* readRuns(source: ByteSource, chunks: readonly Chunk[]): AsyncGenerator<Read> {
  const cost = isUrl(source.path) ? REMOTE : LOCAL
  let [room, other] = [new Uint8Array(0), new Uint8Array(0)]
  const roomFor = (size: number): Uint8Array | undefined => {
    if (isUrl(source.path)) return undefined
    const roomy = Math.max(size, Math.min(cost.mostBytes, 2 * size))
    ;[room, other] = [other.length < size ? new Uint8Array(roomy) : other, room]
    return room.subarray(0, size)
  }
  const start = (first: number): { run: Run; bytes: Promise<Uint8Array> } | undefined => {
    if (first >= chunks.length) return undefined
    const run = runFrom(chunks, first, cost)
    const bytes = source.read(run.begin, run.end, roomFor(run.end - run.begin))
    // A consumer that stops early never awaits this read: ignore its failure.
    bytes.catch(() => undefined)
    return { run, bytes }
  }
  for (let ahead = start(0); ahead !== undefined; ) {
    const { run } = ahead
    const bytes = await ahead.bytes
    ahead = start(run.next)
    const read = chunks
      .slice(run.first, run.next)
      .map((chunk) => [chunk, bytes.subarray(chunk.begin - run.begin, chunk.end - run.begin)] as const)
    for (const [i, [chunk, own]] of read.entries()) yield [chunk, own, read[i + 1]]
  }
}

/** The chunks of a part, in order, balanced by points. Each chunk belongs to exactly one part. */
export const chunksOfPart = (chunks: readonly Chunk[], part: Part | undefined): readonly Chunk[] => {
  if (part === undefined) return chunks
  const total = chunks.reduce((sum, { count }) => sum + count, 0)
  const [begin, end] = recordsOfPart(total, part)
  let before = 0
  return chunks.filter(({ count }) => {
    // The middle of a chunk decides. Below the total for the last chunk, it always falls into a
    // part.
    const middle = before + count / 2
    before += count
    return middle >= begin && middle < end
  })
}

/** The records `[begin, end)` of a part of `count` records. */
export const recordsOfPart = (count: number, part: Part | undefined): readonly [begin: number, end: number] => {
  if (part === undefined) return [0, count]
  const { index, of } = part
  if (!(Number.isInteger(index) && Number.isInteger(of) && index >= 0 && index < of)) {
    throw new RangeError(`part ${index} of ${of}: expected a whole number from 0 to ${of - 1}`)
  }
  return [Math.floor((count * index) / of), Math.floor((count * (index + 1)) / of)]
}
