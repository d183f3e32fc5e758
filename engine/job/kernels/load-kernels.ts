/** Imports kernel modules, own and third-party, and checks that they fulfil the contract. */

import { existsSync } from "node:fs"
import module from "node:module"
import { dirname } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { checkFields } from "../../core/arguments.js"
import { entryUrl, moduleUrl } from "../../core/package-files.js"
import { EngineError } from "../../errors.js"
import type { Kernel } from "../../kernel.js"
import { hashModule } from "./hash-module.js"
import { resolve } from "./resolve-maille.js"

/** A kernel and the URL that a worker imports. */
export interface LoadedKernel {
  /** For one kernel of a module with several, its id follows a "#". */
  readonly url: string
  readonly kernel: Kernel
  /** SHA-256 of a third-party module's code, part of every task hash; absent for maille's own. */
  readonly digest?: string
  /** True for one of maille's own that the job names. */
  readonly named?: true
}

/**
 * True for a kernel that the job names, third-party or not. It runs whatever the products, and
 * replaces others that make the same port.
 */
export const isNamed = ({ digest, named }: LoadedKernel): boolean => digest !== undefined || named === true

// A URL, not an import: third-party kernels load exactly as maille's own do.
const tableUrl = moduleUrl("kernels/index.js")

let shared = false
/**
 * Lets modules outside this package import it by its name, in this thread. The running maille
 * counts, also where a folder has another one installed.
 */
const shareMaille = (): void => {
  if (shared) return
  shared = true
  const { registerHooks } = module as { registerHooks?: (hooks: object) => void }
  if (registerHooks !== undefined) registerHooks({ resolve })
  // Node.js before 22.15.
  else module.register(entryUrl("engine/job/kernels/resolve-maille.js"))
}

/** What to do about a module that cannot be imported, by Node.js's error. */
const findRemedy = (cause: unknown, shown: string): string => {
  const { code, message: why = String(cause) } = (cause ?? {}) as Partial<NodeJS.ErrnoException>
  // Node.js itself strips types, from 22.18 on.
  if (/\.[cm]?ts$/.test(shown) && !(process.features as { readonly typescript?: unknown }).typescript)
    return "Use Node.js 22.18 or later, which reads TypeScript, or compile it."
  if (/outside a module|Unexpected token 'export'/.test(why))
    return 'Name it .mjs or .mts, or set "type": "module" in its package.json.'
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") {
    const [, name] = /Cannot find package '([^']+)'/.exec(why) ?? []
    return name === undefined
      ? "Check the paths of its imports."
      : `Install it: npm install ${name} in ${dirname(shown)}.`
  }
  if (code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return "Import one of the paths that the package exports."
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") return "Give a JavaScript module (.mjs or .js)."
  return cause instanceof SyntaxError ? "Correct its code." : "Its code fails while it is imported. Correct it."
}

/**
 * Imports the kernels of a module: its default export is a kernel, or a list of kernels.
 *
 * @throws EngineError E_USAGE with the file's name; E_RESOURCE if the system has no more files or
 * memory
 */
const importKernels = async (url: string): Promise<readonly Kernel[]> => {
  const shown = url.startsWith("file:") ? fileURLToPath(url) : url
  if (!url.startsWith(moduleUrl(""))) shareMaille()
  let imported: { default?: unknown }
  try {
    imported = (await import(url)) as { default?: unknown }
  } catch (cause) {
    // Exhausted files or memory are no fault of the module.
    if (EngineError.toData(cause).code === "E_RESOURCE") throw cause
    // Of an import by maille's name, Node.js would name the resolver's file.
    const why = (cause instanceof Error ? cause.message : String(cause)).replace(
      / imported from .*resolve-maille.*/,
      "",
    )
    throw new EngineError(
      "E_USAGE",
      `${shown}: cannot be imported as a kernel (${why}). ${findRemedy(cause, shown)}`,
      { file: url },
      cause,
    )
  }
  const found = (Array.isArray(imported.default) ? imported.default : [imported.default]) as (
    | Partial<Kernel>
    | undefined
  )[]
  for (const kernel of found) {
    const missing = (
      ["id", "version", "summary", "inputs", "outputs", "options", "halo", "memory", "run"] as const
    ).filter((field) => kernel?.[field] === undefined)
    if (missing.length === 0) continue
    const text = `${shown}: not a kernel (its default export lacks ${missing.join(", ")}). Make it with defineKernel({ … }).`
    throw new EngineError("E_USAGE", text, { file: url })
  }
  return found as Kernel[]
}

/**
 * Imports the kernel of a {@link LoadedKernel}'s URL and checks it.
 *
 * @throws EngineError as for a module that is no kernel
 */
export const importKernel = async (url: string): Promise<Kernel> => {
  const [module = "", id] = url.split("#")
  const kernels = await importKernels(module)
  const kernel = id === undefined ? kernels[0] : kernels.find((one) => one.id === id)
  if (kernel === undefined)
    throw new EngineError("E_USAGE", `${module}: has no kernel ${id ?? ""}. Restore the file.`, { file: module })
  return kernel
}

/** Returns the table of maille's own kernels: id to module. */
export const tableOfKernels = async (): Promise<Readonly<Record<string, { readonly url: string }>>> =>
  ((await import(tableUrl)) as { kernelTable: Readonly<Record<string, { url: string }>> }).kernelTable

/**
 * Loads maille's own kernels and those of `modules`, as `locateKernel` returns them. Throws E_USAGE
 * if a module has no kernel or an id is taken.
 */
export const loadKernels = async (modules: readonly string[] = []): Promise<LoadedKernel[]> => {
  checkFields({ modules }, "arguments", { modules: "paths" })
  const own: LoadedKernel[] = []
  for (const { url } of Object.values(await tableOfKernels())) own.push({ url, kernel: await importKernel(url) })
  return withNamed(own, modules)
}

/**
 * Adds the kernels of `modules` to `own`. An id among them marks the own kernel as named. Throws
 * E_USAGE if a module has no kernel, or an id is taken.
 */
export const withNamed = async (own: readonly LoadedKernel[], modules: readonly string[]): Promise<LoadedKernel[]> => {
  const all = own.map((loaded) => (modules.includes(loaded.kernel.id) ? { ...loaded, named: true as const } : loaded))
  const ids = new Set<string>(own.map(({ kernel }) => kernel.id))
  for (const file of modules.filter((name) => !own.some(({ kernel }) => kernel.id === name))) {
    if (!existsSync(file))
      throw new EngineError("E_USAGE", `--kernel: ${file}: no such file or folder. Check the path.`, { file })
    const url = pathToFileURL(file).href
    const kernels = await importKernels(url)
    const digest = await hashModule(file)
    for (const kernel of kernels) {
      if (ids.has(kernel.id))
        throw new EngineError("E_USAGE", `${file}: the kernel id "${kernel.id}" is taken. Choose another id.`, { file })
      ids.add(kernel.id)
      all.push({ url: kernels.length > 1 ? `${url}#${kernel.id}` : url, kernel, digest })
    }
  }
  return all
}

/** Finds a kernel by its id. */
export const kernelOf = (kernels: readonly LoadedKernel[], id: string): Kernel | undefined =>
  kernels.find(({ kernel }) => kernel.id === id)?.kernel
