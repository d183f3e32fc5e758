/**
 * Compares the benchmarks of two commits: `npm run bench:guard -- --base REF`. Fails if one became
 * slower, needs more memory, or changed its output without a new version. Exit codes: 0 passed, 1
 * failed, 2 wrong call, 3 a tree that does not build.
 */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { EngineError } from "../../engine/errors.js"
import { projectRoot } from "../machine.js"
import { labCommand, printJson, within, wordsOf } from "../options.js"
import { type CompareOptions, type Comparison, compareBenchmark } from "./compare.js"
import { guardTable, listFaults } from "./table.js"
import { type Built, resolveCommit, uncommittedFiles, withTrees } from "./trees.js"

interface Flags {
  readonly base: string
  readonly head: string
  readonly filter: readonly string[]
  readonly passes: number
  readonly pairs?: number
  readonly accept: readonly string[]
  readonly json?: true
}

const readFlags = (args: string[]): Flags =>
  labCommand(
    "guard",
    "Builds two commits and compares their benchmarks, pass by pass in turn. Fails (exit 1) when one is slower by at least\n" +
      "15 % and 5 ms a pass and beyond both spreads, when its peak memory grew by at least 15 % and 50 MB, when its output\n" +
      "changed without its version rising, or when it is gone.",
  )
    .requiredOption("--base <ref>", "the commit to compare with, such as main")
    .option("--head <ref>", "the commit to judge", "HEAD")
    .option("--filter <names>", "only benchmarks whose name holds one of these texts", wordsOf, [""])
    .option("--passes <n>", "most passes of each side and pair of processes", within(9, 1000, 1), 9)
    .option(
      "--pairs <n>",
      "so many pairs of processes for each benchmark (1 to 5, as its figures need)",
      within(1, 1000, 1),
    )
    .option("--accept <names>", "the output of these benchmarks may change, or they may be gone", wordsOf, [])
    .option("--json", "print one JSON document: { ok, base, head, results }")
    .addHelpText("after", "\nExit codes: 0 passed, 1 failed, 2 wrong call, 3 a commit that does not build.")
    .parse(args, { from: "user" })
    .opts<Flags>()

const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** Names to compare, of both builds. @throws EngineError if the filter leaves none */
const chooseNames = (builds: readonly Built[], words: readonly string[]): string[] => {
  const all = [...new Set(builds.flatMap((build) => [...build.keys()]))].sort()
  const names = all.filter((name) => words.some((word) => name.includes(word)))
  if (names.length > 0) return names
  throw new EngineError("E_USAGE", `No benchmark has "${words}" in its name; there are ${all.join(", ")}`)
}

const compareOne = async (
  name: string,
  [base, head]: readonly Built[],
  options: CompareOptions,
): Promise<Comparison> => {
  const [before, after] = [base?.get(name), head?.get(name)]
  if (after === undefined) return { kind: "gone", name, reason: "the benchmark is gone" }
  if (before === undefined) return { kind: "new", name, reason: "base has no such benchmark" }
  try {
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
  const flags = readFlags(args)
  const { passes, pairs, accept: accepted } = flags
  const root = projectRoot
  const options: CompareOptions = { passes, ...(pairs === undefined ? {} : { pairs }), env: dataFolder(root) }
  const commits = [await resolveCommit(root, flags.base), await resolveCommit(root, flags.head)]
  if (flags.head === "HEAD" && (await uncommittedFiles(root)).length > 0) {
    say("Uncommitted changes are not measured: head is the last commit.")
  }
  const comparisons: Comparison[] = []
  say(`Building ${commits.map((commit) => commit.slice(0, 12)).join(" and ")} …`)
  await withTrees(root, commits, async (builds) => {
    for (const name of chooseNames(builds, flags.filter)) {
      comparisons.push(await compareOne(name, builds, options))
      say(guardTable(comparisons.slice(-1), accepted).split("\n")[1] ?? "")
    }
  })
  const failed = comparisons.filter((comparison) => listFaults(comparison, accepted).length > 0)
  const ok = failed.length === 0
  if (flags.json) {
    const results = comparisons.map((comparison) => ({ ...comparison, faults: listFaults(comparison, accepted) }))
    printJson({ ok, base: commits[0], head: commits[1], results })
  } else {
    const end = ok ? "passed" : `failed: ${failed.map(({ name }) => name).join(", ")}`
    process.stdout.write(
      `${guardTable(comparisons, accepted)}\n\nProcessor time, ${comparisons.length} benchmarks: ${end}\n`,
    )
  }
  return ok ? 0 : 1
}
