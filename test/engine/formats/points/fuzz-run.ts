import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { seededRandom } from "../../../../engine/core/random.js"
import { processorMs } from "../../../processor-ms.js"
import { judge } from "./fuzz-judge.js"
import { mutate } from "./fuzz-mutations.js"
import { queriesOf, type Reading, readAll } from "./fuzz-reading.js"
import type { FuzzSource } from "./fuzz-sources.js"

/** What came of many cases. */
export interface FuzzReport {
  readonly outcomes: Readonly<Record<"refused" | "same" | "silent", number>>
  /** Silent cases by excuse. */
  readonly excuses: Readonly<Record<string, number>>
  /** Cases that ended otherwise than they may, each as a line that repeats it. */
  readonly faults: readonly string[]
  readonly slowestMs: number
  /** Growth of the process's peak of resident memory. */
  readonly grownBytes: number
}

/** Breaks files in turn, `cases` times in all; case k depends on seed and k alone. */
export const runFuzz = async (
  sources: readonly FuzzSource[],
  { seed, cases, first = 0 }: { seed: number; cases: number; first?: number },
): Promise<FuzzReport> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-fuzz-"))
  const path = join(folder, "mutant.laz")
  const outcomes = { refused: 0, same: 0, silent: 0 }
  const excuses: Record<string, number> = {}
  const faults: string[] = []
  let slowestMs = 0
  try {
    const sound = new Map<string, Reading>()
    for (const source of sources) {
      await writeFile(path, source.bytes)
      sound.set(source.name, await readAll(path, queriesOf(source)))
    }
    const peak = process.resourceUsage().maxRSS
    for (let k = first; k < first + cases; k++) {
      const source = sources[k % sources.length]!
      const mutant = mutate(source, seededRandom(seed * 1_000_003 + k))
      await writeFile(path, mutant.bytes)
      const line = (what: string): string =>
        `seed ${seed} case ${k}: ${source.name} ${mutant.kind} ${JSON.stringify(mutant.touched.slice(0, 6))}: ${what}`
      const start = processorMs()
      try {
        const broken = await readAll(path, queriesOf(source))
        const ms = processorMs() - start
        slowestMs = Math.max(slowestMs, ms)
        if (ms > 2000) faults.push(line(`took ${Math.round(ms)} ms`))
        const verdict = await judge(source, mutant, sound.get(source.name)!, broken)
        outcomes[verdict.outcome]++
        if (verdict.excuse !== undefined) {
          const name = `${verdict.excuse} [${source.laszip === undefined ? "las" : source.copc ? "copc" : "laz"} ${mutant.kind}]`
          excuses[name] = (excuses[name] ?? 0) + 1
        }
        if (verdict.fault !== undefined) faults.push(line(verdict.fault))
      } catch (error) {
        faults.push(line(error instanceof Error ? (error.stack ?? error.message) : String(error)))
      }
    }
    const grownBytes = (process.resourceUsage().maxRSS - peak) * 1024
    return { outcomes, excuses, faults, slowestMs, grownBytes }
  } finally {
    await rm(folder, { recursive: true })
  }
}
