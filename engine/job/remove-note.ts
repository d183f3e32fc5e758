import { readFile, rmdir } from "node:fs/promises"
import { basename, join } from "node:path"
import { removeFile } from "../core/atomic-write.js"

/** Removes why a task failed and the points beside it, by what the reason lists; other files in the folder stay. */
export const removeNote = async (folder: string): Promise<void> => {
  const path = join(folder, "reason.json")
  const text = await readFile(path, "utf8").catch(() => "")
  for (const name of inputsOf(text)) await removeFile(join(folder, "input", name))
  await removeFile(path)
  for (const one of [join(folder, "input"), folder]) await rmdir(one).catch(() => undefined)
}

const inputsOf = (text: string): string[] => {
  try {
    const { input } = JSON.parse(text) as { input?: { files?: readonly string[] } }
    return (input?.files ?? []).map((file) => basename(file))
  } catch {
    // None, or cut short: the points that it would list are left.
    return []
  }
}
