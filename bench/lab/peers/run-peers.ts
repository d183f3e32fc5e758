/**
 * `npm run lab -- peers`: compares maille with other programs on the same work and files, in one
 * run.
 */
import { EngineError } from "../../../engine/errors.js"
import { projectRoot } from "../../machine.js"
import { labCommand, printJson, within, wordsOf } from "../../options.js"
import { type Comparison, type RunResult, runComparison } from "./compare.js"
import { comparison as contour } from "./contour.js"
import { comparison as delaunay } from "./delaunay.js"
import { comparison as layer } from "./layer.js"
import { comparison as lazReading } from "./laz-reading.js"
import { comparison as lazWriting } from "./laz-writing.js"
import { comparison as polygon } from "./polygon.js"
import { comparison as rasterTin } from "./raster-tin.js"
import { currentLoad, describeMachine, type Machine, machineText, writeRecords } from "./record.js"
import { comparison as unitD } from "./unit-d.js"

/** All comparisons, in the page's order. */
const GROUPS = [
  lazReading,
  lazWriting,
  delaunay,
  rasterTin,
  contour,
  polygon,
  layer,
  unitD,
] as unknown as readonly Comparison<unknown>[]

interface Flags {
  readonly filter: readonly string[]
  readonly passes: number
  readonly quick?: true
  readonly json?: true
  readonly write?: true
}

type Found = RunResult & { readonly group: Comparison<unknown>; readonly machine: Machine }

export const main = async (args: string[]): Promise<undefined> => {
  const command = labCommand("peers", "Runs maille and other programs on the same work in turns. Prints Markdown.")
    .argument("[file...]", "files to work on (default: real ones of the test data)")
    .option("--filter <names>", "only comparisons whose name holds one of these texts", wordsOf, [""])
    .option("--passes <n>", "passes of each peer", within(1, 1000, 1), 5)
    .option("--quick", "the least that shows that all works, on seeded data")
    .option("--json", "print one JSON document: { machine, machines, groups }")
    .option("--write", "keep the results, and write docs/reference/benchmarks.md from all that is kept")
    .parse(args, { from: "user" })
  const flags = command.opts<Flags>()
  if (flags.quick && flags.write) throw usage("--quick measures nothing that could be written down")
  const groups = GROUPS.filter(({ name }) => flags.filter.some((word) => name.includes(word)))
  const names = GROUPS.map(({ name }) => name)
  if (groups.length === 0) throw usage(`no comparison holds "${flags.filter}": ${names.join(", ")}`)
  const done: Found[] = []
  for (const group of groups) done.push(...(await runGroup(group, command.args, flags)))
  if (flags.json) {
    const machines = Object.fromEntries(done.map(({ group, machine }) => [group.name, machine]))
    const data = Object.fromEntries(done.map(({ group, data }) => [group.name, data]))
    printJson({ machine: done[0]?.machine, machines, groups: data })
  } else {
    const parts = done.map(
      ({ group, machine, markdown }) => `### ${group.title}\n\n${machineText(machine)}\n\n${markdown}`,
    )
    console.log(parts.join("\n\n"))
  }
  if (!flags.write) return
  const records = done.map(({ group: { name, title }, machine, summary, markdown }) => {
    return { name, title, machine, summary, markdown }
  })
  console.error(`wrote ${(await writeRecords(projectRoot, records, names)).join(", ")}`)
}

const usage = (text: string): EngineError => new EngineError("E_USAGE", text)

const runGroup = async (group: Comparison<unknown>, files: readonly string[], flags: Flags): Promise<Found[]> => {
  const load = currentLoad()
  const { quick = false, passes } = flags
  const result = await runComparison(group, {
    files,
    passes: quick ? 1 : passes,
    quick,
    onProgress: (text) => console.error(`${group.name}: ${text}`),
  })
  if (typeof result !== "string") {
    return [{ ...result, group, machine: await describeMachine(load, group, result.versions) }]
  }
  console.error(`skipped ${group.name}: ${result}`)
  return []
}
