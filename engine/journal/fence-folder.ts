/** Keeps a former lock holder from writing to files that it still has open. */
import { constants } from "node:fs"
import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { isGone, syncFolder, temporaryName } from "../core/files/atomic-write.js"
import { withFile } from "../core/files/with-file.js"
import { journalName, layout } from "../job/layout.js"
import { packName } from "./packed-file.js"

/** Files that a lock holder appends to: the folder, and a test of the name. */
const appended: readonly (readonly [folder: string, isAppended: (name: string) => boolean])[] = [
  ["", (name) => name === journalName],
  [layout.packs, (name) => name.startsWith(`${packName()}.`)],
  [layout.workPacks, (name) => name.startsWith(`${packName()}.`)],
  [layout.parts, (name) => name.endsWith(".part")],
]

/**
 * Cuts off a former holder that may wake up in the middle of a write.
 *
 * It checked its lock after it had made its temporary file, or opened the file that it appends to.
 * Temporary files are removed: its rename then finds none. Appended files are replaced by copies:
 * it then writes to a file without a name.
 */
export const fenceFolder = async (out: string): Promise<void> => {
  for (const folder of [layout.temporary, layout.copcTemporary])
    await rm(join(out, folder), { recursive: true, force: true, maxRetries: 5 })
  for (const [folder, isAppended] of appended)
    for (const name of (await readdir(join(out, folder)).catch(() => [])).filter(isAppended))
      await replaceByCopy(join(out, folder, name), join(out, layout.temporary))
  await rm(join(out, layout.temporary), { recursive: true, force: true })
}

const replaceByCopy = async (path: string, temporaryFolder: string): Promise<void> => {
  const temporary = join(temporaryFolder, temporaryName(path))
  await mkdir(temporaryFolder, { recursive: true })
  try {
    // Shares the blocks where the file system can.
    await copyFile(path, temporary, constants.COPYFILE_FICLONE)
    await withFile(temporary, "r+", (handle) => handle.sync())
    await rename(temporary, path)
  } catch (error) {
    // The former holder's last call may have renamed it.
    if (!isGone(error)) throw error
  }
  await syncFolder(dirname(path))
}
