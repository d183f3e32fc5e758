/** Writes the points of the synthetic scene as temporary files. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openBucketFile } from "../../engine/formats/buckets/bucket-file.js"
import { writeBuckets } from "../../engine/formats/buckets/write-buckets.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import type { RecordSpec } from "../../engine/formats/las/write/record-spec.js"
import { openPointFile, type PointFile } from "../../engine/formats/points/point-file.js"
import { scanScene } from "../../fixtures/sample/scan.js"
import { makeScene } from "../../fixtures/sample/scene.js"

/** A file in its own folder. */
export interface TemporaryFile {
  readonly path: string
  remove(): Promise<void>
}

/** Writes bytes or text as `name` in a new folder, which `remove` deletes. */
export const temporaryFile = async (name: string, content: Uint8Array | string): Promise<TemporaryFile> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-bench-"))
  const path = join(folder, name)
  await writeFile(path, content)
  return { path, remove: () => rm(folder, { recursive: true }) }
}

/** The scene as LAS of point format 6. */
export const sceneLas = (): Promise<TemporaryFile> =>
  temporaryFile("scene.las", encodeLas(scanScene(makeScene()), { pointFormat: 6, epsg: 2154 }))

/** The LAS file of the scene, open. */
export const openScene = async (): Promise<{ file: PointFile; path: string; close(): Promise<void> }> => {
  const { path, remove } = await sceneLas()
  const file = await openPointFile(path)
  return { file, path, close: () => file.close().then(remove) }
}

/** The scene as an open bucket file, and its box. */
export const sceneBucket = async () => {
  const { file, path, close } = await openScene()
  await writeBuckets(file, `${path}.buckets`)
  const { box } = file.info
  const bucketFile = await openBucketFile(`${path}.buckets`)
  return { bucketFile, box, close: () => bucketFile.close().then(close) }
}

/** The points of the scene as records of point format 6, with the facts that a writer needs. */
export const sceneRecords = async () => {
  const { file, close } = await openScene()
  try {
    const { count, recordLength, box, zRange } = file.info
    const records = new Uint8Array(count * recordLength)
    let at = 0
    for await (const block of file.records()) {
      records.set(block.bytes.subarray(0, block.count * recordLength), at)
      at += block.count * recordLength
    }
    const spec: RecordSpec = { ...(await file.stored()), pointFormat: 6 }
    return { spec, records, count, box: [box[0], box[1], zRange[0], box[2], box[3], zRange[1]] as const }
  } finally {
    await close()
  }
}
