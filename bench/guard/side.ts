/**
 * One side of a comparison, in its own process: `node side.js URL`, started by `startSide`. Sets up
 * the benchmark at the module URL, warms it up, and makes a pass on each request.
 */
import { readFileSync } from "node:fs"
import type { Prepared } from "../bench.js"
import { peakBytes, processorMs } from "../product/measure.js"
import { loadBench } from "../runner.js"
import { type Served, serveRequests } from "../waiting-process.js"
import { PLANTED } from "./compare.js"

/**
 * CPU time of a warm-up stretch, ms. The warm-up ends when two stretches in a row cost the same per
 * run, or after `WARM_MOST`.
 */
const WARM_STRETCH = 100
const WARM_MOST = 1000
const STEADY = 0.05

/** Runs until a run's CPU time is steady; returns that time, ms. */
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
    if (stretch >= 1 && (Math.abs(each / last - 1) < STEADY || processorMs() - begin > WARM_MOST)) return each
    last = each
  }
}

/**
 * The kernel's version from the side's own table. For a format, maille's version, which covers the
 * bytes of files.
 */
const readVersion = async (name: string, url: string): Promise<string> => {
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

/** Share of its own time that a pass wastes, for the guard's self-test. */
const planted = Number(process.env[PLANTED] ?? 0)

/** CPU time of some runs, ms. */
const timed = async (prepared: Prepared, runs: number): Promise<number> => {
  const start = processorMs()
  for (let i = 0; i < runs; i++) await prepared.run()
  const own = processorMs() - start
  while (processorMs() - start < own * (1 + planted));
  return processorMs() - start
}

const open = async (url: string): Promise<Served> => {
  const benchmark = await loadBench(url)
  const prepared = await benchmark.setup()
  if (typeof prepared === "string") return { greeting: { skipped: prepared }, answer: async () => ({}) }
  const amount = await prepared.run()
  const checksum = prepared.checksum()
  const inputs = prepared.inputs?.()
  const runMs = await warmUp(prepared)
  const version = await readVersion(benchmark.name, url)
  return {
    greeting: { runMs, amount, unit: benchmark.unit, version, inputs },
    answer: async (runs) => {
      if (runs > 0) return { cpuMs: await timed(prepared, runs) }
      const last = prepared.checksum()
      if (last !== checksum) throw new Error(`two passes over the same data gave ${checksum} and ${last}`)
      return { peakBytes: peakBytes(), checksum }
    },
    ...(prepared.close === undefined ? {} : { close: prepared.close }),
  }
}

const [url = ""] = process.argv.slice(2)
await serveRequests(() => open(url))
