import type { FieldName } from "../engine/formats/las/columns.js"
import { openPointFile } from "../engine/formats/las/point-file.js"
import type { Benchmark } from "./bench.js"
import { checksumOf } from "./checksum.js"

/**
 * The benchmark of decoding a whole point file into columns.
 *
 * @param locate gives the file's path, how to remove it afterwards, or why there is none
 * @param attributes what is read beside x, y, z; all that kernels can ask for by default
 */
export const pointFileBench = (
  name: string,
  locate: () => Promise<{ path: string; remove?: () => Promise<void> } | string>,
  attributes?: readonly FieldName[],
): Benchmark => ({
  name,
  unit: "points/s",
  setup: async () => {
    const found = await locate()
    if (typeof found === "string") return found
    const file = await openPointFile(found.path)
    const query = {
      origin: [file.info.box[0], file.info.box[1], 0] as const,
      ...(attributes === undefined ? {} : { attributes }),
    }
    let sum = 0
    return {
      run: async () => {
        sum = 0
        let count = 0
        for await (const chunk of file.read(query)) {
          count += chunk.count
          for (let i = 0; i < chunk.count; i += 97) sum = (sum + (chunk.x[i] ?? 0) + (chunk.z[i] ?? 0)) | 0
        }
        return count
      },
      checksum: () => checksumOf([file.info.count, sum]),
      close: async () => {
        await file.close()
        await found.remove?.()
      },
    }
  },
})
