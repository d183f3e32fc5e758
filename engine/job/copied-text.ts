/** Writes texts that later runs read, each with a sealed copy that repairs damage. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { openSealed, sealJson } from "../core/json/sealed-json.js"
import { layout } from "./layout.js"

/** Takes the content of files as they are written. */
export interface FileNotes {
  note(path: string, data: Uint8Array | string): void
}

/**
 * Writes a text that later runs read, where the file there is another, and a sealed copy of it
 * below `.work`: damage of one of them is found, and mended by the other.
 *
 * @param path relative to the output folder
 */
export const writeCopied = async (out: string, path: string, text: string, notes?: FileNotes): Promise<void> => {
  const copy = sealJson(JSON.stringify({ text }))
  await writeIfChanged(out, layout.copy(path), copy, notes)
  await writeIfChanged(out, path, text, notes)
}

/**
 * The text that {@link writeCopied} wrote last, by its copy; undefined where there is none that is
 * whole.
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

/** Writes a text under the output folder where the file there is another, or none, and notes it. */
export const writeIfChanged = async (out: string, path: string, text: string, notes?: FileNotes): Promise<void> => {
  const full = joinInside(out, path)
  const present = await readFile(full, "utf8").catch(() => undefined)
  notes?.note(path, text)
  if (present !== text) await atomicWrite(full, text, join(out, layout.temporary))
}
