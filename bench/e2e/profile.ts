/**
 * `npm run lab -- profile`: where the time of a call goes, by V8's profiles of every thread of the
 * engine.
 */
import { spawn } from "node:child_process"
import { readdir, readFile, rm } from "node:fs/promises"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { projectRoot } from "../machine.js"
import { labCommand } from "../options.js"
import { textTable } from "../text-table.js"

/**
 * A profile of one thread: what `node --cpu-prof` writes (Chrome DevTools Protocol,
 * Profiler.Profile). Times in microseconds.
 */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly startTime: number
  readonly endTime: number
  /** Ids of the node that was on top at each sample, and the time from the sample before. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/**
 * Frames that are no work of their own: the thread waits, in V8 or in Atomics.wait between two
 * tasks of the pool.
 */
const WAITS: readonly string[] = ["(idle)", "atomicsWaitLoop"]

/**
 * Milliseconds that each function was on top, over all threads, the dearest first. A sample counts
 * until the next one, the last until the profile's end; what waits is left out.
 *
 * @param root URL of the folder of the compiled files, which places are told from
 */
const ownTimes = (profiles: readonly CpuProfile[], root: string): [name: string, ms: number][] => {
  const times = new Map<string, number>()
  for (const { nodes, samples, timeDeltas, startTime, endTime } of profiles) {
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame, root)]))
    let now = startTime
    for (const [index, id] of samples.entries()) {
      now += timeDeltas[index] ?? 0
      const until = index + 1 < samples.length ? now + (timeDeltas[index + 1] ?? 0) : endTime
      const name = names.get(id)
      if (name !== undefined) times.set(name, (times.get(name) ?? 0) + Math.max(0, until - now) / 1000)
    }
  }
  return [...times].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
}

/** "readChunk engine/formats/las/…:12"; undefined for a frame that waits. */
const nameOf = (
  { functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"],
  root: string,
): string | undefined => {
  if (WAITS.includes(functionName)) return undefined
  const place = url.startsWith(root) ? `${url.slice(root.length).replace(/\.js$/, "")}:${lineNumber + 1}` : url
  const inside = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(place)?.[1]
  return `${functionName || "(anonymous)"} ${inside ?? place}`.trim()
}

/** Profiles a call of the built command and prints the functions. */
export const main = async (args: string[]): Promise<undefined> => {
  const call = labCommand("profile", "Profiles a call; prints the functions by the time that they took themselves.")
    .argument("<call...>", "as after `maille`: run tile.laz --out out")
    .allowUnknownOption()
    .passThroughOptions()
    .parse(args, { from: "user" }).args
  const folder = resolve("bench-out", "profiles")
  await rm(folder, { recursive: true, force: true })
  await runProfiled(call, folder)
  const files = (await readdir(folder)).filter((name) => name.endsWith(".cpuprofile"))
  const profiles = await Promise.all(
    files.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as CpuProfile),
  )
  const times = ownTimes(profiles, pathToFileURL(join(projectRoot, "dist/")).href)
  const whole = times.reduce((sum, [, ms]) => sum + ms, 0)
  const rows = times.slice(0, 40).map(([name, ms]) => [ms.toFixed(0), ((100 * ms) / whole).toFixed(1), name])
  console.log(textTable([["own ms", "%", "function"], ...rows]))
  console.log(`${files.length} threads; flame graphs: open ${folder}/*.cpuprofile in Chrome's DevTools (Performance).`)
}

/** Runs the command with a profile of each thread, written when the thread ends. */
const runProfiled = async (args: readonly string[], folder: string): Promise<void> => {
  const main = join(projectRoot, "dist", "cli", "main.js")
  // The engine process and its threads take the flag over from the supervisor that is started here.
  const profiled = ["--cpu-prof", `--cpu-prof-dir=${folder}`, main, ...args]
  const child = spawn(process.execPath, profiled, { stdio: ["ignore", "ignore", "inherit"] })
  const code = await new Promise((done, failed) => child.on("error", failed).on("close", done))
  if (code !== 0) throw new Error(`maille ${args.join(" ")} ended with exit code ${code}; its message is above`)
}
