/** Writes texts that later runs read, each with a sealed copy that repairs damage. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { openSealed, sealJson } from "../core/json/sealed-json.js"
import { layout } from "./layout.js"

/** Receives the content of files as they are written. */
export interface FileNotes {
  note(path: string, data: Uint8Array | string): void
}

/**
 * Writes a text that later runs read, if it changed, and a sealed copy below `.work`. Damage to
 * either is detected and repaired from the other.
 *
 * @param path relative to the output folder
 */
export const writeCopied = async (out: string, path: string, text: string, notes?: FileNotes): Promise<void> => {
  const copy = sealJson(JSON.stringify({ text }))
  await writeIfChanged(out, layout.copy(path), copy, notes)
  await writeIfChanged(out, path, text, notes)
}

/**
 * Reads the last text of {@link writeCopied} from its copy; undefined if there is no intact copy.
 */
export const readCopy = async (out: string, path: string): Promise<string | undefined> => {
  const sealed = await readFile(join(out, layout.copy(path)), "utf8").catch(() => "")
  const opened = openSealed(sealed)
  if (opened === undefined) return undefined
  try {
    const { text } = JSON.parse(opened) as { readonly text?: unknown }
    return typeof text === "string" ? text : undefined
  } catch {
    return undefined
  }
}

/** Writes a text under the output folder if the file is missing or differs, and notes it. */
export const writeIfChanged = async (out: string, path: string, text: string, notes?: FileNotes): Promise<void> => {
  const full = joinInside(out, path)
  const present = await readFile(full, "utf8").catch(() => undefined)
  notes?.note(path, text)
  if (present !== text) await atomicWrite(full, text, join(out, layout.temporary))
}
