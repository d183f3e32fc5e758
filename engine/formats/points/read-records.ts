/** Reads raw point records, every byte unchanged, for writers that copy points. */
import type { Box2 } from "../../core/geometry/box.js"
import type { ByteSource } from "../../io/byte-source.js"
import { BLOCK_POINTS, type RecordBlock } from "../las/columns.js"
import { type LasHeader, RECORD_BYTES } from "../las/header.js"
import { makeAxes, StatedCheck, storedBox } from "../las/stored-places.js"
import { decodeChunk } from "../laz/chunk-decoder.js"
import { type Laszip, type Read, undecodable } from "../laz/laszip.js"
import { type LazColumns, type LazDecoder, type LazRequest, layersOf } from "../laz/wasm/chunk.js"
import { lazDecoder } from "../laz/wasm/decoder.js"

/** Source of records: the structure of a file, and its compressed chunks (none for LAS). */
export interface RecordSource {
  readonly source: ByteSource
  readonly header: LasHeader
  readonly laszip?: Laszip | undefined
  /** Chunks with their bytes and the next chunk, in file order; used only for LAZ. */
  readonly chunks: (box: Box2 | undefined) => AsyncIterable<Read>
}

/**
 * Yields all records of a file, or those in a half-open box, in blocks of at most `BLOCK_POINTS`.
 * The box test rounds coordinates to 1 mm, as `PointFile.read` does. Every byte is unchanged: the
 * layer decoder reads all layers of LAZ formats 6–8, laz-perf reads 0–3.
 *
 * @throws EngineError `E_FORMAT` if a layer does not end where it should, or a point is far outside
 * the stated box
 */
export async function* readRecordBlocks(from: RecordSource, box?: Box2): AsyncGenerator<RecordBlock> {
  const { header, source } = from
  const keep = recordFilter(header, source.path, box)
  for await (const block of rawBlocks(from, box)) {
    const retained = keep(block)
    if (retained.count > 0) yield retained
  }
}

async function* rawBlocks({ source, header, laszip, chunks }: RecordSource, box?: Box2): AsyncGenerator<RecordBlock> {
  const { recordLength } = header
  if (laszip === undefined) {
    for (let done = 0; done < header.count; done += BLOCK_POINTS) {
      const count = Math.min(BLOCK_POINTS, header.count - done)
      const begin = header.pointOffset + done * recordLength
      yield { bytes: await source.read(begin, begin + count * recordLength), count }
    }
  } else if (laszip.compressor === 3) {
    const decoder = await lazDecoder()
    const request = everything(header)
    let room = new Uint8Array(0)
    for await (const read of chunks(box)) {
      const wanted = read[0].count * recordLength
      if (room.length < wanted) room = new Uint8Array(wanted)
      // Another reader may use the decoder between two blocks: build all records of a chunk at
      // once.
      decodeRecords(decoder, read, { request, into: room.subarray(0, wanted), file: source.path })
      const points = BLOCK_POINTS * recordLength
      for (let at = 0; at < wanted; at += points) {
        const bytes = room.subarray(at, Math.min(at + points, wanted))
        yield { bytes, count: bytes.length / recordLength }
      }
    }
  } else {
    for await (const [chunk, bytes] of chunks(box)) {
      for (const records of await decodeChunk(bytes, chunk, header, source.path)) {
        // A copy: another reader may grow the memory behind it.
        yield { bytes: records.slice(), count: records.length / recordLength }
      }
    }
  }
}

const everything = ({ pointFormat, recordLength }: LasHeader): Omit<LazRequest, "count"> => ({
  pointFormat,
  recordLength,
  layers: layersOf(pointFormat),
  extra: Array.from({ length: recordLength - RECORD_BYTES[pointFormat]! }, (_, i) => i),
  wants: () => true,
})

/**
 * Builds records of formats 6–8 from columns; offsets as in `encodeLas`, 36 near infrared, then
 * extra bytes.
 */
const decodeRecords = (
  decoder: LazDecoder,
  [chunk, chunkBytes, next]: Read,
  { request, into, file }: { request: Omit<LazRequest, "count">; into: Uint8Array; file: string },
): void => {
  const { pointFormat, recordLength } = request
  let columns: LazColumns
  try {
    const ahead = next && { chunk: next[1], count: next[0].count }
    columns = decoder.decode(chunkBytes, { ...request, count: chunk.count }, ahead)
  } catch (error) {
    throw undecodable(file, chunk, error)
  }
  decoder.records(columns, request, into)
  const base = RECORD_BYTES[pointFormat]!
  for (let k = base; k < recordLength; k++) {
    const column = columns.extra[k - base]!
    for (let i = 0, at = k; at < into.length; i++, at += recordLength) into[at] = column[i]!
  }
  // A chunk stores its first record raw. Copying it preserves the bits of a NaN GPS time.
  if (chunk.count > 0) into.set(chunkBytes.subarray(0, recordLength))
}

/** Checks records against the header's box and compacts those in a box in place. */
const recordFilter = (
  header: LasHeader,
  file: string,
  box: Box2 | undefined,
): ((block: RecordBlock) => RecordBlock) => {
  const stated = new StatedCheck(header, file)
  const { minX, minY, maxX, maxY, minZ, maxZ, low, top } = stated.bounds
  const { recordLength } = header
  const origin = [0, 0, 0] as const
  const wanted = box === undefined ? undefined : storedBox({ origin, box }, makeAxes(header, origin))
  return (block) => {
    const { bytes, count } = block
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let retained = 0
    for (let i = 0, at = 0; i < count; i++, at += recordLength) {
      const x = view.getInt32(at, true)
      const y = view.getInt32(at + 4, true)
      if (!(x >= minX && x <= maxX && y >= minY && y <= maxY)) stated.addPlace(x, y)
      const z = view.getInt32(at + 8, true)
      if (!(z >= minZ && z <= maxZ) && z >= low && z < top) stated.addHeight(z)
      if (wanted === undefined) continue
      if (!(x >= wanted.minX && x < wanted.maxX && y >= wanted.minY && y < wanted.maxY)) continue
      if (retained !== i) bytes.copyWithin(retained * recordLength, at, at + recordLength)
      retained++
    }
    stated.endBlock(count)
    return wanted === undefined ? block : { bytes: bytes.subarray(0, retained * recordLength), count: retained }
  }
}
