import { execFile } from "node:child_process"
import { basename, join } from "node:path"
import { promisify } from "node:util"
import { projectRoot } from "../machine.js"
import type { Group, GroupOptions } from "./group.js"
import { markdownTable, targetsTable } from "./markdown.js"
import { lazFiles } from "./reading-group.js"
import { distributionOf } from "./statistics.js"
import { type Target, targetOf } from "./targets.js"

/** What `memory-process.js` prints, bytes. */
export interface MemoryAnswer {
  readonly points: number
  /** Resident with everything loaded, before the file is opened. */
  readonly idleBytes: number
  /** Highest mark of resident memory, in the end. */
  readonly peakBytes: number
  /** Of all columns that were kept; of the largest block where none were. */
  readonly columnBytes: number
}

/** Memory of reading one file in one way. */
export interface MemoryRow extends MemoryAnswer {
  readonly file: string
  readonly work: "selective" | "all"
  readonly columns: "keep" | "drop"
  /** Peak without idle process and columns; the median run. */
  readonly beyondBytes: number
}

/** Memory beyond the output columns, one reading thread. */
export const memoryGroup: Group = {
  name: "laz-memory",
  title: "Memory of reading beyond its columns",
  run: async (options) => {
    const paths = lazFiles(options.files, ["bench/t500.laz", "bench/t02.copc.laz"])
    if (typeof paths === "string") return paths
    const rows: MemoryRow[] = []
    for (const path of paths) {
      for (const work of ["selective", "all"] as const) {
        for (const columns of ["keep", "drop"] as const) rows.push(await measureMemory(path, work, columns, options))
      }
    }
    const targets = rows.map(({ file, work, columns, beyondBytes }) =>
      targetOf(`${file}, ${work}, columns ${NAMES[columns]}: MiB beyond them`, beyondBytes / 2 ** 20, 64, false),
    )
    return { data: { rows, targets }, markdown: memoryMarkdown(rows, targets) }
  },
}

const NAMES = { keep: "kept", drop: "let go" } as const
const MOST_RUNS = 3

const measureMemory = async (
  path: string,
  work: MemoryRow["work"],
  columns: MemoryRow["columns"],
  { passes, onProgress }: GroupOptions,
): Promise<MemoryRow> => {
  onProgress(`${basename(path)}: ${work}, ${columns}`)
  const script = join(projectRoot, "dist", "bench", "peers", "memory-process.js")
  const answers: MemoryAnswer[] = []
  for (let run = 0; run < Math.min(passes, MOST_RUNS); run++) {
    const { stdout } = await promisify(execFile)(process.execPath, [script, path, work, columns])
    answers.push(JSON.parse(stdout) as MemoryAnswer)
  }
  const beyond = ({ peakBytes, idleBytes, columnBytes }: MemoryAnswer): number => peakBytes - idleBytes - columnBytes
  const { median } = distributionOf(answers.map(beyond))
  const middle = answers.find((answer) => beyond(answer) >= median) ?? answers[0]
  if (middle === undefined) throw new Error("no run")
  return { file: basename(path), work, columns, ...middle, beyondBytes: median }
}

const memoryMarkdown = (rows: readonly MemoryRow[], targets: readonly Target[]): string => {
  const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)
  const cells = rows.map((row) => [
    row.file,
    row.work,
    NAMES[row.columns],
    mebibytes(row.idleBytes),
    mebibytes(row.columnBytes),
    mebibytes(row.peakBytes),
    mebibytes(row.beyondBytes),
  ])
  const heading = ["file", "attributes", "columns", "idle MiB", "columns MiB", "peak MiB", "beyond MiB"]
  return [
    "Peak of a process that reads the whole file through the library, without what it holds idle and without its columns.",
    markdownTable([heading, ...cells], [3, 4, 5, 6]),
    targetsTable(targets),
  ].join("\n\n")
}
