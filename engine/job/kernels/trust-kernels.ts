/** Decides which third-party kernels named in a file may run. */
import { realpath } from "node:fs/promises"
import { resolve } from "node:path"
import { EngineError } from "../../errors.js"
import { hashModule } from "./hash-module.js"
import { tableOfKernels } from "./load-kernels.js"

/**
 * Which kernels of a job file may run: all (`trust`), or only those that the caller names too
 * (`named`).
 */
export interface KernelTrust {
  readonly trust?: boolean | undefined
  readonly named?: readonly string[] | undefined
}

/**
 * Checks that the user allowed the kernels that a file names: they are code, and the file may come
 * from anybody. Imports none. maille's own kernels need no permission.
 *
 * @param file the job file that names them
 * @throws EngineError E_USAGE for kernels that are not allowed
 */
export const requireTrust = async (
  kernels: readonly string[],
  { trust = false, named = [] }: KernelTrust,
  file: string,
): Promise<void> => {
  const foreign = await thirdParty(kernels)
  if (trust || foreign.length === 0) return
  const allowed = new Set(await Promise.all(named.map(realPath)))
  const others: string[] = []
  for (const kernel of foreign) if (!allowed.has(await realPath(kernel))) others.push(kernel)
  if (others.length === 0) return
  const text = `${file}: names kernels, which are code that would run: ${others.join(", ")}. If you trust them, add --trust-kernels, or name the same files with --kernel.`
  throw new EngineError("E_USAGE", text, { file, option: "--trust-kernels" })
}

/** The modules among the kernels of a job: those that are no ids of maille's own. */
export const thirdParty = async (kernels: readonly string[]): Promise<string[]> => {
  if (kernels.length === 0) return []
  const own = await tableOfKernels()
  return kernels.filter((name) => !Object.hasOwn(own, name))
}

const realPath = (path: string): Promise<string> => realpath(path).catch(() => resolve(path))

/**
 * Compares the kernels of a plan with the hashes in the plan. Imports none.
 *
 * @param kernels path on this machine by path in the plan
 * @throws EngineError E_USAGE for a kernel with other bytes, or an unreadable one
 */
export const requirePlanned = async (
  kernels: ReadonlyMap<string, string>,
  plan: { readonly kernels?: Readonly<Record<string, string>> },
): Promise<void> => {
  for (const [planned, path] of kernels) {
    const found = await hashModule(path).catch(() => undefined)
    const what = found === undefined ? "cannot be read" : "changed since the plan was made"
    if (found === undefined || found !== plan.kernels?.[planned])
      throw new EngineError(
        "E_USAGE",
        `${path}: kernel ${what}. Restore the file, or plan again: maille plan INPUT… --out DIR --shards N.`,
        { file: path, option: "--trust-kernels" },
      )
  }
}
