/**
 * Checks that the guard distinguishes slow from unchanged here: `npm run bench:guard:ci`.
 *
 * Compares the build of the working tree with itself. The unchanged build must pass on each kernel,
 * and a planted slowdown of 15 % must be caught on the first one. Each verdict has three tries,
 * because other programs may disturb five pairs in a row. Exit codes: 0 both judged rightly, 1 not.
 */

import { listBenches } from "../runner.js"
import { type Comparison, compareBenchmark } from "./compare.js"
import { guardTable, listFaults } from "./table.js"

const KERNELS = ["raster.dtm-fill", "raster.dsm"]
const PLANTED_SHARE = 0.15
const TRIES = 3

/** Compares benchmarks of this build with themselves; head is slowed down by a share. */
const compareSelf = async (names: readonly string[], planted: number): Promise<Comparison[]> => {
  const benches = await listBenches()
  const comparisons: Comparison[] = []
  for (const name of names) {
    const url = benches.get(name) ?? ""
    comparisons.push(await compareBenchmark(name, url, url, { planted }))
  }
  return comparisons
}

/** Judges until a verdict is right, and prints each. */
const judgeRightly = async (
  expected: string,
  names: readonly string[],
  planted: number,
  isRight: (comparison: Comparison) => boolean,
): Promise<boolean> => {
  for (let tried = 0; tried < TRIES; tried++) {
    const comparisons = await compareSelf(names, planted)
    const isReported = comparisons.every(isRight)
    console.log(`${expected}: ${isReported ? "yes" : "NO"}\n${guardTable(comparisons)}\n`)
    if (isReported) return true
  }
  return false
}

export const main = async (): Promise<number> => {
  const passes = await judgeRightly("an unchanged build passes", KERNELS, 0, (one) => listFaults(one).length === 0)
  const isCaught = await judgeRightly(
    "a planted slowdown of 15 % is caught",
    KERNELS.slice(0, 1),
    PLANTED_SHARE,
    (one) => one.kind === "compared" && one.decision.isSlower,
  )
  return passes && isCaught ? 0 : 1
}
