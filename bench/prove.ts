/**
 * Proves the guard: `npm run bench:prove`. Planted slowdowns of 30 % must be caught and unchanged trees must pass, 19 of 20 each; the same tree
 * twice must give ratios within 5 % for 90 % of the kernels. Every case is written to bench/results/prove.csv when it is judged, so a run that was
 * stopped goes on where it was; a finished one is summed up in bench/results/prove.md.
 *
 * Options: `--cases N` of each kind (20), `--repeat` only the repeatability, `--out DIR` (bench/results). Exit code 1: not proved.
 */
import { parseArgs } from "node:util"
import { type CompareOptions, type Comparison, compareBenchmark } from "./guard-compare.js"
import { percent } from "./guard-decide.js"
import { type PlantedTree, plantTree } from "./guard-plant.js"
import { faultsOf } from "./guard-table.js"
import { machineFacts, projectRoot } from "./machine.js"
import { type Case, openProveLog } from "./prove-log.js"

/** Three short kernels, of three families. */
const KERNELS = ["raster.dhm", "vector.contour", "mesh.surface"] as const
const SHARE = 0.3

const { values: flags } = parseArgs({
  options: {
    cases: { type: "string", default: "20" },
    repeat: { type: "boolean", default: false },
    out: { type: "string" },
  },
})
const facts = await machineFacts()
const log = await openProveLog(flags.out ?? `${projectRoot}bench/results`, facts)
// A copy: nobody builds over it meanwhile.
const base = await plantTree(projectRoot)

const compareTo = async (
  tree: PlantedTree,
  names: readonly string[],
  options?: CompareOptions,
): Promise<Comparison[]> => {
  const comparisons: Comparison[] = []
  for (const name of names) {
    const [before, after] = [base.benches.get(name) ?? "", tree.benches.get(name) ?? ""]
    comparisons.push(await compareBenchmark(name, before, after, options))
  }
  return comparisons
}

const ratiosOf = (comparisons: readonly Comparison[]): string =>
  comparisons
    .map((one) => (one.kind === "compared" ? `${one.name} ${percent(one.decision.ratio)}` : one.reason))
    .join("; ")

/** One planted and one unchanged tree after the other, so that both kinds meet the same hours of the machine. */
const proveCases = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index++) {
    for (const kind of ["planted", "unchanged"] as const) {
      if (log.has(kind, String(index + 1))) continue
      const kernel = KERNELS[index % KERNELS.length] as string
      const tree = await plantTree(base.root, kind === "planted" ? { kernel, share: SHARE } : undefined)
      const start = performance.now()
      try {
        const comparisons = await compareTo(tree, KERNELS)
        const failed = comparisons.filter((comparison) => faultsOf(comparison).length > 0).map(({ name }) => name)
        const right = kind === "planted" ? failed.includes(kernel) : failed.length === 0
        const subject = kind === "planted" ? kernel : ""
        const seconds = Math.round((performance.now() - start) / 1000)
        await record({ kind, index: String(index + 1), subject, failed, right, ratios: ratiosOf(comparisons), seconds })
      } finally {
        await tree.remove()
      }
    }
  }
}

/** The same tree twice, every kernel, three pairs of processes each. */
const proveRepeatability = async (): Promise<void> => {
  const kernels = [...base.benches].filter(([, url]) => url.includes("/bench/kernels/")).map(([name]) => name)
  for (const name of kernels) {
    if (log.has("repeat", name)) continue
    const start = performance.now()
    const comparisons = await compareTo(base, [name], { pairs: 3 })
    const [one] = comparisons
    const right = one?.kind === "compared" && Math.abs(one.decision.ratio - 1) <= 0.05
    const seconds = Math.round((performance.now() - start) / 1000)
    await record({
      kind: "repeat",
      index: name,
      subject: name,
      failed: [],
      right,
      ratios: ratiosOf(comparisons),
      seconds,
    })
  }
}

const record = async (one: Case): Promise<void> => {
  await log.add(one)
  console.log(`${one.kind} ${one.index}: ${one.right ? "right" : "WRONG"} (${one.ratios}) ${one.seconds} s`)
}

try {
  if (!flags.repeat) await proveCases(Number(flags.cases))
  await proveRepeatability()
} finally {
  await base.remove()
}
const { text, proved } = await log.sumUp()
console.log(text)
process.exitCode = proved ? 0 : 1
