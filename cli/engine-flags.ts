/**
 * Node.js flags of the engine process: when V8 collects and optimises, and the limit of its heap.
 * See docs/decisions/13-webassembly-and-v8.md.
 */
import { getHeapStatistics } from "node:v8"
import { parseBytes } from "../engine/core/parse-values.js"
import { memoryLimit } from "../engine/job/memory-limit.js"

/**
 * Node.js flags that make V8 collect later.
 *
 * V8 counts buffers towards a thread's heap and lets that grow by only some 15 MB at first. A
 * tile's point columns and WebAssembly memory would trigger a dozen full marks. Below 64 MB V8 then
 * marks nothing; `releaseMemory` still collects between kernels and tiles. A size that the user set
 * takes precedence.
 */
export const collectLater = (nodeFlags: readonly string[] = process.execArgv): readonly string[] =>
  nodeFlags.some((argument) => /^--initial[-_](old[-_]space|heap)[-_]size(=|$)/.test(argument))
    ? []
    : ["--initial-old-space-size=64"]

/**
 * Node.js flags that make V8 check less often whether to optimise a function.
 *
 * Each thread of the pool compiles for itself, and V8 11 calls a function hot after a few
 * milliseconds. On tiles of some seconds, a sixth of the processor time went into optimised code
 * that was thrown away or made again. Baseline code and long-running functions do not change. V8 12
 * and later use other heuristics. A budget that the user set takes precedence.
 */
export const compileLater = (
  version: string = process.versions.node,
  nodeFlags: readonly string[] = process.execArgv,
): readonly string[] =>
  version.startsWith("20.") && !nodeFlags.some((argument) => /^--interrupt[-_]budget(=|$)/.test(argument))
    ? ["--interrupt-budget=1000000"]
    : []

/**
 * Share of the available memory for the heap of the last phase. Threads have small heaps of their
 * own.
 */
const heapShare = 0.7

/**
 * Heap limit of the engine process for a command line.
 *
 * The last phase holds the plan and the outcomes of all tasks. For a country that is several
 * gigabytes, but Node.js allows a heap 4 GB at most. The limit is a share of the memory of the
 * machine, of the container or of `--memory`, and never below the default of Node.js. A limit in
 * `NODE_OPTIONS` or on the command line of Node.js takes precedence.
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
  if (readFlag(args, "--phase") !== "finish") return []
  if ([options, ...own].some((text) => text.includes("max-old-space-size") || text.includes("max_old_space_size")))
    return []
  const memory = readFlag(args, "--memory")
  const most = Math.min(limit(), memory === undefined ? Number.POSITIVE_INFINITY : readBytes(memory))
  const bytes = heapShare * most
  return bytes <= usual ? [] : [`--max-old-space-size=${Math.floor(bytes / 2 ** 20)}`]
}

/** Value of a flag, as `--flag value` or `--flag=value`; the last one counts. */
const readFlag = (args: readonly string[], name: string): string | undefined => {
  let value: string | undefined
  for (const [index, arg] of args.entries()) {
    if (arg === name) value = args[index + 1]
    else if (arg.startsWith(`${name}=`)) value = arg.slice(name.length + 1)
  }
  return value
}

/** Infinite for an invalid size: the engine reports that error itself. */
const readBytes = (text: string): number => {
  try {
    return parseBytes(text, "--memory")
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
