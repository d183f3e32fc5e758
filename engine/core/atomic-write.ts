import { mkdir, open, rename } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { threadId } from "node:worker_threads"

// Distinguishes the temporary names of one thread; the thread id those of a process.
let counter = 0

/** Makes the folder's entries (a rename in it) durable. */
export const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Writes a file so that its final name never holds half of it: temporary name → fsync → rename → fsync of the folder.
 *
 * @param path final path; its folder is made when missing
 * @param temporaryFolder folder on the same file system for the temporary name
 */
export const atomicWrite = async (path: string, data: Uint8Array | string, temporaryFolder: string): Promise<void> => {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  await mkdir(temporaryFolder, { recursive: true })
  const temporary = join(temporaryFolder, `${process.pid}-${threadId}-${counter++}-${basename(path)}`)
  const handle = await open(temporary, "w")
  try {
    await handle.writeFile(data)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, path)
  await syncFolder(folder)
}
