import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { kernelTable } from "../kernels/index.js"
import type { Row } from "./bench.js"
import { csvLine, parseCsv } from "./csv.js"
import { machineFacts, projectRoot } from "./machine.js"

/** One line of the history: a benchmark's row with where it came from. */
export interface HistoryRecord extends Row {
  /** When it was recorded, UTC: 2026-11-25T04:30:00Z. */
  readonly date: string
  /** First 12 digits; "+" at the end: with changes that were not committed. */
  readonly commit: string
  readonly node: string
  readonly v8: string
  readonly maille: string
  /** The kernel's version; empty for a format. */
  readonly kernel: string
}

const COLUMNS = [
  "date",
  "commit",
  "node",
  "v8",
  "maille",
  "kernel",
  "name",
  "unit",
  "median",
  "spread",
  "peakBytes",
  "checksum",
] as const

/** Where the history lies in a clone. */
export const resultsFolder = join(projectRoot, "bench", "results")

/** Appends rows to this machine's file, `<processor>.csv`; gives its path. */
export const recordHistory = async (rows: readonly Row[], folder = resultsFolder): Promise<string> => {
  const facts = await machineFacts()
  const date = `${new Date().toISOString().slice(0, 19)}Z`
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${facts.slug}.csv`)
  // "wx": only when there is none yet.
  await writeFile(path, `${csvLine(COLUMNS)}\n`, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error
  })
  let text = ""
  for (const row of rows) {
    const median = Number(row.median.toPrecision(6))
    const spread = Number(row.spread.toPrecision(3))
    const record: HistoryRecord = { ...facts, ...row, date, median, spread, kernel: await kernelVersion(row.name) }
    text += `${csvLine(COLUMNS.map((column) => record[column]))}\n`
  }
  await appendFile(path, text)
  return path
}

const kernelVersion = async (name: string): Promise<string> => {
  const url = kernelTable[name]?.url
  if (url === undefined) return ""
  return String(((await import(url)) as { default: { version: number } }).default.version)
}

/** The history of every machine, by the name of its file, in order of recording. Other CSV files of the folder are left alone. */
export const readHistory = async (folder = resultsFolder): Promise<Map<string, HistoryRecord[]>> => {
  const machines = new Map<string, HistoryRecord[]>()
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".csv")).sort()
  for (const file of files) {
    const [heading, ...rows] = parseCsv(await readFile(join(folder, file), "utf8"))
    if (heading?.join() !== COLUMNS.join()) continue
    machines.set(file.slice(0, -".csv".length), rows.map(toRecord))
  }
  return machines
}

const toRecord = (row: readonly string[]): HistoryRecord => {
  const cell = (name: (typeof COLUMNS)[number]): string => row[COLUMNS.indexOf(name)] ?? ""
  return {
    date: cell("date"),
    commit: cell("commit"),
    node: cell("node"),
    v8: cell("v8"),
    maille: cell("maille"),
    kernel: cell("kernel"),
    name: cell("name"),
    unit: cell("unit"),
    median: Number(cell("median")),
    spread: Number(cell("spread")),
    peakBytes: Number(cell("peakBytes")),
    checksum: cell("checksum"),
  }
}
