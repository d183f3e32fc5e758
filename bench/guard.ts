/**
 * Compares two commits, benchmark by benchmark, and fails when one became slower or fatter or changed its output in silence:
 * `npm run bench:guard -- --base REF`. Exit codes: 0 passed, 1 failed, 2 wrong call, 3 a tree that does not build.
 */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { type CompareOptions, type Comparison, compareBenchmark } from "./guard-compare.js"
import { openCounter } from "./guard-counter.js"
import { faultsOf, guardTable } from "./guard-table.js"
import { type Built, GuardError, resolveCommit, uncommittedFiles, withTrees } from "./guard-trees.js"
import { projectRoot } from "./machine.js"

const USAGE = `npm run bench:guard -- --base REF [options]

Builds two commits and compares their benchmarks, pass by pass in turn. Fails (exit 1) when one is slower by at least
15 % and 5 ms a pass and beyond both spreads, when its peak memory grew by at least 15 % and 50 MB, when its output
changed without its version rising, or when it is gone.

  --base REF      the commit to compare with, such as main
  --head REF      the commit to judge (HEAD)
  --filter NAME   only benchmarks whose name holds this text; several with commas
  --passes N      passes of each side and pair of processes, at least 9 (9)
  --pairs N       so many pairs of processes for each benchmark (1 to 3, as its figures need)
  --accept NAME   this benchmark's output may change, or it may be gone; may be repeated
  --json          one JSON document on standard output

Exit codes: 0 passed, 1 failed, 2 wrong call, 3 a commit that does not build or an environment that does not do.`

const OPTIONS = {
  base: { type: "string" },
  head: { type: "string", default: "HEAD" },
  filter: { type: "string", default: "" },
  passes: { type: "string", default: "9" },
  pairs: { type: "string" },
  accept: { type: "string", multiple: true },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const wholeNumber = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= 1000) return value
  throw new GuardError(2, `--${name} ${text}: expected a whole number from ${least} to 1000`)
}

const readFlags = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values
  } catch (cause) {
    throw new GuardError(2, `${(cause as Error).message}\n\n${USAGE}`)
  }
}

/** Names to compare, of both builds. @throws GuardError when the filter leaves none */
const chooseNames = (builds: readonly Built[], filter: string): string[] => {
  const words = filter.split(",").map((word) => word.trim())
  const all = [...new Set(builds.flatMap((build) => [...build.keys()]))].sort()
  const names = all.filter((name) => words.some((word) => name.includes(word)))
  if (names.length > 0) return names
  throw new GuardError(2, `No benchmark has "${filter}" in its name; there are ${all.join(", ")}`)
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

/** Real test data beside this clone, which the worktrees do not lie beside. */
const dataFolder = (root: string): NodeJS.ProcessEnv => {
  const folder = resolve(root, "../shared/data")
  return process.env["MAILLE_TEST_DATA"] === undefined && existsSync(folder) ? { MAILLE_TEST_DATA: folder } : {}
}

const guard = async (args: readonly string[]): Promise<number> => {
  const flags = readFlags(args)
  if (flags.help) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  if (flags.base === undefined) throw new GuardError(2, `--base is missing\n\n${USAGE}`)
  const root = projectRoot
  const counter = await openCounter()
  const options: CompareOptions = {
    passes: wholeNumber("passes", flags.passes, 9),
    ...(flags.pairs === undefined ? {} : { pairs: wholeNumber("pairs", flags.pairs, 1) }),
    counter,
    env: dataFolder(root),
  }
  const accepted = flags.accept ?? []
  const commits = [await resolveCommit(root, flags.base), await resolveCommit(root, flags.head)]
  if (flags.head === "HEAD" && (await uncommittedFiles(root)).length > 0) {
    say("Uncommitted changes are not measured: head is the last commit.")
  }
  const unit = counter?.event ?? "CPU time"
  const comparisons: Comparison[] = []
  say(`Building ${commits.map((commit) => commit.slice(0, 12)).join(" and ")} …`)
  await withTrees(root, commits, async (builds) => {
    for (const name of chooseNames(builds, flags.filter)) {
      comparisons.push(await compareOne(name, builds, options))
      say(guardTable(comparisons.slice(-1), accepted).split("\n")[1] ?? "")
    }
  })
  const failed = comparisons.filter((comparison) => faultsOf(comparison, accepted).length > 0)
  const ok = failed.length === 0
  if (flags.json) {
    const results = comparisons.map((comparison) => ({ ...comparison, faults: faultsOf(comparison, accepted) }))
    process.stdout.write(`${JSON.stringify({ ok, base: commits[0], head: commits[1], cost: unit, results })}\n`)
  } else {
    const end = ok ? "passed" : `failed: ${failed.map(({ name }) => name).join(", ")}`
    process.stdout.write(`${guardTable(comparisons, accepted)}\n\n${unit}, ${comparisons.length} benchmarks: ${end}\n`)
  }
  return ok ? 0 : 1
}

try {
  process.exitCode = await guard(process.argv.slice(2))
} catch (error) {
  const { message, stack } = error as Error
  process.exitCode = error instanceof GuardError ? error.exitCode : 70
  say(error instanceof GuardError ? `bench:guard: ${message}` : (stack ?? message))
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify({ error: { message } })}\n`)
}
