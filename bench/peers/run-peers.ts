/**
 * `npm run bench:peers [-- --filter laz] [--json] [--passes 5] [--quick] [--readers wasm,LASzip] [--files FILE…]`: maille beside other
 * programs, the same work on the same files in the same run. Prints Markdown, or one JSON document.
 */
import { parseArgs } from "node:util"
import type { Group, GroupResult } from "./group.js"
import { currentLoad, describeMachine } from "./machine.js"
import { machineText } from "./markdown.js"
import { memoryGroup } from "./memory-group.js"
import { overlapGroup } from "./overlap-group.js"
import { readingGroup } from "./reading-group.js"
import { scalingGroup } from "./scaling-group.js"
import { writingGroup } from "./writing-group.js"

const GROUPS: readonly Group[] = [readingGroup, scalingGroup, memoryGroup, writingGroup, overlapGroup]
const PACKAGES = ["laz-perf", "copc", "@loaders.gl/las"]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    filter: { type: "string", default: "" },
    passes: { type: "string", default: "5" },
    readers: { type: "string" },
    files: { type: "string", multiple: true, default: [] },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
})
const say = (text: string): void => console.error(text)

const run = async (): Promise<void> => {
  const passes = Number(values.passes)
  if (!Number.isInteger(passes) || passes < 1) throw new Error(`--passes ${values.passes}: a whole number from 1 on`)
  const groups = GROUPS.filter(({ name }) => name.includes(values.filter))
  if (groups.length === 0)
    throw new Error(`no group holds "${values.filter}": ${GROUPS.map(({ name }) => name).join(", ")}`)
  const load = currentLoad()
  const done: (GroupResult & { readonly name: string; readonly title: string })[] = []
  for (const { name, title, run: runGroup } of groups) {
    const result = await runGroup({
      files: [...values.files, ...positionals],
      passes: values.quick ? 1 : passes,
      quick: values.quick,
      onProgress: (text) => say(`${name}: ${text}`),
      ...(values.readers === undefined ? {} : { readers: values.readers.split(",") }),
    })
    if (typeof result === "string") say(`skipped ${name}: ${result}`)
    else done.push({ name, title, ...result })
  }
  const machine = await describeMachine(load, PACKAGES)
  if (values.json) {
    const found = Object.fromEntries(done.map(({ name, data }) => [name, data]))
    process.stdout.write(`${JSON.stringify({ machine, groups: found })}\n`)
  } else {
    const parts = done.map(({ title, markdown }) => `### ${title}\n\n${markdown}`)
    process.stdout.write(`${[machineText(machine), ...parts].join("\n\n")}\n`)
  }
}

try {
  await run()
} catch (error) {
  say(`bench:peers: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
