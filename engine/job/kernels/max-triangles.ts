import type { Kernel, OptionValue } from "../../kernel.js"

/** Bounds of `Job.maxTriangles` and its default, with which a content stays below 1 MB, its image included. */
export const [leastTriangles, mostTriangles, defaultTriangles] = [100, 10_000_000, 50_000]

type PerKernelOptions = Readonly<Record<string, Readonly<Record<string, OptionValue>>>>

/** Contents that a parent may fill: it is written in parts where its children are, first of all one for each child's cell. */
const CONTENTS_OF_PARENT = 4

/**
 * The job's options, with the triangles of a parent for every kernel that has an option `maxTriangles` which the job does not state: four times the limit of a content. Fewer would make
 * a parent of four full children sixteen times coarser, more would be cut into contents smaller than the children's. Within the option's own bounds.
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
    const value = Math.min(option.max ?? Infinity, Math.max(option.min ?? 0, CONTENTS_OF_PARENT * maxTriangles))
    all[kernel.id] = { maxTriangles: value, ...options[kernel.id] }
  }
  return all
}
