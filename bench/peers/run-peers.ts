/**
 * `npm run bench:peers [-- --filter laz,tin] [--json] [--passes 5] [--quick] [--readers wasm,LASzip] [--files FILE…] [--write-readme]`:
 * maille beside other programs, the same work on the same files in the same run. Prints Markdown, or one JSON document. `--write-readme`
 * keeps what was found in bench/results, and writes the README's table and docs/peers.md from all that is kept.
 */
import { parseArgs } from "node:util"
import { projectRoot } from "../machine.js"
import { contourGroup } from "./contour-group.js"
import { coverageGroup } from "./coverage-group.js"
import { delaunayGroup } from "./delaunay-group.js"
import { dtmGroup } from "./dtm-group.js"
import type { Group, GroupResult } from "./group.js"
import { layerGroup } from "./layer-group.js"
import { currentLoad, describeMachine, type Machine } from "./machine.js"
import { machineText } from "./markdown.js"
import { memoryGroup } from "./memory-group.js"
import { overlapGroup } from "./overlap-group.js"
import { polygonGroup } from "./polygon-group.js"
import { readingGroup } from "./reading-group.js"
import { writeRecords } from "./record.js"
import { scalingGroup } from "./scaling-group.js"
import { tinGroup } from "./tin-group.js"
import { unitDGroup } from "./unit-d-group.js"
import { writingGroup } from "./writing-group.js"

const GROUPS: readonly Group[] = [
  readingGroup,
  scalingGroup,
  memoryGroup,
  writingGroup,
  overlapGroup,
  delaunayGroup,
  tinGroup,
  dtmGroup,
  contourGroup,
  polygonGroup,
  coverageGroup,
  layerGroup,
  unitDGroup,
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    filter: { type: "string", default: "" },
    passes: { type: "string", default: "5" },
    readers: { type: "string" },
    files: { type: "string", multiple: true, default: [] },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    "write-readme": { type: "boolean", default: false },
  },
})
const say = (text: string): void => console.error(text)

type Found = GroupResult & { readonly group: Group; readonly machine: Machine }

const runGroup = async (group: Group, passes: number): Promise<Found | undefined> => {
  const load = currentLoad()
  const result = await group.run({
    files: [...values.files, ...positionals],
    passes: values.quick ? 1 : passes,
    quick: values.quick,
    onProgress: (text) => say(`${group.name}: ${text}`),
    ...(values.readers === undefined ? {} : { readers: values.readers.split(",") }),
  })
  if (typeof result !== "string")
    return { ...result, group, machine: await describeMachine(load, group, result.versions) }
  say(`skipped ${group.name}: ${result}`)
  return undefined
}

const run = async (): Promise<void> => {
  const passes = Number(values.passes)
  if (!Number.isInteger(passes) || passes < 1) throw new Error(`--passes ${values.passes}: a whole number from 1 on`)
  if (values.quick && values["write-readme"]) throw new Error("--quick measures nothing that could be written down")
  const words = values.filter.split(",")
  const groups = GROUPS.filter(({ name }) => words.some((word) => name.includes(word)))
  if (groups.length === 0)
    throw new Error(`no group holds "${values.filter}": ${GROUPS.map(({ name }) => name).join(", ")}`)
  const done: Found[] = []
  for (const group of groups) done.push(...[await runGroup(group, passes)].flatMap((found) => found ?? []))
  if (values.json) {
    const found = Object.fromEntries(done.map(({ group, data }) => [group.name, data]))
    const machines = Object.fromEntries(done.map(({ group, machine }) => [group.name, machine]))
    process.stdout.write(`${JSON.stringify({ machine: done[0]?.machine, machines, groups: found })}\n`)
  } else {
    const parts = done.map(
      ({ group, machine, markdown }) => `### ${group.title}\n\n${machineText(machine)}\n\n${markdown}`,
    )
    process.stdout.write(`${parts.join("\n\n")}\n`)
  }
  if (!values["write-readme"]) return
  const records = done.map(({ group: { name, title }, machine, markdown, summary = [], note }) => ({
    name,
    title,
    machine,
    summary,
    markdown,
    ...(note === undefined ? {} : { note }),
  }))
  const written = await writeRecords(
    projectRoot,
    records,
    GROUPS.map(({ name }) => name),
  )
  say(`wrote ${written.join(", ")}`)
}

try {
  await run()
} catch (error) {
  say(`bench:peers: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
