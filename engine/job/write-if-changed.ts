import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { layout } from "./layout.js"

/** Writes a text under the output folder where the file there is another, or none, and notes it. */
export const writeIfChanged = async (out: string, path: string, text: string, notes?: NotedFiles): Promise<void> => {
  const full = joinInside(out, path)
  const present = await readFile(full, "utf8").catch(() => undefined)
  notes?.note(path, text)
  if (present !== text) await atomicWrite(full, text, join(out, layout.temporary))
}
