import type { Kernel, OptionValue } from "../kernel.js"

/** Bounds of `Job.maxTriangles` and its default, with which a content stays below 1 MB, its image included. */
export const [leastTriangles, mostTriangles, defaultTriangles] = [100, 10_000_000, 50_000]

type PerKernelOptions = Readonly<Record<string, Readonly<Record<string, OptionValue>>>>

/**
 * The job's options, with its limit of triangles a content for every kernel that has an option `maxTriangles` which the job does not state: what a parent is made of then fits the content that is
 * written of it. Within the option's own bounds.
 */
export const withMaxTriangles = (
  options: PerKernelOptions,
  kernels: readonly { readonly kernel: Pick<Kernel, "id" | "options"> }[],
  maxTriangles: number,
): PerKernelOptions => {
  const all: Record<string, Readonly<Record<string, OptionValue>>> = { ...options }
  for (const { kernel } of kernels) {
    const option = kernel.options["maxTriangles"]
    if (option?.type !== "number") continue
    const value = Math.min(option.max ?? Infinity, Math.max(option.min ?? 0, maxTriangles))
    all[kernel.id] = { maxTriangles: value, ...options[kernel.id] }
  }
  return all
}
