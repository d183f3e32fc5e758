/**
 * A step of the build: copies the declarations that the package's entries reach to `dist/types/`,
 * which is what the package ships of them.
 */
import { copyFile, mkdir, readFile, rm } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const dist = fileURLToPath(new URL("../", import.meta.url))
const types = join(dist, "types")
const manifest = JSON.parse(await readFile(join(dist, "../package.json"), "utf8")) as {
  exports: Readonly<Record<string, string | { readonly types: string }>>
}
const entries = Object.values(manifest.exports).flatMap((entry) =>
  typeof entry === "string" ? [] : join(dist, relative("./dist/types", entry.types)),
)

await rm(types, { recursive: true, force: true })
const reached = new Set(entries)
for (const path of reached) {
  const text = await readFile(path, "utf8")
  for (const [, name] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)\.js"/g))
    reached.add(join(dirname(path), `${name}.d.ts`))
  const copy = join(types, relative(dist, path))
  await mkdir(dirname(copy), { recursive: true })
  await copyFile(path, copy)
}
