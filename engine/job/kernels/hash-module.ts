/** Hashes the code of a third-party module. */
import { createHash } from "node:crypto"
import { readFile, stat } from "node:fs/promises"
import { dirname, resolve } from "node:path"

/** Relative paths in code, as in `from "./fuel.js"` and `new URL("./a.wasm", …)`. */
const RELATIVE = /["'`](\.{1,2}\/[^"'`\n?#]+)["'`]/g

/**
 * SHA-256 of a module and of the files that it names by relative paths, directly or through others.
 * Changes of these files are thus found; those of other packages are not. Imports nothing.
 */
export const hashModule = async (path: string): Promise<string> => {
  const hash = createHash("sha256")
  const files = new Set([resolve(path)])
  // A set's iterator also visits members added meanwhile.
  for (const file of files) {
    const bytes = await readFile(file)
    if (files.size > 1) hash.update("\0")
    hash.update(bytes)
    if (!/\.[cm]?[jt]s$/.test(file)) continue
    for (const [, name = ""] of bytes.toString("utf8").matchAll(RELATIVE)) {
      const other = resolve(dirname(file), name)
      if ((await stat(other).catch(() => undefined))?.isFile()) files.add(other)
    }
  }
  return hash.digest("hex")
}
