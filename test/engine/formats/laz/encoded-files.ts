import { statSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { createLazEncoder } from "../../../../engine/formats/laz/encoder/encoder.js"
import { sharedData } from "../../../shared-data.js"
import { readLazFile, recordsByLazPerf } from "./laz-file.js"
import { layeredFiles } from "./real-files.js"

const encoder = await createLazEncoder()

/**
 * Tests that the records of real files of some sizes, encoded, are the files' own bytes: those of
 * LASzip, PDAL, las-rs and laz-perf.
 */
export const compareEncodedFiles = (wanted: (sizeBytes: number) => boolean): void => {
  describe.skipIf(!sharedData)("encoded chunks are the file's own", () => {
    const files = sharedData === undefined ? [] : layeredFiles(sharedData)

    test.each(files.filter((path) => wanted(statSync(`${sharedData}/${path}`).size)))("%s", async (path) => {
      const file = await readLazFile(`${sharedData}/${path}`)
      const { pointFormat, recordLength } = file.header
      expect(file.chunks.length).toBeGreaterThan(0)
      for (const [index, { bytes, count }] of file.chunks.entries()) {
        const encoded = encoder.encode(await recordsByLazPerf(file, index), { count, pointFormat, recordLength })
        expect(Buffer.compare(encoded, bytes), `chunk ${index}`).toBe(0)
      }
    })
  })
}
