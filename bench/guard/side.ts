/**
 * One side of a comparison in a process of its own: `node side.js <benchmark's module URL>`,
 * started by `startSide`. Sets the benchmark up, warms it up, then makes a pass whenever it is told
 * to.
 */
import { readFileSync } from "node:fs"
import type { Prepared } from "../bench.js"
import { peakBytes, processorMs } from "../product/measure.js"
import { loadBench } from "../runner.js"
import type { SideReport, SideRequest } from "./process.js"

/**
 * CPU time of a stretch of the warm-up, ms; it ends when a stretch costs the same a run as the one
 * before, or after `WARM_MOST`.
 */
const WARM_STRETCH = 100
const WARM_MOST = 1500
const STEADY = 0.05

/** Runs until a run's CPU time is steady; gives that time, ms. */
const warmUp = async (prepared: Prepared): Promise<number> => {
  const begin = processorMs()
  let last = 0
  for (let stretch = 0; ; stretch++) {
    const start = processorMs()
    let runs = 0
    do {
      await prepared.run()
      runs++
    } while (processorMs() - start < WARM_STRETCH)
    const each = (processorMs() - start) / runs
    if (stretch >= 2 && (Math.abs(each / last - 1) < STEADY || processorMs() - begin > WARM_MOST)) return each
    last = each
  }
}

/**
 * The kernel's version by the side's own table; for a format the version of maille, which names the
 * bytes of files.
 */
const versionOf = async (name: string, url: string): Promise<string> => {
  const table = (await import(new URL("../../kernels/index.js", url).href)) as {
    kernelTable: Readonly<Record<string, { url: string }>>
  }
  const kernel = table.kernelTable[name]
  if (kernel !== undefined) {
    return String(((await import(kernel.url)) as { default: { version: number } }).default.version)
  }
  const manifest = JSON.parse(readFileSync(new URL("../../../package.json", url), "utf8")) as { version: string }
  return manifest.version
}

const tell = (report: SideReport): void => void process.send?.(report)

const [url] = process.argv.slice(2)
if (url === undefined || process.send === undefined) throw new Error("guard-side is started by the guard")
const benchmark = await loadBench(url)
const prepared = await benchmark.setup()
if (typeof prepared === "string") {
  tell({ kind: "skipped", reason: prepared })
  process.disconnect()
} else {
  const amount = await prepared.run()
  const checksum = prepared.checksum()
  const inputs = prepared.inputs?.()
  const runMs = await warmUp(prepared)
  process.on("message", async (request: SideRequest) => {
    if (request.kind === "pass") {
      const start = processorMs()
      for (let i = 0; i < request.runs; i++) await prepared.run()
      return tell({ kind: "passed", cpuMs: processorMs() - start })
    }
    const last = prepared.checksum()
    if (last !== checksum) throw new Error(`two passes over the same data gave ${checksum} and ${last}`)
    tell({ kind: "ended", peakBytes: peakBytes(), checksum })
    await prepared.close?.()
    process.disconnect()
  })
  const version = await versionOf(benchmark.name, url)
  tell({ kind: "ready", runMs, amount, unit: benchmark.unit, version, ...(inputs === undefined ? {} : { inputs }) })
}
