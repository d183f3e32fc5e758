import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import type { SummaryRow } from "./group.js"
import type { Machine } from "./machine.js"
import { grouped, machineText, markdownTable } from "./markdown.js"
import { milliseconds } from "./work-markdown.js"

/** What one group found in one run, as it is kept. */
export interface PeerRecord {
  readonly name: string
  readonly title: string
  readonly machine: Machine
  readonly summary: readonly SummaryRow[]
  readonly markdown: string
  readonly note?: string
}

/** Places of what is made, from the clone's folder. */
const PLACES = { records: "bench/results/peers.jsonl", page: "docs/peers.md", readme: "README.md" } as const

const BEGIN = "<!-- peers: made by npm run bench:peers -- --write-readme -->"
const END = "<!-- /peers -->"

/**
 * Keeps the groups of this run beside those of earlier runs (a group replaces itself) and writes from all of them the section of the README
 * between its marks, and the page with the whole tables. So the groups can be run one after another.
 *
 * @throws Error when the README has no such marks
 */
export const writeRecords = async (
  root: string,
  found: readonly PeerRecord[],
  order: readonly string[],
): Promise<string[]> => {
  const path = join(root, PLACES.records)
  const kept = (await readRecords(path)).filter(({ name }) => !found.some((record) => record.name === name))
  const place = ({ name }: PeerRecord): number => (order.includes(name) ? order.indexOf(name) : order.length)
  const records = [...kept, ...found].sort((a, b) => place(a) - place(b))
  const readme = join(root, PLACES.readme)
  const text = insertSection(await readFile(readme, "utf8"), summaryMarkdown(records))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, records.map((record) => `${JSON.stringify(record)}\n`).join(""))
  await writeFile(join(root, PLACES.page), pageMarkdown(records))
  await writeFile(readme, text)
  return Object.values(PLACES)
}

const readRecords = async (path: string): Promise<PeerRecord[]> => {
  try {
    const text = await readFile(path, "utf8")
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as PeerRecord)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

/** Puts a section between the marks of a text. @throws Error when the marks are not there, in their order */
export const insertSection = (text: string, section: string): string => {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin)
    throw new Error(`README.md: no "${BEGIN}" before "${END}"; put both where the table belongs`)
  return `${text.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${text.slice(end)}`
}

/** The README's section: with what it was measured, a line for each peer, and notes of groups. */
export const summaryMarkdown = (records: readonly PeerRecord[]): string => {
  const rows = records.flatMap(({ summary }) => summary)
  const heading = ["work", "peer", "maille, ms", "peer, ms", "× maille", "the same work?"]
  const table = markdownTable([heading, ...rows.map(summaryCells)], [2, 3, 4])
  return [runsText(records), table, ...records.flatMap(({ note }) => note ?? [])].join("\n\n")
}

const summaryCells = ({ work, peer, ours, theirs, times, proof }: SummaryRow): string[] => [
  work,
  peer,
  millisecondsShort(ours),
  millisecondsShort(theirs),
  times < 1 ? `${times.toFixed(2)} (faster than maille)` : times.toFixed(2),
  proof,
]

const millisecondsShort = (value: number): string => (value >= 1000 ? grouped(value) : milliseconds(value))

/** Dates, processors, commits, loads and versions of all runs that the records are of. */
const runsText = (records: readonly PeerRecord[]): string => {
  const machines = records.map(({ machine }) => machine)
  const each = (text: (machine: Machine) => string): string => [...new Set(machines.map(text))].join(" and ")
  const versions = new Map(machines.flatMap((machine) => Object.entries(machine.versions)))
  const peers = [...versions].map(([name, version]) => `${name} ${version}`).join(", ")
  const loads = machines.map(({ load }) => load[0])
  return (
    `${each(({ date }) => date)}; ${each(({ cpu }) => cpu)}, ${each(({ memoryBytes }) => `${Math.round(memoryBytes / 2 ** 30)} GiB`)}, ` +
    `${each(({ system }) => system)}, Node ${each(({ node }) => node)}; maille ${each(({ maille, commit }) => `${maille} (${commit})`)}; ${peers}. ` +
    `Load average (1 minute) before the groups: ${Math.min(...loads)} to ${Math.max(...loads)}; hence processor time, in which other programs hardly show.`
  )
}

/** The page: every group's whole tables, each with the run that it is of. */
export const pageMarkdown = (records: readonly PeerRecord[]): string => {
  const parts = records.map(({ title, machine, markdown }) => `## ${title}\n\n${machineText(machine)}\n\n${markdown}`)
  return `# maille beside other programs\n\nMade by \`npm run bench:peers -- --write-readme\`, group by group; do not edit. The README holds the short form.\n\n${parts.join("\n\n")}\n`
}
