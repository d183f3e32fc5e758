/**
 * `npm run lab -- fit-costs DIR…`: fits the cost model to finished output folders, and writes
 * `kernels/cost-rates.ts`.
 */
import { spawnSync } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { CostRates } from "../../engine/plan/cost/cost-types.js"
import { estimateRun, fitRates, type MeasuredRun, readMeasuredRun } from "../../engine/plan/cost/fit-cost.js"
import { machineFacts, projectRoot } from "../machine.js"
import { labCommand } from "../options.js"
import { textTable } from "../text-table.js"

const ratesFile = join(projectRoot, "kernels", "cost-rates.ts")

/**
 * Fits the model and prints measured and estimated core-seconds of each folder. "without it" is the
 * ratio with rates fitted to the other folders.
 */
export const main = async (args: string[]): Promise<undefined> => {
  const command = labCommand("fit-costs", "Fits the cost model to output folders of finished runs.")
    .argument("<folder...>", "each made in one go")
    .option("--dry-run", "write nothing")
    .parse(args, { from: "user" })
  const runs = await Promise.all(command.args.map(readMeasuredRun))
  const { cpu, date } = await machineFacts()
  const rates = fitRates(runs, `${cpu}, ${date}`)
  console.log(formatFit(runs, rates))
  if (command.opts<{ dryRun?: true }>().dryRun) return
  await writeFile(ratesFile, formatSource(rates))
  spawnSync("npx", ["biome", "format", "--write", ratesFile], { cwd: projectRoot })
  console.log(`Written: ${ratesFile}`)
}

const formatFit = (runs: readonly MeasuredRun[], rates: CostRates): string => {
  const ratio = (run: MeasuredRun, by: CostRates): number => estimateRun(run, by) / (run.processSeconds ?? Number.NaN)
  const ratios = runs.map((run) => ratio(run, rates))
  const rows = runs.map((run) => {
    const others = runs.filter((other) => other !== run)
    const without = others.length === 0 ? Number.NaN : ratio(run, fitRates(others, ""))
    const seconds = [run.processSeconds ?? Number.NaN, estimateRun(run, rates)].map((value) => value.toFixed(1))
    return [run.folder, ...seconds, ratio(run, rates).toFixed(2), without.toFixed(2)]
  })
  const known = ratios.filter(Number.isFinite)
  const spread = `Estimate ÷ measured: ${Math.min(...known).toFixed(2)} to ${Math.max(...known).toFixed(2)} over ${known.length} runs`
  return `${textTable([["run", "core-seconds", "estimate", "ratio", "without it"], ...rows])}\n${spread}`
}

/**
 * The source text of the rates, one step a line. The measurements do not justify more than three
 * digits.
 */
const formatSource = ({ steps, ...start }: CostRates): string => {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, part) => (typeof part === "number" ? Number(part.toPrecision(3)) : part))
  const fields = Object.entries(start).map(([name, value]) => `  ${name}: ${text(value)},`)
  return `// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: measured
/** Measured costs of kernels and of the engine, written by \`npm run lab -- fit-costs\`. */

/** Core-seconds for each tile, million points and km². */
export const costRates = {
${fields.join("\n")}
  steps: [
${steps.map((rate) => `    ${text(rate)},`).join("\n")}
  ],
}
`
}
