/** Writes layered LAZ with maille and LASzip: the same points, in chunks of the same size. */
import { createHash } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import type { RecordSpec } from "../../../engine/formats/las/write/record-spec.js"
import { openLazWriter } from "../../../engine/formats/laz/laz-writer.js"
import { openPointFile } from "../../../engine/formats/points/point-file.js"
import { compileLaszip } from "../../e2e/laszip.js"
import { readLazFile } from "../../formats/laz-file.js"
import { type Comparison, countColumn, speedColumn } from "./compare.js"
import { comparison as reading } from "./laz-reading.js"
import { grouped } from "./markdown.js"
import { resultWork, type Work } from "./peer.js"

/** Only the first points of a file are written, because LASzip's structures take 100 bytes each. */
const MOST_POINTS = 1_000_000
const LASZIP = "LASzip"
/** Times of smaller files say more about starting than about writing. */
const MANY_POINTS = 500_000

/** Size of all chunks, without header and chunk table, and their digest. */
export interface WriteProof {
  readonly bytes: number
  readonly digest: string
}

const proofOf = (chunks: readonly Uint8Array[]): WriteProof => {
  const hash = createHash("sha256")
  for (const chunk of chunks) hash.update(chunk)
  return { bytes: chunks.reduce((sum, { length }) => sum + length, 0), digest: hash.digest("hex").slice(0, 16) }
}

/** Proof of a file's chunks, by its chunk table: LASzip may have copied a COPC VLR. */
const proofOfFile = async (path: string): Promise<WriteProof> =>
  proofOf((await readLazFile(path, false)).chunks.map(({ bytes }) => bytes))

const readRecords = async (path: string): Promise<{ spec: RecordSpec; bytes: Uint8Array; count: number }> => {
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

const openWriter = async (path: string): Promise<Work> => {
  const { spec, bytes, count } = await readRecords(path)
  const folder = await mkdtemp(join(tmpdir(), "maille-write-"))
  const written = join(folder, "written.laz")
  const write = async (): Promise<void> => {
    const writer = await openLazWriter(written, spec)
    await writer.write(bytes, count)
    await writer.finish()
  }
  return resultWork(
    count,
    write,
    () => proofOfFile(written),
    () => rm(folder, { recursive: true }),
  )
}

/** Writes the first million points of a file. */
export const comparison: Comparison<WriteProof> = {
  name: "laz-writing",
  title: "Writing LAZ of point formats 6 to 8",
  note: "The same points in chunks of 50,000; one thread each. Equal digests: equal bytes.",
  inputs: reading.inputs,
  tasks: async (path, folder) => {
    const count = Math.min((await readLazFile(path)).header.count, MOST_POINTS)
    const laszip = await compileLaszip()
    const written = join(folder, "laszip.laz")
    const work = "structures in memory to a file: laszip_write_point"
    const command = laszip.command("write", path, written, String(count))
    return [
      {
        label: `writing ${grouped(count)} points of ${basename(path)}`,
        word: path,
        others: [{ name: LASZIP, work, against: "maille writer", command, proof: () => proofOfFile(written) }],
        close: laszip.remove,
      },
    ]
  },
  peers: [{ name: "maille writer", work: "raw records in memory to a file, made durable", open: openWriter }],
  check: (rows) => {
    const [ours, theirs] = ["maille writer", LASZIP].map((name) => rows.find((row) => row.name === name))
    if (ours === undefined || theirs === undefined || ours.proof.bytes <= 1.01 * theirs.proof.bytes) return
    throw new Error(`${ours.name}: ${ours.proof.bytes} bytes, more than 1 % above LASzip's ${theirs.proof.bytes}`)
  },
  columns: [
    countColumn("bytes of chunks", "bytes"),
    { heading: "digest", cell: ({ proof }) => proof.digest },
    speedColumn,
  ],
  proof: ({ proof, amount }, { proof: ours }) =>
    amount < MANY_POINTS
      ? undefined
      : `chunks of 50 000 points: ${proof.digest === ours.digest ? "equal bytes" : "not the same bytes"}, size ${((100 * ours.bytes) / proof.bytes).toFixed(2)} % of LASzip's`,
}
