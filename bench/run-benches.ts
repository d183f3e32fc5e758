/**
 * `npm run lab -- bench`: runs the micro-benchmarks, each in its own process so that they do not
 * affect each other.
 */
import { startSide } from "./guard/compare.js"
import { labCommand, printJson, within } from "./options.js"
import { type Rate, rateOf } from "./product/measure.js"
import { listBenches, loadBench } from "./runner.js"
import { shortFigure, textTable } from "./text-table.js"

/** One line of the results; rates in `unit`. */
interface BenchRow extends Rate {
  readonly name: string
  readonly unit: string
  /** Peak resident memory of its process, set-up included, bytes. */
  readonly peakBytes: number
  readonly checksum: string
}

interface Flags {
  readonly filter: string
  readonly passes: number
  readonly once?: true
  readonly json?: true
}

export const main = async (args: string[]): Promise<number> => {
  const flags = labCommand("bench", "Measures kernels and formats on seeded data.")
    .option("--filter <name>", "only benchmarks whose name holds this text", "")
    .option("--passes <n>", "passes of each", within(1, 1000, 1), 9)
    .option("--once", "one pass of each in this process: shows that none is broken, measures nothing")
    .option("--json", "print one JSON document: [{ name, unit, median, spread, peakBytes, checksum }]")
    .parse(args, { from: "user" })
    .opts<Flags>()
  const chosen = [...(await listBenches())].filter(([name]) => name.includes(flags.filter))
  if (flags.once) return runOnce(chosen)
  const rows: BenchRow[] = []
  for (const [name, url] of chosen) {
    const row = await measureBench(name, url, flags.passes)
    if (typeof row === "string") console.error(`skipped ${name}: ${row}`)
    else rows.push(row)
  }
  if (flags.json) printJson(rows)
  else {
    const heading = ["benchmark", "median", "unit", "spread", "peak MB"]
    const cells = rows.map(({ name, median, unit, spread, peakBytes }) => {
      const figures = [shortFigure(median), unit, `± ${shortFigure(spread / 2)}`]
      return [name, ...figures, String(Math.round(peakBytes / 1e6))]
    })
    console.log(textTable([heading, ...cells]))
  }
  return rows.length === 0 ? 1 : 0
}

/**
 * Measures one benchmark; returns a string if it cannot run here: the reason.
 *
 * @throws Error with the benchmark's message if it fails
 */
const measureBench = async (name: string, url: string, passes: number): Promise<BenchRow | string> => {
  const side = startSide(url)
  try {
    const { skipped, unit, amount, runMs } = await side.greeting
    if (skipped !== undefined) return skipped
    // Least duration of a pass: 50 ms.
    const runs = Math.max(1, Math.ceil(50 / runMs))
    const rates: number[] = []
    for (let pass = 0; pass < passes; pass++) rates.push((1000 * amount * runs) / (await side.ask(runs)).cpuMs)
    const { peakBytes, checksum } = await side.ask(0)
    return { name, unit, ...rateOf(rates), peakBytes, checksum }
  } finally {
    await side.close()
  }
}

/** Runs one pass of each and prints its checksum. Returns exit code 1 if one fails. */
const runOnce = async (chosen: readonly (readonly [name: string, url: string])[]): Promise<number> => {
  let failed = 0
  for (const [name, url] of chosen) {
    try {
      const benchmark = await loadBench(url)
      const prepared = await benchmark.setup()
      if (typeof prepared === "string") {
        console.log(`${name}: skipped: ${prepared}`)
        continue
      }
      const amount = await prepared.run()
      if (!(amount > 0)) throw new Error(`it handled ${amount} ${benchmark.unit.replace("/s", "")}`)
      console.log(`${name}: ${prepared.checksum()}`)
      await prepared.close?.()
    } catch (cause) {
      failed++
      console.log(`${name}: FAILED: ${cause instanceof Error ? cause.stack : cause}`)
    }
  }
  console.log(`${chosen.length - failed} of ${chosen.length} benchmarks ran, ${failed} failed`)
  return failed > 0 || chosen.length === 0 ? 1 : 0
}
