/**
 * `npm run lab -- simulate`: simulates the duration of a plan on a cluster, with failures and
 * different shards.
 */
import { InvalidArgumentError } from "commander"
import { parseBytes } from "../../../engine/core/parse-values.js"
import { labCommand, printJson, within } from "../../options.js"
import { shortFigure, textTable } from "../../text-table.js"
import { type Simulation, type SimulationOptions, simulate } from "./simulate.js"

/** Options of a simulation, as the command line names them. */
interface Flags extends Omit<SimulationOptions, "memoryBytes" | "limitHours" | "plan"> {
  readonly memory: string
  readonly timeLimit: number
  readonly json?: true
}

export const main = async (args: string[]): Promise<undefined> => {
  await labCommand(
    "simulate",
    "Cuts a plan as `maille plan --shards` does, that of a made country or one that is there, and simulates its run event by event:\n" +
      "nodes take shards, pools take tiles, processes and nodes fail. Prints hours, core-hours and efficiency, as asked and with one circumstance changed in each further line.",
  )
    .argument("[out]", "output folder of a plan; without it a country is made")
    .option("--tiles <n>", "tiles of 1 km² of the made country", within(1, 2_000_000, 1), 550_000)
    .option("--nodes <n>", "nodes, one shard at a time on each", within(1, 10_000, 1), 40)
    .option("--cores <n>", "cores of a node", within(1, 1024, 1), 64)
    .option("--memory <bytes>", "memory of a node for tiles, such as 256G", "256G")
    .option("--failures <share>", "share of tiles that take their process down once", within(0, 1), 1e-4)
    .option("--node-failures <n>", "breakdowns of a node in a month, in the mean", within(0, 1000), 0.1)
    .option("--estimates-off <share>", "standard deviation of a tile's cost about its estimate", within(0, 5), 0.35)
    .option("--slow <share>", "share of tiles that are slow beyond that", within(0, 1), 0.002)
    .option("--slow-factor <n>", "how many times slower they are", within(1, 1000), 6)
    .option("--speeds <low,high>", "speeds of the nodes, against the one that was measured on", parseSpeeds, [0.7, 1.3])
    .option("--join-hours <n>", "hours within which the nodes come", within(0, 1000), 1)
    .option("--time-limit <hours>", "longest time of one task of an array", within(0.1, 10_000), 20)
    .option("--seed <n>", "of all that is random", within(0, 2 ** 32 - 1, 1), 1)
    .option("--json", "print one JSON document: { tiles, points, shards, costCoreSeconds, cost, stages, scenarios, … }")
    .action(run)
    .parseAsync(args, { from: "user" })
}

const parseSpeeds = (text: string): readonly [number, number] => {
  const [low = Number.NaN, high = Number.NaN, ...more] = text.split(",").map(Number)
  if (low > 0 && high >= low && more.length === 0) return [low, high]
  throw new InvalidArgumentError('Expected two numbers above 0, the lower first, such as "0.7,1.3".')
}

const run = async (plan: string | undefined, flags: Flags): Promise<void> => {
  const { memory, timeLimit, json, ...rest } = flags
  const memoryBytes = parseBytes(memory, "--memory")
  const source = plan === undefined ? {} : { plan }
  const result = await simulate({ ...rest, ...source, memoryBytes, limitHours: timeLimit })
  if (json) printJson(result)
  else print(result, flags)
}

const print = (result: Simulation, { nodes, cores, seed }: Flags): void => {
  const { tiles, points, shards, scenarios, costCoreSeconds, cost, bytesIn, bytesOut } = result
  const [asked] = scenarios
  const counts = `${shortFigure(tiles, 9)} tiles, ${shortFigure(points / 1e9)} thousand million points, ${shards} shards`
  console.log(`${counts} on ${nodes} nodes of ${cores} cores (seed ${seed})`)
  console.log(`${(costCoreSeconds / tiles).toPrecision(3)} core-seconds a tile, by costs measured on: ${cost.from}\n`)
  const heading = ["", "hours", "efficiency %", "core-hours", "lost", "deaths", "breakdowns", "GB a node"]
  const rows = scenarios.map((one) => [
    one.name,
    one.hours.toFixed(1),
    (100 * one.efficiency).toFixed(1),
    one.coreHours.toFixed(0),
    one.lostCoreHours.toFixed(0),
    String(one.deaths),
    String(one.breakdowns),
    (one.peakBytes / 1e9).toFixed(0),
  ])
  console.log(textTable([heading, ...rows], false))
  if (asked === undefined) return
  console.log(`phases as asked: ${asked.phases.map(({ phase, hours }) => `${phase} ${hours.toFixed(2)} h`).join(", ")}`)
  const hours = asked.phases.find(({ phase }) => phase === "tile")?.hours ?? asked.hours
  const [read, written] = [bytesIn, bytesOut].map((bytes) => (bytes / 1e12).toFixed(0))
  const rate = (bytesIn / hours / 3600 / 1e9).toFixed(1)
  console.log(`${read} TB read, ${written} TB written: ${rate} GB/s of reading while tiles are made first`)
}
