/** Stores the results of comparisons, and writes docs/reference/benchmarks.md from them. */
import { readFileSync } from "node:fs"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { loadavg, release, totalmem, type } from "node:os"
import { dirname, join } from "node:path"
import { type MachineFacts, machineFacts, projectRoot } from "../../machine.js"
import type { Comparison, SummaryRow } from "./compare.js"
import { grouped, markdownTable, milliseconds } from "./markdown.js"
import { programVersion } from "./programs.js"

/** Stored results of one group in one run. */
export interface PeerRecord {
  readonly name: string
  readonly title: string
  readonly machine: Machine
  readonly summary: readonly SummaryRow[]
  readonly markdown: string
  readonly note?: string
}

/** Output files, relative to the clone's folder. */
const PLACES = { records: "bench/results/peers.jsonl", page: "docs/reference/benchmarks.md" } as const

/**
 * Merges the results of this run into the stored ones and writes the page from all. So groups can
 * run one after another.
 */
export const writeRecords = async (
  root: string,
  found: readonly PeerRecord[],
  order: readonly string[],
): Promise<string[]> => {
  const path = join(root, PLACES.records)
  const all = [...found, ...(await readRecords(path))]
  const records = order.flatMap((name) => all.find((record) => record.name === name) ?? [])
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, records.map((record) => `${JSON.stringify(record)}\n`).join(""))
  await writeFile(join(root, PLACES.page), pageMarkdown(records))
  return Object.values(PLACES)
}

/** The stored results; none without a file. */
export const readRecords = async (path: string): Promise<PeerRecord[]> => {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return ""
    throw error
  })
  return text.split("\n").flatMap((line) => (line === "" ? [] : (JSON.parse(line) as PeerRecord)))
}

const INTRO = `# Benchmarks

Made by \`npm run lab -- peers --write\`, group by group; do not edit.

- Each comparison runs maille and other programs in turns, on the same machine and the same files.
- Times are medians of processor time, in milliseconds. Rows that say so are whole processes, start included.
- × maille is the peer's time divided by maille's: above 1, maille is faster.
- A comparison fails if the results differ more than they may. The last column says what is equal.

Repeat one in a clone, with the test data and the other programs: \`npm run lab -- peers --filter contour\`.
It prints quartiles, times by the clock and the results of each program too; \`bench/results/peers.jsonl\` keeps them.
`

/** The page: for each group its verdict, a line per peer, and the facts of its run. */
export const pageMarkdown = (records: readonly PeerRecord[]): string => {
  const parts = records.map(({ title, machine, summary, note }) => {
    const table =
      summary.length === 0
        ? []
        : [formatVerdict(summary), markdownTable([HEADING, ...summary.map(formatCells)], [2, 3, 4])]
    return [`## ${title}`, ...table, ...(note === undefined ? [] : [note]), machineText(machine)].join("\n\n")
  })
  const slower = records.filter(({ summary }) => summary.some(({ times }) => times < 1)).map(({ title }) => title)
  const losses = slower.length === 0 ? [] : [`Another program is faster in some rows of: ${slower.join("; ")}.`]
  return `${[INTRO.trim(), ...losses, ...parts].join("\n\n")}\n`
}

/** "Faster than A (1.40–2.13 ×). Slower than B (0.32 ×)." */
const formatVerdict = (summary: readonly SummaryRow[]): string => {
  const texts = (title: string, rows: readonly SummaryRow[]): string[] => {
    const peers = [...new Set(rows.map(({ peer }) => peer))].map((peer) => {
      const times = rows.filter((row) => row.peer === peer).map((row) => row.times.toFixed(2))
      const [least, most] = [times.reduce((a, b) => (+b < +a ? b : a)), times.reduce((a, b) => (+b > +a ? b : a))]
      return `${peer} (${least === most ? least : `${least}–${most}`} ×)`
    })
    return peers.length === 0 ? [] : [`${title} ${peers.join(", ")}.`]
  }
  const isFaster = ({ times }: SummaryRow): boolean => times >= 1
  return [
    ...texts("maille is faster than", summary.filter(isFaster)),
    ...texts(
      "maille is slower than",
      summary.filter((row) => !isFaster(row)),
    ),
  ].join(" ")
}

const HEADING = ["work", "peer", "maille, ms", "peer, ms", "× maille", "the same work?"]

const formatCells = ({ work, peer, ours, theirs, times, proof }: SummaryRow): string[] => [
  work,
  peer,
  millisecondsShort(ours),
  millisecondsShort(theirs),
  times.toFixed(2),
  proof,
]

const millisecondsShort = (value: number): string => (value >= 1000 ? grouped(value) : milliseconds(value))

/** The machine, the load and the versions of a comparison. */
export interface Machine extends MachineFacts {
  readonly memoryBytes: number
  readonly system: string
  /** Average number of busy processes over the last minute, before and after the comparison. */
  readonly load: readonly [before: number, after: number]
  /** Versions by package or program, of those compared. */
  readonly versions: Readonly<Record<string, string>>
}

/**
 * Describes this machine and the peers of a group.
 *
 * @param loadBefore {@link currentLoad} at the start
 * @param known versions that peers reported
 */
export const describeMachine = async (
  loadBefore: number,
  { packages = [], programs = [] }: Pick<Comparison<unknown>, "packages" | "programs">,
  known: Readonly<Record<string, string>>,
): Promise<Machine> => {
  const versions: Record<string, string> = { ...known }
  for (const name of packages) versions[name] = readVersion(name)
  for (const name of programs) {
    versions[name] = await programVersion(name).catch(() => "not installed")
  }
  const facts = await machineFacts()
  return {
    ...facts,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    load: [loadBefore, currentLoad()],
    versions,
  }
}

/** Average number of busy processes over the last minute. */
export const currentLoad = (): number => Math.round((loadavg()[0] ?? 0) * 10) / 10

const readVersion = (name: string): string => {
  try {
    const text = readFileSync(join(projectRoot, "node_modules", name, "package.json"), "utf8")
    return String((JSON.parse(text) as { version?: unknown }).version)
  } catch {
    return "not installed"
  }
}

/** Average load before the start above which other programs took part of the time. */
const BUSY = 0.5
const BUSY_TEXT = " The machine was not idle: compare ratios of processor time, not times by the clock."

/** Machine, versions, date and load as one paragraph. */
export const machineText = (machine: Machine): string => {
  const { date, cpu, memoryBytes, system, node, load, maille, commit, versions } = machine
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const programs = [`maille ${maille} (${commit})`, ...packages].join(", ")
  return (
    `${date}; ${cpu}, ${Math.round(memoryBytes / 2 ** 30)} GiB, ${system}, Node ${node}; ${programs}. ` +
    `Load average (1 minute) ${load[0]} before, ${load[1]} after.${load[0] > BUSY ? BUSY_TEXT : ""}`
  )
}
