/**
 * Compares whole runs and benchmarks of two commits: `npm run bench:guard BASE`. Fails if one
 * became slower, needs more memory, changed its output without a new version, or does more work by
 * its counts. Exit codes: 0 passed, 1 failed, 2 wrong call, 3 a tree that does not build.
 */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { elementAt } from "../../engine/core/lists.js"
import { EngineError } from "../../engine/errors.js"
import { projectRoot } from "../machine.js"
import { labCommand, printJson, within, wordsOf } from "../options.js"
import { type CompareOptions, type Comparison, compareBenchmark } from "./compare.js"
import { type CountRow, compareCounts, countTable, readAccepted } from "./counts.js"
import { compareRun, countRun, makeRunInput, type RunInput, wholeRuns } from "./runs.js"
import { guardTable, listFaults } from "./table.js"
import { type Built, resolveCommit, uncommittedFiles, withTrees } from "./trees.js"

interface Flags {
  readonly head: string
  readonly filter: readonly string[]
  readonly countsOnly?: true
  readonly passes: number
  readonly pairs?: number
  readonly accept: readonly string[]
  readonly json?: true
}

const readFlags = (args: string[]): { readonly base: string; readonly flags: Flags } => {
  const command = labCommand(
    "guard",
    "Builds two commits and compares whole runs and benchmarks, in pairs of processes. Fails (exit 1) when one is slower by\n" +
      "10 % in the median of five pairs and by 5 % in four of them, when its peak memory grew by at least 15 % and 50 MB,\n" +
      "when its output changed without its version rising, when it is gone, or when a count of a whole run rose.",
  )
    .argument("<base>", "the commit to compare with, such as main")
    .option("--head <ref>", "the commit to judge", "HEAD")
    .option("--filter <names>", "only runs and benchmarks whose name holds one of these texts", wordsOf, [""])
    .option("--counts-only", "only the exact counts of whole runs, no times")
    .option("--passes <n>", "most passes of each side and pair of processes", within(9, 1000, 1), 9)
    .option(
      "--pairs <n>",
      "so many pairs of processes for each benchmark (2 to 5, as its figures need)",
      within(1, 1000, 1),
    )
    .option("--accept <names>", "the output of these benchmarks may change, or they may be gone", wordsOf, [])
    .option("--json", "print one JSON document: { ok, base, head, results, counts }")
    .addHelpText("after", "\nExit codes: 0 passed, 1 failed, 2 wrong call, 3 a commit that does not build.")
    .parse(args, { from: "user" })
  return { base: elementAt(command.args, 0), flags: command.opts<Flags>() }
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** Names to compare, of both builds. @throws EngineError if the filter leaves none */
const chooseNames = (builds: readonly Built[], words: readonly string[]): string[] => {
  const benches = new Set(builds.flatMap((build) => [...build.benches.keys()]))
  const all = [...wholeRuns.keys(), ...[...benches].sort()]
  const names = all.filter((name) => words.some((word) => name.includes(word)))
  if (names.length > 0) return names
  throw new EngineError("E_USAGE", `No benchmark has "${words}" in its name; there are ${all.join(", ")}`)
}

/** Measures one benchmark, or a whole run on its input. */
const compareOne = async (
  name: string,
  builds: readonly Built[],
  options: CompareOptions,
  input: RunInput | undefined,
): Promise<Comparison> => {
  const [before, after] = builds.map(({ benches }) => benches.get(name))
  try {
    if (input !== undefined && wholeRuns.has(name)) return await compareRun(name, builds, input, options.pairs)
    if (after === undefined) return { kind: "gone", name, reason: "the benchmark is gone" }
    if (before === undefined) return { kind: "new", name, reason: "base has no such benchmark" }
    return await compareBenchmark(name, before, after, options)
  } catch (cause) {
    return { kind: "broken", name, reason: cause instanceof Error ? cause.message : String(cause) }
  }
}

/** Passes on the folder of real test data: it is beside this clone, not beside the worktrees. */
const dataFolder = (root: string): NodeJS.ProcessEnv => {
  const folder = resolve(root, "../shared/data")
  return process.env["MAILLE_TEST_DATA"] === undefined && existsSync(folder) ? { MAILLE_TEST_DATA: folder } : {}
}

export const main = async (args: string[]): Promise<number> => {
  const { base, flags } = readFlags(args)
  const { passes, pairs, accept: accepted, countsOnly = false } = flags
  const root = projectRoot
  const options: CompareOptions = { passes, ...(pairs === undefined ? {} : { pairs }), env: dataFolder(root) }
  const commits = [await resolveCommit(root, base), await resolveCommit(root, flags.head)]
  if (flags.head === "HEAD" && (await uncommittedFiles(root)).length > 0) {
    say("Uncommitted changes are not measured: head is the last commit.")
  }
  const comparisons: Comparison[] = []
  const counts: CountRow[] = []
  say(`Building ${commits.map((commit) => commit.slice(0, 12)).join(" and ")} …`)
  await withTrees(root, commits, async (builds) => {
    const names = chooseNames(builds, flags.filter)
    const runs = names.filter((name) => wholeRuns.has(name))
    if (countsOnly && runs.length === 0)
      throw new EngineError("E_USAGE", `--counts-only counts whole runs: ${[...wholeRuns.keys()].join(", ")}`)
    const input = runs.length > 0 ? await makeRunInput() : undefined
    if (input !== undefined) for (const name of runs) counts.push(...(await countBoth(name, builds, input)))
    if (countsOnly) return
    for (const name of names) {
      comparisons.push(await compareOne(name, builds, options, input))
      say(guardTable(comparisons.slice(-1), accepted).split("\n")[1] ?? "")
    }
  })
  const failed = [
    ...counts.flatMap(({ run, count, fault }) => (fault === undefined ? [] : [`${run} (${count})`])),
    ...comparisons.filter((one) => listFaults(one, accepted).length > 0).map(({ name }) => name),
  ]
  const ok = failed.length === 0
  if (flags.json) {
    const results = comparisons.map((comparison) => ({ ...comparison, faults: listFaults(comparison, accepted) }))
    printJson({ ok, base: commits[0], head: commits[1], results, counts })
  } else {
    const tables = [counts.length > 0 ? countTable(counts) : [], countsOnly ? [] : guardTable(comparisons, accepted)]
    const what = `${counts.length} counts, processor time of ${comparisons.length} runs and benchmarks`
    const end = ok ? "passed" : `failed: ${failed.join(", ")}`
    process.stdout.write(`${tables.flat().join("\n\n")}\n\n${what}: ${end}\n`)
  }
  return ok ? 0 : 1
}

/** Counts a run on both sides. A count that head must accept is in head's own list. */
const countBoth = async (name: string, [base, head]: readonly Built[], input: RunInput): Promise<CountRow[]> => {
  if (base === undefined || head === undefined) return []
  const [before, after] = [await countRun(name, base, input), await countRun(name, head, input)]
  return compareCounts(name, before, after, await readAccepted(head.root))
}
