/** Reads kernel declarations from the build's list, without loading the kernels' code. */
import { stat } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { readJsonIfAny } from "../../core/files/parse-file.js"
import { builtFile, derivedFile } from "../../core/package-files.js"
import { EngineError } from "../../errors.js"
import type { Kernel } from "../../kernel.js"
import { importKernel, type LoadedKernel, loadKernels, tableOfKernels, withNamed } from "./load-kernels.js"

/** The part of a kernel that is data: all but its functions. */
type Declaration = Pick<
  Kernel,
  "id" | "version" | "summary" | "inputs" | "outputs" | "options" | "stages" | "evenSkipped" | "onRequest"
>

/** Written by the last step of the build. */
const declarationsUrl = derivedFile("schemas/kernels.json")
/**
 * Written by the compiler whenever it writes a kernel module. Not in the package: installation sets
 * file times of its own.
 */
const compiledUrl = builtFile(".build/kernels.tsbuildinfo")

/** Serialises the declarations of kernels for {@link declareKernels}. */
export const declarationsText = (kernels: readonly Kernel[]): string => {
  const declared = kernels.map(
    ({ id, version, summary, stages, evenSkipped, onRequest, inputs, outputs, options }): Declaration => {
      const facts = {
        ...(stages === undefined ? {} : { stages }),
        ...(evenSkipped === undefined ? {} : { evenSkipped }),
        ...(onRequest === undefined ? {} : { onRequest }),
      }
      return { id, version, summary, ...facts, inputs, outputs, options }
    },
  )
  return `${JSON.stringify(declared)}\n`
}

/**
 * Returns maille's own kernels and those of `modules` (see `locateKernel`). Own kernels come from
 * the build's list, if any: loading all their modules takes an eighth of a second. Their functions,
 * those of ports included, exist only after {@link loadDeclared}.
 *
 * @throws EngineError E_USAGE if a module has no kernel or an id is taken
 */
export const declareKernels = async (modules: readonly string[] = []): Promise<LoadedKernel[]> => {
  const own = await readDeclarations()
  return own === undefined ? loadKernels(modules) : withNamed(own, modules)
}

/** Returns the same kernels, those that `isWanted` accepts loaded. */
export const loadDeclared = (
  kernels: readonly LoadedKernel[],
  isWanted: (id: string) => boolean,
): Promise<LoadedKernel[]> =>
  Promise.all(
    kernels.map(async (declared) =>
      alone.has(declared.kernel) && isWanted(declared.kernel.id)
        ? { ...declared, kernel: await importKernel(declared.url) }
        : declared,
    ),
  )

/**
 * Reads the build's declarations. Undefined if there are none (sources that run directly), some
 * are missing, or modules were compiled later.
 */
export const readDeclarations = async (
  written: URL | undefined = declarationsUrl,
  compiled: URL = compiledUrl,
): Promise<LoadedKernel[] | undefined> => {
  const writtenAt = written === undefined ? undefined : await modifiedAt(written)
  if (written === undefined || writtenAt === undefined || writtenAt < ((await modifiedAt(compiled)) ?? 0))
    return undefined
  // An unfinished or interrupted build leaves a partial file.
  const declared = await readJsonIfAny<Declaration[]>(fileURLToPath(written))
  if (!Array.isArray(declared)) return undefined
  const table = await tableOfKernels()
  const kernels: LoadedKernel[] = []
  for (const kernel of declared) {
    const url = table[kernel.id]?.url
    if (url !== undefined) kernels.push({ url, kernel: declaredAlone(kernel) })
  }
  return kernels.length === Object.keys(table).length ? kernels : undefined
}

const modifiedAt = async (url: URL): Promise<number | undefined> =>
  (await stat(fileURLToPath(url)).catch(() => undefined))?.mtimeMs

/** Kernels without their functions. */
const alone = new WeakSet<Kernel>()

const declaredAlone = (kernel: Declaration): Kernel => {
  const missing = (): never => {
    throw new EngineError("E_INTERNAL", `kernel ${kernel.id}: not loaded, since no task needs it`)
  }
  const whole = { ...kernel, halo: missing, memory: missing, run: missing }
  alone.add(whole)
  return whole
}
