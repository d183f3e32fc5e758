import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { csvLine, parseCsv } from "./csv.js"
import type { MachineFacts } from "./machine.js"

/** One judged case. */
export interface Case {
  readonly kind: "planted" | "unchanged" | "repeat"
  /** Its number; for "repeat" the kernel. */
  readonly index: string
  /** The kernel that was slowed down or repeated; empty for an unchanged tree. */
  readonly subject: string
  /** Kernels that the guard failed. */
  readonly failed: readonly string[]
  /** True when the guard judged as it should. */
  readonly right: boolean
  /** The ratios measured, for people. */
  readonly ratios: string
  readonly seconds: number
}

/** The cases judged so far for a commit on a machine. */
export interface ProveLog {
  has(kind: Case["kind"], index: string): boolean
  add(one: Case): Promise<void>
  /** Adds a line to prove.md; `proved` when at least 95 % of the trees of each kind and 90 % of the kernels are right. */
  sumUp(): Promise<{ text: string; proved: boolean }>
}

const HEADING = ["date", "commit", "cpu", "node", "kind", "case", "kernel", "failed", "right", "ratios", "seconds"]

/** Least share of right cases. */
const NEEDED: Readonly<Record<Case["kind"], number>> = { planted: 0.95, unchanged: 0.95, repeat: 0.9 }

/** Opens `prove.csv` in a folder; the cases of this commit, processor and version of Node.js count as done. */
export const openProveLog = async (folder: string, facts: MachineFacts): Promise<ProveLog> => {
  await mkdir(folder, { recursive: true })
  const path = join(folder, "prove.csv")
  const text = await readOrEmpty(path)
  if (text === "") await writeFile(path, `${csvLine(HEADING)}\n`)
  const done = new Map<string, boolean>()
  const key = (kind: string, index: string): string => `${kind} ${index}`
  for (const [, commit, cpu, node, kind = "", index = "", , , right] of parseCsv(text).slice(1)) {
    if (commit === facts.commit && cpu === facts.cpu && node === facts.node) done.set(key(kind, index), right === "yes")
  }
  return {
    has: (kind, index) => done.has(key(kind, index)),
    add: async (one) => {
      const failed = one.failed.join(" ")
      const right = one.right ? "yes" : "no"
      const cells = [one.kind, one.index, one.subject, failed, right, one.ratios, one.seconds]
      await appendFile(path, `${csvLine([facts.date, facts.commit, facts.cpu, facts.node, ...cells])}\n`)
      done.set(key(one.kind, one.index), one.right)
    },
    sumUp: () => sumUp(join(folder, "prove.md"), facts, done),
  }
}

const MARKDOWN = `# The guard, proved

Made by \`npm run bench:prove\`: planted slowdowns of 30 % on three short kernels that the guard caught, unchanged trees that it passed, and
kernels whose ratio was within 5 % when the same tree was measured twice. The cases are in prove.csv.

| date | commit | machine | Node.js | planted: caught | unchanged: passed | repeated within 5 % |
|---|---|---|---|---|---|---|
`

const sumUp = async (
  path: string,
  facts: MachineFacts,
  done: ReadonlyMap<string, boolean>,
): Promise<{ text: string; proved: boolean }> => {
  let proved = true
  const counts = (["planted", "unchanged", "repeat"] as const).map((kind) => {
    const cases = [...done].filter(([key]) => key.startsWith(`${kind} `))
    const right = cases.filter(([, isRight]) => isRight).length
    if (right < cases.length * NEEDED[kind]) proved = false
    return cases.length === 0 ? "–" : `${right} of ${cases.length}`
  })
  const cells = [facts.date, facts.commit, facts.cpu, facts.node, ...counts]
  const line = `| ${cells.join(" | ")} |\n`
  const text = (await readOrEmpty(path)) || MARKDOWN
  // A run that goes on replaces its own line.
  const kept = text
    .split(/(?<=\n)/)
    .filter((old) => !old.includes(`| ${facts.commit} | ${facts.cpu} | ${facts.node} |`))
  await writeFile(path, `${kept.join("")}${line}`)
  const [planted, unchanged, repeated] = counts
  return {
    text: `planted: ${planted} caught; unchanged: ${unchanged} passed; repeated: ${repeated} within 5 %`,
    proved,
  }
}

const readOrEmpty = async (path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return ""
    throw error
  }
}
