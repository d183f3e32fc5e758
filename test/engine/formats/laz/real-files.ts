import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { createLazDecoder } from "../../../../engine/formats/laz/wasm/decoder.js"
import { sharedData } from "../../../shared-data.js"
import { columnDifference, readLazFile, recordsByLazPerf, requestAll } from "./laz-file.js"

/** LAZ files of point formats 6, 7 and 8 below a folder. */
export const layeredFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".laz") && !path.startsWith("malformed"))
    .filter((path) => {
      if (statSync(`${folder}/${path}`).size < 375) return false
      const head = new Uint8Array(105)
      const handle = openSync(`${folder}/${path}`, "r")
      readSync(handle, head, 0, 105, 0)
      closeSync(handle)
      return head[104] >= 128 + 6 && head[104] <= 128 + 8
    })
    .sort()

const decoder = await createLazDecoder()

/**
 * Tests that compare every attribute of every point of the real files of some sizes with what
 * laz-perf gives.
 */
export const compareRealFiles = (wanted: (sizeBytes: number) => boolean): void => {
  describe.skipIf(!sharedData)("the decoder gives what laz-perf gives", () => {
    const files = sharedData === undefined ? [] : layeredFiles(sharedData)

    test("there are files of each format", () => {
      expect(files.length).toBeGreaterThan(20)
    })

    test.each(files.filter((path) => wanted(statSync(`${sharedData}/${path}`).size)))("%s", async (path) => {
      const file = await readLazFile(`${sharedData}/${path}`)
      for (const [index, { bytes, count }] of file.chunks.entries()) {
        const request = requestAll(file, count)
        const expected = await recordsByLazPerf(file, index)
        const found = decoder.decode(bytes, request)
        expect(columnDifference(found, expected, request), `chunk ${index}`).toBeUndefined()
      }
    })
  })
}
