/**
 * What several test files of a suite read and none changes: made by the first that needs it, while
 * the others wait.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { sharedFolderVariable } from "./set-up/shared-folder.js"

/** Whether the process that this file names is there, or may be, while the file is not. */
const isAlive = async (owner: string): Promise<boolean> => {
  const id = Number(await readFile(owner, "utf8").catch(() => ""))
  if (id === 0) return true
  try {
    return process.kill(id, 0)
  } catch {
    return false
  }
}

/**
 * The folder `name` of this suite, filled by `make` once, whoever asks, in whatever process.
 *
 * @throws Error what `make` threw, to all who ask
 */
export const madeOnce = async (name: string, make: (folder: string) => Promise<void>): Promise<string> => {
  const folder = join(process.env[sharedFolderVariable]!, name)
  const verdict = `${folder}.made`
  const isMine = await mkdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false
      throw error
    },
  )
  const owner = `${folder}.owner`
  if (isMine) {
    await writeFile(owner, String(process.pid))
    const fault = await make(folder).then(
      () => "made",
      (error: unknown) => String((error as Error).stack ?? error),
    )
    await writeFile(verdict, fault)
  }
  // As long as a hook may take; the file is read again when it is not yet written whole.
  for (let told = ""; ; await sleep(100)) {
    told = await readFile(verdict, "utf8").catch(() => "")
    if (told === "made") return folder
    if (told !== "") throw new Error(`${name} was not made: ${told}`)
    if (!(await isAlive(owner)) && (await readFile(verdict, "utf8").catch(() => "")) === "")
      throw new Error(`${name} was not made: the process that made it is gone`)
  }
}
