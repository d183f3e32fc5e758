/**
 * The last step of `npm run build`: takes the comments out of the JavaScript in `dist/`, which are a third of its size.
 * The declarations beside it keep theirs, for the documentation of the API. `dist/wasm/` and the viewer page are bundles
 * without comments. Reads only files that are newer than its last run.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { transformSync } from "esbuild"

const dist = join(dirname(fileURLToPath(import.meta.url)), "dist")
const stamp = join(dist, ".build/comments.txt")
const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

const before = timeOf(stamp)
for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  const path = join(dist, name)
  const isBundle = /^(wasm|\.build|cli[/\\]view[/\\]page)[/\\]/.test(name)
  if (!name.endsWith(".js") || isBundle || timeOf(path) <= before) continue
  const text = readFileSync(path, "utf8")
  const { code } = transformSync(text, { charset: "utf8", legalComments: "none", target: "esnext" })
  if (code !== text) writeFileSync(path, code)
}
mkdirSync(dirname(stamp), { recursive: true })
writeFileSync(stamp, "")
