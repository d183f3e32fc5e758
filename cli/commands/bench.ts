import type { Command } from "commander"
import { InvalidArgumentError } from "commander"
import { importFromClone, isClone } from "../from-clone.js"
import { formatTable, grouped, printJson, printLine, say } from "../print.js"
import { attributeNames, readBenchmark, usualAttributes } from "../read-benchmark.js"
import { addBenchE2e } from "./bench-e2e.js"

interface Row {
  readonly name: string
  readonly unit: string
  readonly median: number
  readonly spread: number
  readonly peakBytes: number
}

interface Runner {
  runBenches(options: { filter?: string; onSkip?: (name: string, reason: string) => void }): Promise<readonly Row[]>
}

interface History {
  recordHistory(rows: readonly Row[]): Promise<string>
}

interface Report {
  writeBenchReport(path: string): Promise<{ path: string; machines: number; benchmarks: number; records: number }>
}

/** `maille bench`: the benchmarks of kernels and formats, and the reading of given files. */
export const addBench = (program: Command): void => {
  const bench = program
    .command("bench")
    .summary("measure kernels, formats, reading")
    .description(
      "Runs the benchmarks of kernels and formats on seeded data; `bench read` measures the reading of given files.",
    )
    .option("--filter <name>", "only benchmarks whose name holds this text")
    .option("--record", "append the results to bench/results/<processor>.csv, with commit, date and versions")
    .option("--json", "print one JSON document: [{ name, unit, median, spread, peakBytes, checksum }]")
    .action((flags: { filter?: string; record?: true; json?: true }) => runBenches(flags))
  bench
    .command("report", { hidden: !isClone })
    .summary("draw recorded results over time")
    .description("Draws what `maille bench --record` recorded, on every machine, as one HTML page.")
    .option("-o, --output <file>", "where to write the page", "bench-report.html")
    .option("--json", "print one JSON document: { path, machines, benchmarks, records }")
    .action(async (flags: { output: string }, command: Command) => {
      const { writeBenchReport } = await importFromClone<Report>("bench/report.js", "maille bench report")
      const summary = await writeBenchReport(flags.output)
      if (command.optsWithGlobals<{ json?: true }>().json) return printJson(summary)
      const { path, machines, benchmarks, records } = summary
      printLine(`${path}: ${records} records of ${benchmarks} benchmarks on ${machines} machine(s)`)
    })
  addBenchE2e(bench)
  bench
    .command("read")
    .summary("measure the reading of point files")
    .description("Reads and decodes point files and tells how fast.")
    .argument("<file...>", "LAS, LAZ and COPC files, http(s) addresses")
    .option("--attributes <list>", `attributes to read, of ${attributeNames.join(",")}, or all`, attributeList, [
      ...usualAttributes,
    ])
    .option("--workers <n>", "threads; the chunks of each file are spread over them", workerCount, 1)
    .option("--json", "print one JSON document: { points, timeMs, pointsPerSecond, peakBytes }")
    .action(async (files: string[], flags: { attributes: string[]; workers: number }, command: Command) => {
      const result = await readBenchmark(files, flags)
      // --json before "read" belongs to the parent command.
      if (command.optsWithGlobals<{ json?: true }>().json) return printJson(result)
      const rate = `${grouped(result.pointsPerSecond)} points/s`
      printLine(
        `${grouped(result.points)} points in ${result.timeMs} ms: ${rate}, peak ${grouped(result.peakBytes / 1e6)} MB`,
      )
    })
}

const workerCount = (text: string): number => {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 256) return count
  throw new InvalidArgumentError("Expected a whole number from 1 to 256.")
}

const attributeList = (text: string): string[] => {
  if (text.trim() === "all") return [...attributeNames]
  const names = text.split(",").map((name) => name.trim())
  const unknown = names.find((name) => !(attributeNames as readonly string[]).includes(name))
  if (unknown === undefined) return names
  throw new InvalidArgumentError(`There is no attribute "${unknown}"; known: ${attributeNames.join(", ")}.`)
}

const runBenches = async (flags: { filter?: string; record?: true; json?: true }): Promise<void> => {
  const runner = await importFromClone<Runner>("bench/runner.js", "maille bench")
  const history = flags.record && (await importFromClone<History>("bench/history.js", "maille bench --record"))
  const onSkip = (name: string, reason: string): void => say(`skipped ${name}: ${reason}`)
  const rows = await runner.runBenches({ ...(flags.filter === undefined ? {} : { filter: flags.filter }), onSkip })
  if (history) say(`recorded in ${await history.recordHistory(rows)}`)
  if (flags.json) return printJson(rows)
  const figure = (value: number): string => (value >= 1000 ? grouped(value) : value.toPrecision(3))
  const cells = rows.map((row) => [
    row.name,
    figure(row.median),
    row.unit,
    `± ${figure(row.spread)}`,
    Math.round(row.peakBytes / 1e6),
  ])
  printLine(formatTable([["benchmark", "median", "unit", "spread", "peak MB"], ...cells]))
}
