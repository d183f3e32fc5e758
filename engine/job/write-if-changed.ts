import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { atomicWrite } from "../core/atomic-write.js"
import { joinInside } from "../core/join-inside.js"
import { layout } from "./layout.js"

/** Writes a text under the output folder where the file there is another, or none. */
export const writeIfChanged = async (out: string, path: string, text: string): Promise<void> => {
  const full = joinInside(out, path)
  const present = await readFile(full, "utf8").catch(() => undefined)
  if (present !== text) await atomicWrite(full, text, join(out, layout.temporary))
}
