/** Flags of Node.js for the engine process: when V8 collects and optimises, and how far its heap may grow. */
import { getHeapStatistics } from "node:v8"
import { parseBytes } from "../engine/core/parse-values.js"
import { memoryLimit } from "../engine/job/memory-limit.js"

/**
 * Arguments of Node.js with which V8 waits for more before it collects.
 *
 * Buffers count as growth of a thread's heap, and V8 lets that grow by some 15 MB at first, since what a thread holds in objects is small: a tile's columns of points and the memory of its WebAssembly had it mark everything a
 * dozen times. Up to 64 MB it marks nothing now; what buffers have grown by beyond that it collects as before, as `releaseMemory` does between kernels and between tiles. A process that was told a size is left alone.
 */
export const collectLater = (given: readonly string[] = process.execArgv): readonly string[] =>
  given.some((argument) => /^--initial[-_](old[-_]space|heap)[-_]size(=|$)/.test(argument))
    ? []
    : ["--initial-old-space-size=64"]

/**
 * Arguments of Node.js with which V8 looks less often whether a function is worth optimising.
 *
 * Each thread of the pool compiles what it runs for itself, and V8 11 takes a function for hot after a few milliseconds: on tiles of some seconds a sixth of the processor's time went
 * into optimising hundreds of functions that were then thrown away, or were optimised three times because their first calls did not show what the later ones would be. Baseline code,
 * and what runs long, are the same. V8 12 and later weigh this otherwise: they are left alone, as is a process that was told a budget.
 */
export const compileLater = (
  version: string = process.versions.node,
  given: readonly string[] = process.execArgv,
): readonly string[] =>
  version.startsWith("20.") && !given.some((argument) => /^--interrupt[-_]budget(=|$)/.test(argument))
    ? ["--interrupt-budget=1000000"]
    : []

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
