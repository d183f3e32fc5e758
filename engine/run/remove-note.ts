/** Removes the note of a failed task, and nothing else in its folder. */
import { rmdir } from "node:fs/promises"
import { basename } from "node:path"
import { findInside, removeInside, staysInside } from "../core/files/join-inside.js"
import { readJsonIfAny } from "../core/files/parse-file.js"
import { areTexts } from "../core/json/json-shape.js"
import { layout } from "../job/layout.js"

/**
 * Removes the reason of a failure and the points that it lists; other files in the folder stay.
 *
 * @param id of the task, as {@link layout.quarantine} takes it
 * @throws EngineError E_FORMAT if the folder is a link out of the output folder
 */
export const removeNote = async (out: string, id: string): Promise<void> => {
  const folder = layout.quarantine(id)
  const path = `${folder}/reason.json`
  // Without a complete reason the points remain.
  const note = await readJsonIfAny<{ readonly input?: { readonly files?: unknown } }>(await findInside(out, path))
  const files = note?.input?.files
  for (const file of areTexts(files) ? files : []) {
    const name = basename(file)
    if (staysInside(name)) await removeInside(out, `${folder}/input/${name}`)
  }
  await removeInside(out, path)
  for (const one of [`${folder}/input`, folder]) await rmdir(await findInside(out, one)).catch(() => undefined)
}
