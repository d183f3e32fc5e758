import { execFile } from "node:child_process"
import { readdir } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Row } from "./bench.js"

/** What to run, and whom to tell. */
export interface BenchOptions {
  /** Only benchmarks whose file name holds this text; all by default. */
  readonly filter?: string
  /** Called for a benchmark that cannot run here, with the reason; by default a line on standard error. */
  readonly onSkip?: (name: string, reason: string) => void
}

/**
 * Runs the benchmarks of `bench/`, one after the other, each in a process of its own so that neither compiled code nor
 * memory of one weighs on the next. Rows in order of file name.
 *
 * @throws Error with the benchmark's own message when one fails
 */
export const runBenches = async (options: BenchOptions = {}): Promise<Row[]> => {
  const onSkip = options.onSkip ?? ((name, reason) => console.error(`skipped ${name}: ${reason}`))
  const runOne = fileURLToPath(new URL("run-one.js", import.meta.url))
  const rows: Row[] = []
  for (const { name, url } of await listBenches(options.filter)) {
    // --expose-gc is not used: collecting by hand between passes would hide what a kernel's garbage costs.
    const { stdout } = await promisify(execFile)(process.execPath, [runOne, url], { maxBuffer: 1 << 26 })
    const answer = JSON.parse(stdout) as Row | string
    if (typeof answer === "string") onSkip(name, answer)
    else rows.push(answer)
  }
  return rows
}

/** The benchmarks there are: name (file name without `.bench.js`) and module URL, sorted by name. */
export const listBenches = async (filter = ""): Promise<{ name: string; url: string }[]> => {
  const found: { name: string; url: string }[] = []
  for (const folder of ["formats/", "kernels/"]) {
    const base = new URL(folder, import.meta.url)
    for (const file of await readdir(base)) {
      if (file.endsWith(".bench.js"))
        found.push({ name: file.slice(0, -".bench.js".length), url: new URL(file, base).href })
    }
  }
  return found
    .filter(({ name }) => name.includes(filter))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
