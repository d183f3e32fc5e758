/**
 * Shows in a minute that the guard tells slow from unchanged on this machine: `npm run bench:guard:ci`. Compares the build of the working tree with copies of
 * itself: an unchanged one must pass on every kernel below, one with a planted slowdown of 30 % must be caught. It needs no
 * second commit. Exit codes: 0 both judged rightly, 1 not.
 */
import { type Comparison, compareBenchmark } from "./guard-compare.js"
import { plantTree } from "./guard-plant.js"
import { faultsOf, guardTable } from "./guard-table.js"
import { projectRoot } from "./machine.js"

const KERNELS = ["raster.dhm", "vector.contour"]
const PLANTED = { kernel: "raster.dhm", share: 0.3 }

// A copy too: nobody builds over it meanwhile.
const base = await plantTree(projectRoot)

/** Compares the build with a copy of itself. */
const judge = async (kernels: readonly string[], plant?: typeof PLANTED): Promise<Comparison[]> => {
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

try {
  const unchanged = await judge(KERNELS)
  const planted = await judge([PLANTED.kernel], PLANTED)
  const passed = unchanged.every((comparison) => faultsOf(comparison).length === 0)
  const caught = planted.every((comparison) => comparison.kind === "compared" && comparison.decision.isSlower)
  console.log(`unchanged tree: ${passed ? "passed" : "NOT passed"}\n${guardTable(unchanged)}\n`)
  console.log(`planted slowdown of 30 %: ${caught ? "caught" : "NOT caught"}\n${guardTable(planted)}`)
  process.exitCode = passed && caught ? 0 : 1
} finally {
  await base.remove()
}
