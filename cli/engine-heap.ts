/**
 * Flags of Node.js for the engine process: a larger heap for the last phase of a plan,
 * which holds the outcomes of all tasks.
 */
import { getHeapStatistics } from "node:v8"
import { parseBytes } from "../engine/core/parse-values.js"
import { memoryLimit } from "../engine/job/memory-limit.js"

/** Share of the memory at hand that the heap of the last phase may take: threads have heaps of their own, and little to do in it. */
const heapShare = 0.7

/**
 * Flags of Node.js for the engine process of a command line. The last phase of a plan holds the plan and the ends of all tasks, of a country several gigabytes, where Node.js gives a heap 4 at most: it gets a share of what the
 * machine or the container has, or of `--memory` on the command line where that is less, but no less than Node.js gives. Whoever states a heap, in `NODE_OPTIONS` or to Node.js itself, keeps it.
 */
export const engineHeap = (
  args: readonly string[],
  {
    options = process.env["NODE_OPTIONS"] ?? "",
    own = process.execArgv,
    limit = memoryLimit,
    usual = getHeapStatistics().heap_size_limit,
  } = {},
): string[] => {
  if (flagOf(args, "--phase") !== "finish") return []
  if ([options, ...own].some((text) => text.includes("max-old-space-size") || text.includes("max_old_space_size")))
    return []
  const told = flagOf(args, "--memory")
  const most = Math.min(limit(), told === undefined ? Number.POSITIVE_INFINITY : bytesOf(told))
  const bytes = heapShare * most
  return bytes <= usual ? [] : [`--max-old-space-size=${Math.floor(bytes / 2 ** 20)}`]
}

/** The value of a flag, in either form; the last one counts. */
const flagOf = (args: readonly string[], name: string): string | undefined => {
  let value: string | undefined
  for (const [index, arg] of args.entries()) {
    if (arg === name) value = args[index + 1]
    else if (arg.startsWith(`${name}=`)) value = arg.slice(name.length + 1)
  }
  return value
}

/** What is no size the engine refuses by name. */
const bytesOf = (text: string): number => {
  try {
    return parseBytes(text, "--memory")
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
