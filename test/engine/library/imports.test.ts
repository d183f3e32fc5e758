/** What importing an entry of the package costs, in a fresh process beside a bare one. */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { root } from "../../source-tree.js"

const { exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { exports: Record<string, object> }
const entries = Object.entries(exports).flatMap(([path, { types = undefined }]: [string, { types?: string }]) =>
  types === undefined ? [] : [path.replace(/^\./, "maille")],
)

/**
 * Processor time, ms, and resident memory, MiB, of a process that imports an entry; none: a bare
 * one.
 */
const costOf = (entry?: string): readonly [timeMs: number, memoryMiB: number] => {
  const load = entry === undefined ? "" : `await import("${entry}");`
  const code = `${load} const { user, system } = process.cpuUsage(); console.log(JSON.stringify([(user + system) / 1e3, process.memoryUsage.rss() / 2 ** 20]))`
  return JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: root, encoding: "utf8" }),
  )
}

it.each(entries)("import of %s takes little time and memory", (entry) => {
  const rounds = Array.from({ length: 3 }, () => ({ bare: costOf(), own: costOf(entry) }))
  const [timeMs, memoryMiB] = [0, 1].map((k) => Math.min(...rounds.map(({ bare, own }) => own[k] - bare[k])))
  console.info(`${entry}: ${timeMs.toFixed(0)} ms and ${memoryMiB.toFixed(0)} MiB above bare Node.js`)
  expect(timeMs).toBeLessThan(130)
  expect(memoryMiB).toBeLessThan(60)
})
