/** `maille bench`: measures the reader and every kernel, and compares with an earlier run. */
import type { Command } from "commander"
import { exitCodes } from "../exit-codes.js"
import { addExamples } from "../help/declare.js"
import { numberFrom } from "../parse-numbers.js"
import { formatTable, grouped, printJson, printLine, say } from "../print.js"

interface Flags {
  readonly imagery?: readonly string[]
  readonly tileSize: number
  readonly compare?: string
  readonly threshold: number
  readonly json?: true
}

export const addBench = (program: Command): void => {
  addExamples(program.command("bench"), "maille bench --json > before.json", "maille bench --compare before.json")
    .summary("measure the speed of the reader and of every kernel")
    .description(
      "Rates are points per second of processor time, with the kernels' default options.\n" +
        "With --compare, the exit code is 1 when a rate became lower.",
    )
    .argument("[tile...]", "LAS, LAZ or COPC files of one tile (default: the scene of maille demo)")
    .option("--imagery <paths...>", "orthophotos of the tile, for the texture kernels")
    .option("--tile-size <m>", "side of the work tile in the middle", numberFrom(10, 2000), 100)
    .option("--compare <file>", "compare with an earlier run, written by maille bench --json")
    .option("--threshold <percent>", "smallest loss of speed that counts as a regression", numberFrom(1, 100), 15)
    .option("--json", "print one JSON document\n{ maille, node, cpu, tile, peakBytes, rows, skipped, compared }")
    .action((tile: string[], flags: Flags) => run(tile, flags))
}

const run = async (lidar: readonly string[], flags: Flags): Promise<void> => {
  const { benchTile } = await import("../../bench/product/bench-tile.js")
  const { compareRuns, readRun } = await import("../../bench/product/compare-runs.js")
  // Refuse a wrong file before the work starts.
  const before = flags.compare === undefined ? undefined : await readRun(flags.compare)
  const onNext = (name: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${name}`)
  }
  const { imagery = [], tileSize } = flags
  const document = await benchTile({ lidar, imagery, tileSize, onNext })
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K")
  const compared = before === undefined ? undefined : compareRuns(before, document, flags.threshold)
  if (before !== undefined && before.cpu !== document.cpu)
    say(`${flags.compare} was measured on another processor (${before.cpu}): do not compare the rates`, "warning")
  if (compared?.some(({ fault }) => fault !== undefined)) process.exitCode = exitCodes.someFailed
  if (flags.json) return printJson({ ...document, ...(compared === undefined ? {} : { compared }) })
  const figure = (value: number): string => (value >= 1000 ? grouped(value) : value.toPrecision(3))
  const cells = document.rows.map(({ name, median, spread }) => {
    const change = compared?.find((row) => row.name === name)
    const cell = change?.ratio === undefined ? "" : `${((change.ratio - 1) * 100).toFixed(1)} %`
    return [name, figure(median), `± ${figure(spread / 2)}`, ...(compared === undefined ? [] : [cell])]
  })
  const heading = ["", "points/s", "spread", ...(compared === undefined ? [] : ["change"])]
  printLine(formatTable([heading, ...cells]))
  printLine(`${grouped(document.tile.points)} points, peak memory ${grouped(document.peakBytes / 1e6)} MB`)
  for (const { name, reason } of document.skipped) say(`skipped ${name}: ${reason}`, "info")
  for (const { name, note } of compared ?? []) if (note !== undefined) say(`${name}: ${note}`, "info")
  for (const { name, fault } of compared ?? []) if (fault !== undefined) say(`regression: ${name}: ${fault}`, "error")
}
