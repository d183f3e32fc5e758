import { mkdir, open, rename } from "node:fs/promises"
import { dirname, join } from "node:path"
import { syncFolder, temporaryName } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { layout } from "../job/layout.js"
import { parseRecord } from "./journal.js"
import { lineBatches } from "./journal-lines.js"

/**
 * Writes a journal again without the lines that are damaged or cut. Nobody may have it open for
 * writing.
 *
 * @param path relative to the output folder
 */
export const repairJournal = async (out: string, path: string): Promise<void> => {
  const full = joinInside(out, path)
  const temporary = join(out, layout.temporary, temporaryName(full))
  await mkdir(dirname(temporary), { recursive: true })
  const handle = await open(temporary, "w")
  try {
    for await (const lines of lineBatches(full, { torn: true })) {
      const good = lines.filter((line) => parseRecord(line) !== undefined)
      if (good.length > 0) await handle.appendFile(`${good.join("\n")}\n`)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, full)
  await syncFolder(dirname(full))
}
