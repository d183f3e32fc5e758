/**
 * Shows in a minute that the guard tells slow from unchanged on this machine: `npm run
 * bench:guard:ci`. Compares the build of the working tree with copies of itself: an unchanged one
 * must pass on every kernel below, one with a planted slowdown of 30 % must be caught. It needs no
 * second commit. Two verdicts of four at most must be right: on a machine whose processor others
 * share a pass of a millisecond can take half as much again, now and then. What is no measure
 * (other output, a benchmark that broke) is judged wrongly at once. Exit codes: 0 both judged
 * rightly, 1 not.
 */

import { projectRoot } from "../machine.js"
import { type Comparison, compareBenchmark } from "./compare.js"
import { type PlantedTree, plantTree } from "./plant.js"
import { faultsOf, guardTable } from "./table.js"

const KERNELS = ["raster.dhm", "vector.contour"]
const PLANTED = { kernel: "raster.dhm", share: 0.3 }
const TRIES = 4
const ENOUGH = 2

/** Compares a build with a copy of itself. */
const judge = async (base: PlantedTree, kernels: readonly string[], plant?: typeof PLANTED): Promise<Comparison[]> => {
  const head = await plantTree(base.root, plant)
  try {
    const comparisons: Comparison[] = []
    for (const name of kernels) {
      comparisons.push(await compareBenchmark(name, base.benches.get(name) ?? "", head.benches.get(name) ?? ""))
    }
    return comparisons
  } finally {
    await head.remove()
  }
}

/**
 * True where a comparison found no fault but in time and memory, which the next one may measure
 * otherwise.
 */
const isMeasured = (comparison: Comparison): boolean => {
  if (comparison.kind !== "compared") return false
  const { faults, isSlower, isFatter } = comparison.decision
  return faults.length === Number(isSlower) + Number(isFatter)
}

/** Judges until enough verdicts are the right ones, and prints each. */
const tells = async (
  what: string,
  [right, wrong]: readonly [right: string, wrong: string],
  judged: () => Promise<Comparison[]>,
  isRight: (comparison: Comparison) => boolean,
): Promise<boolean> => {
  let told = 0
  for (let left = TRIES; left + told >= ENOUGH && told < ENOUGH; left--) {
    const comparisons = await judged()
    const isTold = comparisons.every(isRight)
    console.log(`${what}: ${isTold ? right : wrong}\n${guardTable(comparisons)}\n`)
    if (isTold) told++
    if (!comparisons.every(isMeasured)) return false
  }
  return told === ENOUGH
}

/** Judges an unchanged copy and one with a planted slowdown. */
export const main = async (): Promise<number> => {
  // A copy too: nobody builds over it meanwhile.
  const base = await plantTree(projectRoot)
  try {
    const passed = await tells(
      "unchanged tree",
      ["passed", "NOT passed"],
      () => judge(base, KERNELS),
      (comparison) => faultsOf(comparison).length === 0,
    )
    const caught = await tells(
      "planted slowdown of 30 %",
      ["caught", "NOT caught"],
      () => judge(base, [PLANTED.kernel], PLANTED),
      (comparison) => comparison.kind === "compared" && comparison.decision.isSlower,
    )
    return passed && caught ? 0 : 1
  } finally {
    await base.remove()
  }
}
