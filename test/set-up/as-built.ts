/** A plugin for Vite, by which tests read the built modules. */
import { existsSync, readdirSync, statSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"

const folders = ["engine", "kernels", "fixtures", "bench", "cli"]
const built = new RegExp(`^(${folders.join("|")})[/\\\\].*(?=\\.[jt]s$)`)

/** True where `npm run build` ended after the last change of a source. */
const isBuilt = (root: string): boolean => {
  const stamp = statSync(join(root, "dist/bundle/cli/main.js"), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return folders.every((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).every(
      (name) => !name.endsWith(".ts") || statSync(join(root, folder, name)).mtimeMs <= stamp,
    ),
  )
}

interface Plugin {
  readonly name: string
  readonly enforce: "pre"
  readonly resolveId: (name: string, importer?: string) => { id: string; external: true } | undefined
}

/**
 * Tests read the modules of `dist/`, as users do: Vite need not compile them, and they run faster.
 * After a change without a build, or with `MAILLE_TEST_SOURCES=1`, they read the sources.
 */
export const asBuilt = (root: string): Plugin[] => {
  if (process.env["MAILLE_TEST_SOURCES"] === "1" || !isBuilt(root)) return []
  const resolveId: Plugin["resolveId"] = (name, importer) => {
    if (importer === undefined || !name.startsWith(".")) return undefined
    const [path] = built.exec(relative(root, resolve(dirname(importer), name))) ?? []
    const id = join(root, "dist", `${path}.js`)
    return path !== undefined && existsSync(id) ? { id, external: true } : undefined
  }
  return [{ name: "as-built", enforce: "pre", resolveId }]
}
