/** Output folders made by hand. */

import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { sealJson } from "../engine/core/json/sealed-json.js"

/**
 * Makes a folder with files an output folder whose run wrote them: all that are there, or those of
 * `paths`.
 */
export const asOutput = (folder: string, paths?: readonly string[]): void => {
  mkdirSync(folder, { recursive: true })
  const all = readdirSync(folder, { recursive: true })
    .map((path) => String(path).replaceAll("\\", "/"))
    .filter((path) => statSync(join(folder, path)).isFile() && !/^(job\.json|journal\.jsonl)$/.test(path))
  const job = { version: "0", inputs: ["a.las"], out: folder, epsg: 2154, tileSize: 1000, leafLevel: 14 }
  writeFileSync(join(folder, "job.json"), JSON.stringify(job))
  writeFileSync(
    join(folder, "journal.jsonl"),
    `${sealJson(JSON.stringify({ type: "overall", files: paths ?? all }))}\n`,
  )
}
