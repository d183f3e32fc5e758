/**
 * `npm run lab -- e2e`: runs the built command as a whole and measures it by stage. `npm run lab --
 * project` reads the result.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { cpus } from "node:os"
import { join, resolve } from "node:path"
import { EngineError } from "../../engine/errors.js"
import { machineFacts } from "../machine.js"
import { labCommand, printJson, within, wordsOf } from "../options.js"
import { type BenchDocument, benchDocument, type DocumentFacts, type ScenarioRun } from "./bench-document.js"
import { measureUnit } from "./laszip.js"
import { renderE2e } from "./render-e2e.js"
import { runMaille } from "./run-maille.js"
import { imagesAround, type Scenario, scenarios } from "./scenarios.js"

interface E2eOptions {
  /** Folder of the inputs, which are made once; 3.5 GB at full size. */
  readonly cache: string
  readonly quick?: boolean
  /** Names of runs, or their beginnings up to a hyphen (`scaling`); empty for all. */
  readonly only: readonly string[]
  /** The document's file. Runs already in it stay, if they are of this machine and commit. */
  readonly output?: string
  /** Number of small images of other places that are added to each run. */
  readonly imagesAround: number
}

/**
 * Makes missing inputs and runs the scenarios one after the other. Writes `output` after each run,
 * so an interrupted benchmark can continue with `only`.
 *
 * @throws EngineError E_USAGE for an unknown name, or an `output` of another machine, commit or
 * size
 */
const runE2e = async (options: E2eOptions): Promise<{ document: BenchDocument; text: string }> => {
  const { quick = false } = options
  const machine = await machineFacts()
  const cores = cpus().length
  const facts = {
    machine: { cpu: machine.cpu, cores, node: machine.node, date: machine.date },
    version: machine.maille,
    commit: machine.commit,
    quick,
  }
  const all = scenarios({ quick, cores })
  const chosen = chooseScenarios(all, options.only)
  const cache = resolve(options.cache)
  const runs = new Map((await earlierRuns(options.output, facts)).map((run) => [run.name, run]))
  const skipped: { name: string; reason: string }[] = []
  let document = joinDocument(facts, skipped, all, runs)
  const folder = join(cache, "images-around")
  const around = options.imagesAround === 0 ? undefined : await imagesAround(folder, options.imagesAround)
  for (const [index, scenario] of chosen.entries()) {
    const { name, ground, workers, tileSize, options: further = [], stratum, standIn } = scenario
    console.error(`${index + 1} of ${chosen.length}, ${name}: ${ground}`)
    await mkdir(cache, { recursive: true })
    const input = await scenario.prepare(cache)
    if (typeof input === "string") {
      console.error(`  skipped: ${input}`)
      skipped.push({ name, reason: input })
    } else {
      const { lidar } = input
      const images = around === undefined ? input.images : [...input.images, around]
      const run = await runMaille({
        name,
        ground,
        workers,
        tileSize,
        options: further,
        input: { lidar, images },
        out: join(cache, "run"),
      })
      const unit = await measureUnit(lidar)
      if (typeof unit === "string") console.error(`  no unit D: ${unit}`)
      const inUnits = typeof unit === "number" ? { unitSeconds: unit } : {}
      const counted = { ...run, ...inUnits, ...(stratum ? { stratum } : {}), ...(standIn ? { standIn } : {}) }
      runs.set(name, counted)
      const { coreSecondsPerKm2, timeMs, peakBytes } = run
      console.error(
        `  ${timeMs / 1000} s, ${coreSecondsPerKm2} core-seconds a km², peak ${Math.round(peakBytes / 1e6)} MB`,
      )
    }
    document = joinDocument(facts, skipped, all, runs)
    if (options.output !== undefined) await writeFile(options.output, `${JSON.stringify(document, undefined, 1)}\n`)
  }
  return { document, text: renderE2e(document) }
}

/** The document of the runs, in the order of the scenarios. */
const joinDocument = (
  facts: Omit<DocumentFacts, "skipped">,
  skipped: DocumentFacts["skipped"],
  all: readonly Scenario[],
  runs: ReadonlyMap<string, ScenarioRun>,
): BenchDocument =>
  benchDocument(
    { ...facts, skipped: skipped.filter(({ name }) => !runs.has(name)) },
    all.flatMap(({ name }) => runs.get(name) ?? []),
  )

const chooseScenarios = (all: readonly Scenario[], only: readonly string[]): readonly Scenario[] => {
  const means = (asked: string, name: string): boolean => name === asked || name.startsWith(`${asked}-`)
  const unknown = only.find((asked) => all.every(({ name }) => !means(asked, name)))
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(", ")
    throw new EngineError("E_USAGE", `--only: there is no run "${unknown}"; known: ${known}`, { option: "--only" })
  }
  return only.length === 0 ? all : all.filter(({ name }) => only.some((asked) => means(asked, name)))
}

/**
 * Runs of an existing output file. Throws for another machine, commit or size: such figures cannot
 * be compared with new ones.
 */
const earlierRuns = async (
  path: string | undefined,
  facts: Omit<DocumentFacts, "skipped">,
): Promise<readonly ScenarioRun[]> => {
  if (path === undefined) return []
  let found: BenchDocument
  try {
    found = JSON.parse(await readFile(path, "utf8")) as BenchDocument
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw new EngineError("E_USAGE", `${path} is there and cannot be read as bench.json; name another file`, {}, error)
  }
  const mark = (document: Omit<DocumentFacts, "skipped">): string =>
    `${document.machine.cpu}, Node.js ${document.machine.node}, commit ${document.commit}${document.quick ? ", --quick" : ""}`
  if (mark(found) === mark(facts)) return found.runs
  const text = `${path} holds runs of ${mark(found)}, these would be of ${mark(facts)}; name another file, or move that one away`
  throw new EngineError("E_USAGE", text, { file: path })
}

export const main = async (args: string[]): Promise<undefined> => {
  const { json, ...flags } = labCommand(
    "e2e",
    "Runs the main job on a made tile of 1 km² with 30 million points, on 3 × 3 such tiles, on the demonstration, with 1, 2, … workers, and on kinds of ground, and of some products.\n" +
      "Prints core-seconds a km² by stage, bytes, peak memory, scaling and times of tiles. The inputs (3.5 GB) are made once.",
  )
    .option("--cache <dir>", "folder for the inputs", "bench-out")
    .option("--quick", "small tiles of few points: shows that everything works, tells nothing of real tiles")
    .option("--only <names>", "only these runs, as tile,block,demo,scaling,forest", wordsOf, [])
    .option("--images-around <n>", "small images of other places beside each run's", within(0, 1e6, 1), 0)
    .option("-o, --output <file>", "write bench.json after each run; runs that it holds of this commit are kept")
    .option("--json", "print one JSON document: { machine, version, scaling, notes, runs, … }")
    .parse(args, { from: "user" })
    .opts<E2eOptions & { readonly json?: true }>()
  const { document, text } = await runE2e(flags)
  if (json) printJson(document)
  else console.log(text)
}
