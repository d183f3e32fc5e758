/** Imports kernel modules, own and third-party, and checks that they fulfil the contract. */
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { fileURLToPath, pathToFileURL } from "node:url"
import { sha256 } from "../../core/hash.js"
import { moduleUrl } from "../../core/package-files.js"
import { EngineError } from "../../errors.js"
import type { Kernel } from "../../kernel.js"

/** A kernel and the URL that a worker imports. */
export interface LoadedKernel {
  readonly url: string
  readonly kernel: Kernel
  /** SHA-256 of a third-party module's text, part of every task hash; absent for maille's own. */
  readonly digest?: string
}

// A URL, not an import: third-party kernels load exactly as maille's own do.
const tableUrl = moduleUrl("kernels/index.js")

/**
 * Imports a kernel module and checks its default export.
 *
 * @throws EngineError E_USAGE with the file's name; E_RESOURCE if the system has no more files or
 * memory
 */
export const importKernel = async (url: string): Promise<Kernel> => {
  const shown = url.startsWith("file:") ? fileURLToPath(url) : url
  let module: { default?: unknown }
  try {
    module = (await import(url)) as { default?: unknown }
  } catch (cause) {
    // Exhausted files or memory are no fault of the module.
    if (EngineError.toData(cause).code === "E_RESOURCE") throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError(
      "E_USAGE",
      `${shown}: cannot be imported as a kernel (${why}). Give a JavaScript module (.mjs or .js).`,
      { file: url },
      cause,
    )
  }
  const kernel = module.default as Partial<Kernel> | undefined
  const missing = (
    ["id", "version", "summary", "inputs", "outputs", "options", "halo", "memory", "run"] as const
  ).filter((field) => kernel?.[field] === undefined)
  if (!kernel || missing.length > 0) {
    const text = `${shown}: not a kernel (its default export lacks ${missing.join(", ")}). Make it with defineKernel({ … }).`
    throw new EngineError("E_USAGE", text, { file: url })
  }
  return kernel as Kernel
}

/** Returns the table of maille's own kernels: id to module. */
export const tableOfKernels = async (): Promise<Readonly<Record<string, { readonly url: string }>>> =>
  ((await import(tableUrl)) as { kernelTable: Readonly<Record<string, { url: string }>> }).kernelTable

/**
 * Loads maille's own kernels and those of `files` (paths of JavaScript modules). Throws E_USAGE if
 * a file is not a kernel or an id is taken.
 */
export const loadKernels = async (files: readonly string[] = []): Promise<LoadedKernel[]> => {
  const own: LoadedKernel[] = []
  for (const { url } of Object.values(await tableOfKernels())) own.push({ url, kernel: await importKernel(url) })
  return [...own, ...(await loadKernelFiles(files, own))]
}

/**
 * Loads the kernels of `files`. Throws E_USAGE if a file is not a kernel, or its id is taken there
 * or in `others`.
 */
export const loadKernelFiles = async (
  files: readonly string[],
  others: readonly LoadedKernel[],
): Promise<LoadedKernel[]> => {
  const loaded: LoadedKernel[] = []
  for (const file of files) {
    if (!existsSync(file))
      throw new EngineError("E_USAGE", `--kernel: ${file}: no such file or folder. Check the path.`, { file })
    const url = pathToFileURL(file).href
    const kernel = await importKernel(url)
    if ([...others, ...loaded].some((other) => other.kernel.id === kernel.id)) {
      throw new EngineError("E_USAGE", `${file}: the kernel id "${kernel.id}" is taken. Choose another id.`, { file })
    }
    loaded.push({ url, kernel, digest: sha256(await readFile(fileURLToPath(url))) })
  }
  return loaded
}

/** Finds a kernel by its id. */
export const kernelOf = (kernels: readonly LoadedKernel[], id: string): Kernel | undefined =>
  kernels.find(({ kernel }) => kernel.id === id)?.kernel
