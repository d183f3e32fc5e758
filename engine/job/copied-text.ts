import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { openSealed, sealJson } from "../core/json/sealed-json.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { layout } from "./layout.js"
import { writeIfChanged } from "./write-if-changed.js"

/**
 * Writes a text that later runs read, where the file there is another, and a sealed copy of it
 * below `.work`: damage of one of them is found, and mended by the other.
 *
 * @param path relative to the output folder
 */
export const writeCopied = async (out: string, path: string, text: string, notes?: NotedFiles): Promise<void> => {
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
  if (opened?.isSealed !== true) return undefined
  try {
    const { text } = JSON.parse(opened.text) as { readonly text?: unknown }
    return typeof text === "string" ? text : undefined
  } catch {
    return undefined
  }
}
