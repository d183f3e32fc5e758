import { writeFile } from "node:fs/promises"
import { type Command, InvalidArgumentError } from "commander"
import { parseBytes } from "../../engine/core/parse-values.js"
import { EngineError } from "../../engine/errors.js"
import type { Simulation, SimulationOptions } from "../../engine/simulate/simulate.js"
import { formatTable, grouped, printJson, printLine, say } from "../print.js"

/** The options of a simulation, two of them in the units of the command line. */
interface Flags extends Omit<SimulationOptions, "memoryBytes" | "limitHours" | "plan"> {
  readonly memory: string
  readonly timeLimit: number
  readonly plot?: string
  readonly json?: true
}

const within =
  (low: number, high: number, whole = false) =>
  (text: string): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text)
    if (value >= low && value <= high && (!whole || Number.isInteger(value))) return value
    throw new InvalidArgumentError(`Expected a ${whole ? "whole " : ""}number from ${low} to ${high}.`)
  }

const parseSpeeds = (text: string): readonly [number, number] => {
  const [low = Number.NaN, high = Number.NaN, ...more] = text.split(",").map(Number)
  if (low > 0 && high >= low && more.length === 0) return [low, high]
  throw new InvalidArgumentError('Expected two numbers above 0, the lower first, such as "0.7,1.3".')
}

/** `maille simulate`: how long a plan would take on a cluster, and what failures and shards do to it. */
export const addSimulate = (program: Command): void => {
  program
    .command("simulate")
    .summary("rehearse a national run on a cluster, without computing it")
    .description(
      "Cuts a plan as `maille plan --shards` does, that of a made country or one that is there, and simulates its run event by event: nodes take shards, pools take tiles, " +
        "processes and nodes fail. Prints hours, core-hours and the efficiency of the arrays, as asked and with one circumstance changed in each further line.",
    )
    .argument("[out]", "output folder of a plan; without it a country is made")
    .option("--tiles <n>", "tiles of 1 km² of the made country", within(1, 2_000_000, true), 550_000)
    .option("--nodes <n>", "nodes, one shard at a time on each", within(1, 10_000, true), 40)
    .option("--cores <n>", "cores of a node", within(1, 1024, true), 64)
    .option("--memory <bytes>", "memory of a node for tiles, such as 256G", "256G")
    .option("--failures <share>", "share of tiles that take their process down once", within(0, 1), 1e-4)
    .option("--node-failures <n>", "breakdowns of a node in a month, in the mean", within(0, 1000), 0.1)
    .option("--estimates-off <share>", "standard deviation of a tile's cost about its estimate", within(0, 5), 0.35)
    .option("--slow <share>", "share of tiles that are slow beyond that", within(0, 1), 0.002)
    .option("--slow-factor <n>", "how many times slower they are", within(1, 1000), 6)
    .option("--speeds <low,high>", "speeds of the nodes, against the one that was measured on", parseSpeeds, [0.7, 1.3])
    .option("--join-hours <n>", "hours within which the nodes come", within(0, 1000), 1)
    .option("--time-limit <hours>", "longest time of one task of an array", within(0.1, 10_000), 20)
    .option("--costs-from <dir>", "take costs from a finished run in this output folder")
    .option("--seed <n>", "of all that is random", within(0, 2 ** 32 - 1, true), 1)
    .option("--plot <file>", "draw the busy cores over time: .svg")
    .option(
      "--json",
      "print one JSON document: { tiles, points, shards, costCoreSeconds, cost, stages, bytesIn, bytesOut, scenarios }",
    )
    .action((out: string | undefined, flags: Flags) => run(out, flags))
}

const run = async (out: string | undefined, flags: Flags): Promise<void> => {
  if (flags.plot !== undefined && !flags.plot.endsWith(".svg"))
    throw new EngineError("E_USAGE", `--plot: ${flags.plot}, expected a name that ends in .svg`, { option: "--plot" })
  const { memory, timeLimit, plot, json, ...rest } = flags
  const options: SimulationOptions = {
    ...rest,
    ...(out === undefined ? {} : { plan: out }),
    memoryBytes: parseBytes(memory, "--memory"),
    limitHours: timeLimit,
  }
  const { simulate } = await import("../../engine/simulate/simulate.js")
  const result = await simulate(options)
  if (plot !== undefined) await writePlot(plot, result, flags)
  if (json) return printJson({ ...result, scenarios: result.scenarios.map(({ busyCores, ...scenario }) => scenario) })
  print(result, flags)
  if (plot !== undefined) say(`plot: ${plot}`)
}

const writePlot = async (path: string, { scenarios }: Simulation, { nodes, cores }: Flags): Promise<void> => {
  const { busyPlot } = await import("../../engine/simulate/busy-plot.js")
  const drawn = scenarios.filter(({ name }) => ["as asked", "equal shards, one a node"].includes(name))
  const title = `${nodes} nodes of ${cores} cores`
  await writeFile(path, busyPlot(drawn, nodes * cores, title)).catch((cause: unknown) => {
    throw new EngineError("E_OUTPUT", `${path}: cannot be written; choose another place`, { file: path }, cause)
  })
}

const print = (result: Simulation, { nodes, cores, seed }: Flags): void => {
  const { tiles, points, shards, scenarios, costCoreSeconds, cost, bytesIn, bytesOut } = result
  const [asked] = scenarios
  printLine(
    `${grouped(tiles)} tiles, ${grouped(points / 1e9)} thousand million points, ${shards} shards on ${nodes} nodes of ${cores} cores (seed ${seed})`,
  )
  printLine(`${(costCoreSeconds / tiles).toPrecision(3)} core-seconds a tile, by costs measured on: ${cost.from}`)
  printLine("")
  const heading = ["", "hours", "efficiency %", "core-hours", "lost", "deaths", "breakdowns", "GB a node"]
  const rows = scenarios.map((one) => [
    one.name,
    one.hours.toFixed(1),
    (100 * one.efficiency).toFixed(1),
    Math.round(one.coreHours),
    Math.round(one.lostCoreHours),
    one.deaths,
    one.breakdowns,
    (one.peakBytes / 1e9).toFixed(0),
  ])
  printLine(formatTable([heading, ...rows]))
  if (asked === undefined) return
  printLine(`phases as asked: ${asked.phases.map(({ phase, hours }) => `${phase} ${hours.toFixed(2)} h`).join(", ")}`)
  const hours = asked.phases.find(({ phase }) => phase === "tile")?.hours ?? asked.hours
  printLine(
    `${(bytesIn / 1e12).toFixed(0)} TB read, ${(bytesOut / 1e12).toFixed(0)} TB written: ${(bytesIn / hours / 3600 / 1e9).toFixed(1)} GB/s of reading while tiles are made first`,
  )
  printLine("The phases join and finish are one task each.")
}
