/**
 * Plans of small tiles, made of real crops, on a real Slurm cluster of two nodes that lose their
 * power, their network, their controller and their time: what comes out is what one machine makes.
 *
 * The plans run side by side, and the faults befall all of them: a power cut of a node, a node that
 * is cut off and comes back with its tasks alive, a controller that is killed, tasks that hit their
 * time limit, a tile that kills each process that tries it.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isFinished } from "../../engine/distributed/open-phases.js"
import { type QueuedJob, readQueue } from "../../engine/distributed/slurm/client.js"
import { listJournals } from "../../engine/journal/shard-journals.js"
import { readShardPlan } from "../../engine/plan/shards/read-shard-plan.js"
import { hashOutput } from "../../engine/report/hash-output.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"
import { Cluster, hasSlurm, waitUntil } from "./cluster.js"

/**
 * Takes its time as long as a file is there, and kills its process at one tile, as the environment
 * tells; what it makes does not depend on it.
 */
const kernelText = `
import { existsSync } from "node:fs"
export default { id: "test.pace", version: 1, summary: "for a test", inputs: { ground: { kind: "points", classes: [2] } },
  outputs: { "pace-quality": { kind: "metrics" } }, options: {}, halo: () => 0, memory: () => 0,
  run: (tile, { ground }) => {
    if (tile.key === process.env.MAILLE_TEST_POISON) process.kill(process.pid, "SIGKILL")
    const [file = "", ms] = (process.env.MAILLE_TEST_PACE ?? "").split(" ")
    if (existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms))
    return { "pace-quality": { points: ground.count } }
  } }
`

/** Half of sixteen tiles. */
const common = ["--tile-size", "50", "--spacing", "1", "--bbox", "292001,6832001,292099,6832199"]
/** One with all four phases, and one with the two that every job has. */
const products = {
  whole: ["--products", "mesh,vector", "--layers", "building"],
  short: ["--products", "mesh,dsm", "--mesh", "surface"],
}
/** One of the eight tiles. */
const poison = "18/5841/136642"

/** A plan under way. */
interface Submitted {
  readonly out: string
  readonly env: NodeJS.ProcessEnv
  /** How often nothing of it was left in the queue, and it was resumed by hand. */
  resumed: number
}

