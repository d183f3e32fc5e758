/**
 * Checks that the guard detects a slowdown on this machine: `npm run bench:guard:ci`, about a
 * minute.
 *
 * Compares the build of the working tree with copies of itself. The unchanged copy must pass on
 * every kernel below, and a planted slowdown of 30 % must be caught. Two verdicts of at most four
 * must be right, because a pass can take half as long again on a processor that others share. A
 * fault other than time or memory fails at once. Exit codes: 0 both judged rightly, 1 not.
 */

import { listBenches } from "../runner.js"
import { type Comparison, compareBenchmark } from "./compare.js"
import { guardTable, listFaults } from "./table.js"

const KERNELS = ["raster.dhm", "vector.contour"]
const PLANTED_SHARE = 0.3
const TRIES = 4
const ENOUGH = 2

/** Compares benchmarks of this build with themselves; head is slowed down by a share. */
const judge = async (names: readonly string[], planted: number): Promise<Comparison[]> => {
  const benches = await listBenches()
  const comparisons: Comparison[] = []
  for (const name of names) {
    const url = benches.get(name) ?? ""
    comparisons.push(await compareBenchmark(name, url, url, { planted }))
  }
  return comparisons
}

/** True if all faults concern time or memory, which another comparison may measure differently. */
const isMeasured = (comparison: Comparison): boolean => {
  if (comparison.kind !== "compared") return false
  const { faults, isSlower, isFatter } = comparison.decision
  return faults.length === Number(isSlower) + Number(isFatter)
}

/** Repeats the comparison until enough verdicts are right, and prints each. */
const tells = async (
  what: string,
  [right, wrong]: readonly [right: string, wrong: string],
  judged: () => Promise<Comparison[]>,
  isRight: (comparison: Comparison) => boolean,
): Promise<boolean> => {
  let rightCount = 0
  for (let left = TRIES; left + rightCount >= ENOUGH && rightCount < ENOUGH; left--) {
    const comparisons = await judged()
    const isReported = comparisons.every(isRight)
    console.log(`${what}: ${isReported ? right : wrong}\n${guardTable(comparisons)}\n`)
    if (isReported) rightCount++
    if (!comparisons.every(isMeasured)) return false
  }
  return rightCount === ENOUGH
}

export const main = async (): Promise<number> => {
  const passed = await tells(
    "unchanged build",
    ["passed", "NOT passed"],
    () => judge(KERNELS, 0),
    (comparison) => listFaults(comparison).length === 0,
  )
  const caught = await tells(
    "planted slowdown of 30 %",
    ["caught", "NOT caught"],
    () => judge(KERNELS.slice(0, 1), PLANTED_SHARE),
    (comparison) => comparison.kind === "compared" && comparison.decision.isSlower,
  )
  return passed && caught ? 0 : 1
}
