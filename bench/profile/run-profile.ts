/**
 * Where the time goes: `npm run bench:profile`. Makes the products of the full-density tile of 1 km² with every thread of the engine profiled by V8, and draws all of
 * them as one flame graph.
 *
 * Options: `--run NAME` another run of the end-to-end benchmark (tile), `--cache DIR` (bench-out), `--output FILE` (bench-out/flame.html), `--quick` small tiles.
 */
import { spawn } from "node:child_process"
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { cpus } from "node:os"
import { dirname, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import type { RunSummary } from "../../engine/report/outcome.js"
import { scenarios } from "../e2e/scenarios.js"
import { machineFacts, projectRoot } from "../machine.js"
import { textTable } from "../text-table.js"
import type { CpuProfile } from "./cpu-profile.js"
import { flamePage } from "./flame-page.js"
import { type FlameThreads, flameTree, frameTotals } from "./flame-tree.js"

const { values: flags } = parseArgs({
  options: {
    run: { type: "string", default: "tile" },
    cache: { type: "string", default: "bench-out" },
    output: { type: "string" },
    quick: { type: "boolean", default: false },
  },
})

/** Runs the command with a profile of each thread; they are written when a thread ends. */
const runProfiled = async (args: readonly string[], folder: string): Promise<RunSummary> => {
  await rm(folder, { recursive: true, force: true })
  const main = join(projectRoot, "dist", "cli", "main.js")
  // The engine process and its threads take the flag over from the supervisor that is started here.
  const profiled = ["--cpu-prof", `--cpu-prof-dir=${folder}`, main, ...args]
  const child = spawn(process.execPath, profiled, { stdio: ["ignore", "pipe", "inherit"] })
  let printed = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text
  })
  const code = await new Promise((done, failed) => child.on("error", failed).on("close", done))
  if (code !== 0) throw new Error(`maille ${args.join(" ")} ended with exit code ${code}; its message is above`)
  return JSON.parse(printed) as RunSummary
}

/** The profiles of the engine process: `CPU.<day>.<time>.<process>.<thread>.<number>.cpuprofile`, thread 0 the main one. */
const readThreads = async (folder: string): Promise<FlameThreads[]> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".cpuprofile")).sort()
  const parts = files.map((name) => ({ name, process: name.split(".")[3], thread: name.split(".")[4] }))
  const engine = parts.find(({ thread }) => thread !== "0")?.process
  const read = async (isWanted: (thread: string | undefined) => boolean): Promise<CpuProfile[]> => {
    const own = parts.filter((part) => part.process === engine && isWanted(part.thread))
    return Promise.all(
      own.map(async ({ name }) => JSON.parse(await readFile(join(folder, name), "utf8")) as CpuProfile),
    )
  }
  return [
    { name: "worker threads", profiles: await read((thread) => thread !== "0") },
    { name: "main thread", profiles: await read((thread) => thread === "0") },
  ]
}

const cache = resolve(flags.cache)
const output = resolve(flags.output ?? join(cache, "flame.html"))
const known = scenarios({ quick: flags.quick, cores: cpus().length })
const scenario = known.find(({ name }) => name === flags.run)
if (scenario === undefined) {
  console.error(`bench:profile: there is no run "${flags.run}"; known: ${known.map(({ name }) => name).join(", ")}`)
  process.exit(2)
}
await mkdir(cache, { recursive: true })
const input = await scenario.prepare(cache)
if (typeof input === "string") {
  console.error(`bench:profile: ${scenario.name} cannot be run here: ${input}`)
  process.exit(3)
}
const [out, folder] = [join(cache, "profiled"), join(cache, "profiles")]
const options = [
  "--tile-size",
  String(scenario.tileSize),
  "--workers",
  String(scenario.workers),
  "--out",
  out,
  "--force",
]
const imagery = input.images.length === 0 ? [] : ["--imagery", ...input.images]
try {
  const summary = await runProfiled(["run", ...input.lidar, ...imagery, ...options, "--json"], folder)
  const root = `${pathToFileURL(join(projectRoot, "dist")).href}/`
  const tree = flameTree(await readThreads(folder), root)
  const facts = await machineFacts()
  const [sampled, whole] = [tree.totalMs / 1000, summary.processCpuMs / 1000]
  const notes = [
    `${scenario.ground}; ${scenario.workers} worker(s), ${summary.timeMs / 1000} s.`,
    `maille ${facts.maille} (${facts.commit}) on ${facts.cpu}, Node.js ${facts.node}, ${facts.date}.`,
    `Sampled each millisecond: ${sampled.toFixed(1)} s at work, of ${whole.toFixed(1)} core-seconds of the process while it was profiled (samples count a thread that waits for a core as well). Threads that run no JavaScript are not sampled: those that collect garbage and compile beside the others, and those that encode JPEG and write files.`,
  ]
  await mkdir(dirname(output), { recursive: true })
  await writeFile(output, flamePage(tree, { title: "maille: where the time goes", notes }))
  const percent = (ms: number): string => `${((100 * ms) / tree.totalMs).toFixed(1)} %`
  const rows = frameTotals(tree)
    .slice(0, 20)
    .map(({ name, place, selfMs, totalMs }) => [
      name,
      (selfMs / 1000).toFixed(2),
      percent(selfMs),
      percent(totalMs),
      place,
    ])
  console.log(
    `${notes.join("\n")}\n\n${textTable([["function", "own s", "own", "with calls", "where"], ...rows])}\n\n${output}`,
  )
} finally {
  await rm(out, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
}