describe.skipIf(!hasSlurm || sharedData === undefined)("plans on a cluster of two nodes", () => {
  let folder = ""
  let cluster: Cluster
  const plans: Record<string, Submitted> = {}

  const began = Date.now()
  const note = (text: string): void => console.info(`${Math.round((Date.now() - began) / 1000)} s: ${text}`)
  const job = (name: keyof typeof products, out: string): string[] => [
    join(folder, "t02.copc.laz"),
    ...common,
    ...products[name],
    ...["--kernel", join(folder, "pace.mjs"), "--out", join(folder, out)],
  ]
  const makeReferences = async (): Promise<void> => {
    const run = (name: keyof typeof products, out: string, env: NodeJS.ProcessEnv = {}) =>
      runMaille(["run", ...job(name, `${out}-local`), "--workers", "1"], env)
    await run("whole", "faulty")
    await run("short", "limited")
    await run("short", "poisoned", { MAILLE_TEST_POISON: poison })
  }
  const submit = async (
    name: keyof typeof products,
    out: string,
    env: NodeJS.ProcessEnv,
    flags: readonly string[],
  ): Promise<Submitted> => {
    const path = join(folder, out)
    expect((await runMaille(["plan", ...job(name, out), "--shards", flags[0]!])).code).toBe(0)
    const all = { ...cluster.env, ...env }
    const submitted = await runMaille(["submit", "slurm", path, "--mem", "1G", ...flags.slice(1)], all)
    expect(submitted.code, submitted.stderr).toBe(0)
    plans[out] = { out: path, env: all, resumed: 0 }
    return plans[out]
  }
  const status = async ({ out, env }: Submitted) => jsonOf(await runMaille(["status", out, "--json"], env))
  /** The jobs of a plan in the queue; none while the controller does not answer. */
  const queueOf = async ({ out }: Submitted): Promise<readonly QueuedJob[] | undefined> =>
    readQueue(await readShardPlan(out)).catch(() => undefined)

  const submissionOf = async ({ out }: Submitted) => JSON.parse(await readFile(join(out, "plan/slurm.json"), "utf8"))
  /** Attempts at each shard in the first phase. */
  const attempts = async ({ out }: Submitted): Promise<Map<number, number>> => {
    const counts = new Map<number, number>()
    for (const { phase, shard } of await listJournals(out))
      if (phase === "tile") counts.set(shard, (counts.get(shard) ?? 0) + 1)
    return counts
  }

  /**
   * Does what a user does until a plan is finished: resumes it when nothing of it is left in the
   * queue, and releases what Slurm holds.
   */
  const attend = (plan: Submitted, seconds: number): Promise<void> =>
    waitUntil(`${plan.out} to finish`, seconds, async () => {
      // In this process: a command a second for each plan would slow the cluster down.
      if (await isFinished(plan.out, await readShardPlan(plan.out))) {
        note(`${plan.out} is finished, resumed by hand ${plan.resumed} time(s)`)
        return true
      }
      const queue = await queueOf(plan)
      for (const { id, state } of queue ?? []) if (state === "held") await cluster.asks("scontrol", "release", id)
      await Promise.all(["node1", "node2"].map((name) => cluster.restore(name)))
      if (queue?.length === 0) {
        plan.resumed++
        await runMaille(["resume", plan.out], plan.env)
      }
      await sleep(1500)
      return false
    })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-slurm-"))
    await writeFile(join(folder, "pace.mjs"), kernelText)
    await runMaille(["copc", `${sharedData}/bench/t02.laz`, "--out", folder])
    cluster = await Cluster.start({ NODES: 2, CPUS: 8, MEM: 16_384 }, "SelectTypeParameters=CR_CPU_Memory,CR_LLN")
    Object.assign(process.env, cluster.env)
    // Every tile takes longer than tasks have, until the chain has submitted itself again.
    const limits = ["--time", "1", "--single-time", "10", "--warning", "5", "--rounds", "10"]
    const slow = async (out: string) => {
      await writeFile(join(folder, `${out}.slow`), "")
      return { MAILLE_TEST_PACE: `${join(folder, `${out}.slow`)} 20000` }
    }
    const limited = await submit("short", "limited", await slow("limited"), ["1", ...limits])
    const first = await submissionOf(limited)
    const quickened = (async () => {
      await waitUntil("a second round", 600, async () => (await submissionOf(limited)).at !== first.at)
      note("the plan whose time was too short has submitted itself again")
      await rm(join(folder, "limited.slow"))
    })()
    const faulty = await submit("whole", "faulty", await slow("faulty"), ["2"])
    const { shards } = await readShardPlan(faulty.out)
    await waitUntil("all its tasks, on both nodes", 240, async () => {
      const nodes = (await queueOf(faulty))?.map((one) => one.nodes) ?? []
      return nodes.includes("node1") && nodes.includes("node2") && (await attempts(faulty)).size === shards.length
    })
    await cluster.does("node-freeze", "node2")
    await submit("short", "poisoned", { MAILLE_TEST_POISON: poison }, ["1"])
    const references = makeReferences()
    await cluster.waitForNode("node2", /down/, 240)
    note("node2 is taken for dead, its tasks are alive")
    await waitUntil("a second copy of a task", 240, async () => [...(await attempts(faulty)).values()].includes(2))
    await cluster.does("node-thaw", "node2")
    await cluster.restore("node2")
    await cluster.does("node-off", "node1")
    await cluster.waitForNode("node1", /down/, 240)
    note("node1 is dead")
    await rm(join(folder, "faulty.slow"))
    await cluster.does("node-on", "node1")
    await cluster.does("ctl-crash")
    await cluster.does("ctl-on")
    note("the controller is back")
    await Promise.all([references, quickened, ...Object.values(plans).map((plan) => attend(plan, 900))])
  }, 2_400_000)
  afterAll(async () => {
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it.each(["faulty", "limited", "poisoned"])(
    "%s: comes to the bytes of a run on one machine, whole and swept",
    async (name) => {
      const { out } = plans[name]!
      expect(await hashOutput(out, { list: true })).toEqual(await hashOutput(`${out}-local`, { list: true }))
      expect((await readdir(join(out, ".work/tmp")).catch(() => [])).length).toBe(0)
      const all = await readdir(out, { recursive: true })
      expect(all.filter((path) => path.endsWith(".tmp"))).toEqual([])
      const { left, failed, quarantined } = await status(plans[name]!)
      expect({ left, failed, quarantined }).toEqual({ left: 0, failed: 0, quarantined: name === "poisoned" ? 1 : 0 })
    },
  )

  it("was run by more attempts than it has shards, where nodes were lost", async () => {
    expect(await cluster.restarts()).toBeGreaterThan(1)
    const { attempts, phases } = await status(plans["faulty"]!)
    const shards = phases.reduce((sum: number, { shards = 1 }: { shards?: number }) => sum + shards, 0)
    expect(attempts).toBeGreaterThan(shards)
  })

  it("submitted itself again where the time was too short, without a hand", async () => {
    expect(plans["limited"]!.resumed).toBe(0)
    const logs = await readdir(join(plans["limited"]!.out, "plan/log"))
    expect(logs.filter((name) => name.startsWith("finish")).length).toBeGreaterThan(1)
  })

  it("gave the tile up that kills its process, and told so", async () => {
    const { faults } = await status(plans["poisoned"]!)
    expect(faults).toEqual([`tile ${poison}`])
    expect((await runMaille(["status", plans["poisoned"]!.out], cluster.env)).code).toBe(1)
    const reason = JSON.parse(
      await readFile(
        join(plans["poisoned"]!.out, `quarantine/tile-${poison.replaceAll("/", "-")}/reason.json`),
        "utf8",
      ),
    )
    expect(reason.reproduce).toContain("maille")
  })
})
