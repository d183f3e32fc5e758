/**
 * Reads kernel declarations without loading the kernels' code, as far as the build wrote them down.
 */
import { stat } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { readJsonIfAny } from "../../core/files/parse-file.js"
import { EngineError } from "../../errors.js"
import type { Kernel } from "../../kernel.js"
import { importKernel, type LoadedKernel, loadKernelFiles, loadKernels, tableOfKernels } from "./load-kernels.js"

/** What a kernel declares in data: all but its functions. */
type Declaration = Pick<Kernel, "id" | "version" | "summary" | "inputs" | "outputs" | "options" | "stages">

/** Written by the last step of the build. */
const declarationsUrl = new URL("../../../schemas/kernels.json", import.meta.url)
/** Written by the compiler whenever it writes a module of the kernels. No part of the package: installing gives files times of its own. */
const compiledUrl = new URL("../../../.build/kernels.tsbuildinfo", import.meta.url)

/** The declarations of kernels as text, for {@link declareKernels}. */
export const declarationsText = (kernels: readonly Kernel[]): string => {
  const declared = kernels.map(({ id, version, summary, stages, inputs, outputs, options }): Declaration => {
    return { id, version, summary, ...(stages === undefined ? {} : { stages }), inputs, outputs, options }
  })
  return `${JSON.stringify(declared)}\n`
}

/**
 * Maille's own kernels as they declare themselves, and those of `files`. Of its own no module is imported where the build has written down what they declare, since all of them and what they work with take an eighth of a second
 * to load: functions of such a kernel, those of its ports among them, are there when {@link loadDeclared} has loaded it.
 *
 * @throws EngineError E_USAGE when a file is no kernel or an id is taken
 */
export const declareKernels = async (files: readonly string[] = []): Promise<LoadedKernel[]> => {
  const own = await readDeclarations()
  return own === undefined ? loadKernels(files) : [...own, ...(await loadKernelFiles(files, own))]
}

/** The same kernels, those that `isWanted` loaded. */
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

/** Undefined where the build wrote none, as for sources that are run as they are, or not all of it, or modules were compiled after it did. */
export const readDeclarations = async (
  written: URL = declarationsUrl,
  compiled: URL = compiledUrl,
): Promise<LoadedKernel[] | undefined> => {
  const writtenAt = await modifiedAt(written)
  if (writtenAt === undefined || writtenAt < ((await modifiedAt(compiled)) ?? 0)) return undefined
  // None of a file that was not written to its end: a build that was interrupted, or is under way.
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

/** Kernels without functions. */
const alone = new WeakSet<Kernel>()

const declaredAlone = (kernel: Declaration): Kernel => {
  const missing = (): never => {
    throw new EngineError("E_INTERNAL", `the kernel ${kernel.id}, which the job does not take, was not loaded`)
  }
  const whole = { ...kernel, halo: missing, memory: missing, run: missing }
  alone.add(whole)
  return whole
}
