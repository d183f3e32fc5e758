/** Finds the module that a name of `--kernel` stands for. */
import { readFile, stat } from "node:fs/promises"
import { createRequire } from "node:module"
import { join, resolve } from "node:path"
import { parseJson } from "../../core/json/parse-json.js"
import { EngineError } from "../../errors.js"
import { unknownName } from "../check-options.js"
import { tableOfKernels } from "./load-kernels.js"

/**
 * Resolves a name as an import from `folder` would: the id of one of maille's own kernels stays as
 * it is; else a path of a module; else the name of an installed package; else a package's folder.
 * Returns the id, or the absolute path of the module. Imports no module.
 *
 * @throws EngineError E_USAGE for a name that is none of these
 */
export const locateKernel = async (folder: string, name: string): Promise<string> => {
  const own = await tableOfKernels()
  if (Object.hasOwn(own, name)) return name
  const path = resolve(folder, name)
  const found = await stat(path).catch(() => undefined)
  const isPath = /^[./\\]|^[a-z]:[\\/]|\.[cm]?[jt]s$/i.test(name)
  const module = isPath || found?.isFile() ? undefined : await resolvePackage(folder, name)
  if (module !== undefined) return module
  if (found?.isDirectory()) return (await readEntry(path, ".")) ?? path
  // A missing file is reported where it is loaded.
  if (found !== undefined || isPath) return path
  // Packages seldom have a dot in their name, ids always.
  if (name.includes(".")) throw unknownName("kernel", name, Object.keys(own), "--kernel")
  const text = `--kernel: ${name}: no built-in kernel, file or installed package. To list the kernels: maille kernels. To install a package: npm install ${name}.`
  throw new EngineError("E_USAGE", text, { file: name, option: "--kernel" })
}

/** The module of a package in the `node_modules` folders from `folder` upwards. */
const resolvePackage = async (folder: string, name: string): Promise<string | undefined> => {
  const [, own = "", inner = ""] = /^((?:@[^/]+\/)?[^/]+)(\/.+)?$/.exec(name) ?? []
  const require = createRequire(join(folder, "import.js"))
  for (const modules of own === "" ? [] : (require.resolve.paths(own) ?? [])) {
    const found = join(modules, own)
    if ((await stat(found).catch(() => undefined))?.isDirectory()) return readEntry(found, `.${inner}`)
  }
  return undefined
}

/** The module of a package's folder at a path of its exports; "." is its main module. */
const readEntry = async (folder: string, path: string): Promise<string | undefined> => {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}")
  const { exports, main } = parseJson(text) as { exports?: unknown; main?: string }
  const target = exports === undefined ? (path === "." ? (main ?? "index.js") : path) : exported(exports, path)
  return target === undefined ? undefined : resolve(folder, target)
}

/** Conditions that hold for an `import` in Node.js. */
const conditions = new Set(["import", "node", "module-sync", "default"])

const exported = (exports: unknown, path: string): string | undefined => {
  const isTable = typeof exports === "object" && exports !== null && Object.keys(exports)[0]?.startsWith(".") === true
  if (!isTable) return path === "." ? findTarget(exports) : undefined
  return findTarget((exports as Readonly<Record<string, unknown>>)[path])
}

const findTarget = (target: unknown): string | undefined => {
  if (typeof target === "string") return target
  if (typeof target !== "object" || target === null) return undefined
  for (const [condition, inner] of Object.entries(target)) {
    const found = conditions.has(condition) ? findTarget(inner) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
