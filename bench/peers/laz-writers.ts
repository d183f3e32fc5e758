import { createHash } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openPointFile } from "../../engine/formats/las/point-file.js"
import type { RecordSpec } from "../../engine/formats/las/write/record-spec.js"
import { createLazEncoder } from "../../engine/formats/laz/encoder/encoder.js"
import { openLazWriter } from "../../engine/formats/laz/laz-writer.js"
import { readLazFile } from "../laz-file.js"
import type { PeerEntry, Work } from "./peer.js"

/** So many points of a file are written, its first ones: LASzip's structures take 100 bytes each. */
export const MOST_POINTS = 1_000_000
const CHUNK_POINTS = 50_000

/** What was written: bytes of all chunks without header and table, and a digest of them. */
export interface WriteProof {
  readonly bytes: number
  readonly digest: string
}

/** Proof of chunks in memory. */
const proofOf = (chunks: readonly Uint8Array[]): WriteProof => {
  const hash = createHash("sha256")
  for (const chunk of chunks) hash.update(chunk)
  return { bytes: chunks.reduce((sum, { length }) => sum + length, 0), digest: hash.digest("hex").slice(0, 16) }
}

/** Proof of the chunks of a LAZ file that a writer wrote: never COPC, whatever VLRs LASzip copied. */
export const proofOfFile = async (path: string): Promise<WriteProof> =>
  proofOf((await readLazFile(path, false)).chunks.map(({ bytes }) => bytes))

/** Raw records in memory. */
interface Records {
  readonly spec: RecordSpec
  readonly bytes: Uint8Array
  readonly count: number
}

const readRecords = async (path: string): Promise<Records> => {
  const file = await openPointFile(path)
  try {
    const { pointFormat, recordLength, scale, offset } = file.info
    if (pointFormat < 6 || pointFormat > 8) throw new Error(`point format ${pointFormat} is not written in layers`)
    const count = Math.min(MOST_POINTS, file.info.count)
    const bytes = new Uint8Array(count * recordLength)
    let at = 0
    for await (const block of file.records()) {
      const taken = Math.min(block.count * recordLength, bytes.length - at)
      bytes.set(block.bytes.subarray(0, taken), at)
      at += taken
      if (at === bytes.length) break
    }
    const spec = { pointFormat: pointFormat as 6 | 7 | 8, recordLength, scale, offset, vlrs: [], evlrs: [] }
    return { spec: { ...spec, globalEncoding: 17 }, bytes, count }
  } finally {
    await file.close()
  }
}

const openEncoder = async (path: string): Promise<Work> => {
  const { spec, bytes, count } = await readRecords(path)
  const { pointFormat, recordLength } = spec
  const encoder = createLazEncoder()
  let chunks: Uint8Array[] = []
  return {
    pass: () => {
      chunks = []
      for (let done = 0; done < count; done += CHUNK_POINTS) {
        const taken = Math.min(CHUNK_POINTS, count - done)
        const records = bytes.subarray(done * recordLength, (done + taken) * recordLength)
        chunks.push(encoder.encode(records, { count: taken, pointFormat, recordLength }))
      }
      return count
    },
    proof: () => ({ ...proofOf(chunks) }),
  }
}

const openWriter = async (path: string): Promise<Work> => {
  const { spec, bytes, count } = await readRecords(path)
  const folder = await mkdtemp(join(tmpdir(), "maille-write-"))
  const written = join(folder, "written.laz")
  return {
    pass: async () => {
      const writer = await openLazWriter(written, spec)
      await writer.write(bytes, count)
      return (await writer.finish()).points
    },
    proof: async () => ({ ...(await proofOfFile(written)) }),
    close: () => rm(folder, { recursive: true }),
  }
}

/** The writers that run in Node. */
export const lazWriters: readonly PeerEntry[] = [
  { name: "maille encoder", work: "raw records in memory to chunks in memory", open: openEncoder },
  { name: "maille writer", work: "raw records in memory to a file, made durable", open: openWriter },
]
