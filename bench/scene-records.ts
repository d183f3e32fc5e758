import { openPointFile } from "../engine/formats/las/point-file.js"
import { encodeLas } from "../engine/formats/las/write/las-writer.js"
import type { RecordSpec } from "../engine/formats/las/write/record-spec.js"
import { scanScene } from "../fixtures/sample/scan.js"
import { makeScene } from "../fixtures/sample/scene.js"
import { temporaryFile } from "./temporary-file.js"

/** Raw LAS records in memory, and what a writer needs beside them. */
export interface SceneRecords {
  readonly spec: RecordSpec
  readonly records: Uint8Array
  readonly count: number
  readonly box: readonly [number, number, number, number, number, number]
}

/** The points of the synthetic scene as records of point format 6. */
export const sceneRecords = async (): Promise<SceneRecords> => {
  const las = await temporaryFile("scene.las", encodeLas(scanScene(makeScene()), { pointFormat: 6, epsg: 2154 }))
  const file = await openPointFile(las.path)
  try {
    const { count, recordLength, box, zRange } = file.info
    const records = new Uint8Array(count * recordLength)
    let at = 0
    for await (const block of file.records()) {
      records.set(block.bytes.subarray(0, block.count * recordLength), at)
      at += block.count * recordLength
    }
    const spec: RecordSpec = { ...(await file.stored()), pointFormat: 6 }
    return { spec, records, count, box: [box[0], box[1], zRange[0], box[2], box[3], zRange[1]] }
  } finally {
    await file.close()
    await las.remove()
  }
}
