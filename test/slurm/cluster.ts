/** A real Slurm cluster on this machine (`mini-cluster`), for tests. */
import { execFile, execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const execute = promisify(execFile)
const script = fileURLToPath(new URL("./mini-cluster", import.meta.url))

/**
 * True where a cluster can be brought up: Slurm and munge are installed, and this user may make
 * namespaces.
 */
export const hasSlurm: boolean = (() => {
  try {
    const tools = "command -v slurmctld && command -v slurmd && command -v munged && command -v sbatch"
    execFileSync(
      "bash",
      ["-c", `[ $EUID = 0 ] && PATH=$PATH:/usr/sbin:/sbin && ${tools} && unshare --uts --mount true`],
      {
        stdio: "ignore",
      },
    )
    return true
  } catch {
    return false
  }
})()

/**
 * Size and times of a cluster: the settings at the head of `mini-cluster`, without their prefix.
 */
export type ClusterSettings = Readonly<Record<string, number>>

/** A cluster that runs. */
export class Cluster {
  readonly #folder: string
  /** What commands of Slurm and of maille need to find it. */
  readonly env: Readonly<Record<string, string>>

  private constructor(folder: string) {
    this.#folder = folder
    this.env = { MINI_SLURM_DIR: folder, SLURM_CONF: join(folder, "etc/slurm.conf") }
  }

  /** Brings a cluster up, with further lines of slurm.conf; under a second. */
  static async start(settings: ClusterSettings, conf = ""): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), "mini-slurm-"))
    writeFileSync(join(folder, "extra.conf"), `${conf}\n`)
    const named = Object.entries(settings).map(([name, value]) => [`MINI_SLURM_${name}`, String(value)] as const)
    const cluster = new Cluster(folder)
    // Of clusters that start at one time each looks for free ports elsewhere first: process ids are
    // not the same.
    const PORT = await freeBlock(17_000 + 100 * (process.pid % 120))
    // The daemons outlive the script: they must not hold its pipes.
    await execute("bash", ["-c", `"$0" start >"$1" 2>"$1.err" </dev/null`, script, join(folder, "start.out")], {
      env: {
        ...process.env,
        ...Object.fromEntries(named),
        MINI_SLURM_PORT: String(PORT),
        MINI_SLURM_DIR: folder,
        MINI_SLURM_EXTRA: join(folder, "extra.conf"),
      },
    })
    return cluster
  }

  /** `node-off node1`, `ctl-crash` and the like. */
  async does(...words: readonly string[]): Promise<void> {
    await execute("bash", ["-c", `"$0" "$@" >/dev/null </dev/null`, script, ...words], {
      env: { ...process.env, ...this.env },
    })
  }

  /** Runs one of Slurm's commands; "" when it fails, as while the controller is down. */
  async asks(program: string, ...args: readonly string[]): Promise<string> {
    return execute(program, [...args], { env: { ...process.env, ...this.env } }).then(
      ({ stdout }) => stdout,
      () => "",
    )
  }

  /** How often Slurm started tasks again, in all. */
  async restarts(): Promise<number> {
    const { jobs } = JSON.parse(await this.asks("squeue", "--json", "--states=all")) as {
      jobs: { restart_cnt?: number }[]
    }
    return jobs.reduce((sum, { restart_cnt = 0 }) => sum + restart_cnt, 0)
  }

  /** Waits until a node's state, as sinfo has it, matches. */
  async waitForNode(name: string, state: RegExp, seconds: number): Promise<void> {
    let last = ""
    await waitUntil(`${name} to be ${state}`, seconds, async () => {
      last = await this.asks("sinfo", "-h", "-N", "-n", name, "-o", "%t")
      return state.test(last)
    }).catch((error: Error) => {
      const log = readFileSync(join(this.#folder, "log/slurmctld.log"), "utf8").split("\n").slice(-40).join("\n")
      throw new Error(`${error.message}; it is ${last}${log}`)
    })
  }

  /**
   * Does what an operator does for a node that is back, until it takes jobs: Slurm drains one that
   * it finds with another one's task.
   */
  async restore(name: string): Promise<void> {
    await waitUntil(`${name} to take jobs again`, 240, async () => {
      const state = await this.asks("sinfo", "-h", "-N", "-n", name, "-o", "%t")
      if (/drain|drng|down$/m.test(state)) await this.asks("scontrol", "update", `NodeName=${name}`, "State=RESUME")
      return /^(idle|mix|alloc)/.test(state)
    })
  }

  /** Ends all of it and removes its folder. */
  async stop(): Promise<void> {
    await this.does("stop")
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** First of ten free ports of 127.0.0.1, at a hundred from where it is looked for or behind. */
const freeBlock = async (first: number): Promise<number> => {
  for (let port = first; port < 32_000; port += 100)
    if ((await Promise.all(Array.from({ length: 10 }, (_, index) => isFree(port + index)))).every(Boolean)) return port
  throw new Error(`no ten free ports from ${first} on`)
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(false))
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)))
  })

/** Asks again and again until the answer is yes; throws when it was not after so long. */
export const waitUntil = async (what: string, seconds: number, isSo: () => Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + 1000 * seconds; !(await isSo()); await sleep(300))
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`)
}
