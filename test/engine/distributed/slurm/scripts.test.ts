import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { phaseSteps } from "../../../../engine/distributed/phase-steps.js"
import { regionTaskKeys } from "../../../../engine/distributed/region-tasks.js"
import { countRanges, formatRanges } from "../../../../engine/distributed/slurm/array-spec.js"
import { parseQueue } from "../../../../engine/distributed/slurm/client.js"
import { slurmOptions } from "../../../../engine/distributed/slurm/options.js"
import { jobNames, slurmJobs } from "../../../../engine/distributed/slurm/scripts.js"
import { noWork } from "../../../../engine/plan/cost/tile-work.js"
import { costOf, shardPlanOf } from "../shard-plan.js"

const gibibyte = 2 ** 30
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

describe("array indexes", () => {
  it("are written as ranges and counted back", () => {
    expect(formatRanges([3, 17, ...numbers(13).map((i) => 40 + i)])).toBe("3,17,40-52")
    expect(formatRanges([])).toBe("")
    for (const set of [[0], [0, 1], [0, 2, 4, 5, 6, 9], numbers(1000)])
      expect(countRanges(formatRanges(set))).toBe(set.length)
    expect(countRanges("4-19%4")).toBe(16)
    expect(countRanges("0-10:5,12")).toBe(4)
  })
})

describe("the steps of a plan", () => {
  it("are arrays of at most so many tasks, one for each class of memory, whose offsets lead back to the shards", () => {
    const hungry = new Set([5, 1500])
    const plan = shardPlanOf(numbers(2500).map((i) => (hungry.has(i) ? 5 * gibibyte : gibibyte)))
    const limits = { arraySize: 1001, memoryBytes: 2 * gibibyte, singleMemoryBytes: gibibyte }
    const steps = phaseSteps(plan, [{ phase: "tile", shards: numbers(2500) }, { phase: "finish" }], limits)
    const arrays = steps.filter(({ tasks }) => tasks !== undefined)
    expect(
      arrays.flatMap(({ tasks = [], offset }) => tasks.map((task) => task + offset)).sort((a, b) => a - b),
    ).toEqual(numbers(2500))
    for (const { tasks = [] } of arrays) expect(Math.max(...tasks)).toBeLessThan(1001)
    const large = arrays.filter(({ memoryBytes }) => memoryBytes === 8 * gibibyte)
    expect(large.flatMap(({ tasks = [], offset }) => tasks.map((task) => task + offset))).toEqual([5, 1500])
    expect(steps.at(-1)).toEqual({ phase: "finish", offset: 0, memoryBytes: gibibyte })
    expect(() =>
      phaseSteps(plan, [{ phase: "tile", shards: [5] }], { ...limits, mostMemoryBytes: 6 * gibibyte }),
    ).toThrow(/shard 5.*--max-mem/)
  })
})

describe("the jobs of a plan", () => {
  const plan = shardPlanOf(numbers(1500).map(() => gibibyte))
  const options = slurmOptions(plan, {
    command: ["maille"],
    arraySize: 1001,
    time: "20",
    atOnce: 8,
    sbatch: ["--exclusive"],
    setup: ["module load 'node js'"],
  })
  const open = [
    { phase: "tile" as const, shards: [0, 1, 2, 1400] },
    { phase: "job" as const },
    { phase: "model" as const, shards: numbers(1500) },
    { phase: "finish" as const },
  ]
  const jobs = slurmJobs("/data/it's 5% done", plan, open, options)

  it("are a chain: each phase behind all arrays of the one before it", () => {
    expect(jobs.map(({ phase, tasks, after }) => [phase, tasks, after])).toEqual([
      ["tile", 3, []],
      ["tile", 1, []],
      ["job", undefined, [0, 1]],
      ["model", 1001, [2]],
      ["model", 499, [2]],
      ["finish", undefined, [3, 4]],
      ["end", undefined, [5]],
    ])
    expect(jobNames(plan)).toEqual(expect.arrayContaining(jobs.map(({ name }) => name)))
  })

  it("are scripts that shells take, whose last command takes the shell's place", () => {
    const own = slurmJobs("/data/out", { ...plan, kernels: { "/own.mjs": "0" } }, open, options)
    for (const [i, { script, tasks, phase }] of jobs.entries()) {
      expect(script).not.toContain("--trust-kernels")
      // Of a plan that was made with --kernel, wherever tiles run.
      expect(own[i]?.script.includes(" --trust-kernels ")).toBe(phase !== "end")
      execFileSync("bash", ["-n"], { input: script })
      const lines = script.trimEnd().split("\n")
      expect(lines[0]).toBe("#!/bin/bash")
      expect(lines.at(-1)).toMatch(/^exec maille /)
      for (const line of ["--requeue", "--open-mode=append", "--exclusive"]) expect(lines).toContain(`#SBATCH ${line}`)
      expect(script.includes("--before")).toBe(tasks === undefined)
      if (phase !== "end") expect(lines).toContain("#SBATCH --signal=B:USR1@180")
    }
    expect(jobs[1]?.script).toContain("#SBATCH --array=399%8\n")
    expect(jobs[1]?.script).toContain("--shard --shard-offset 1001 ")
    // The shell gives the words back as they are.
    const echoed = execFileSync("bash", ["-s"], {
      input: jobs[0]?.script.replace(/^exec maille/m, "printf '%s\\n'").replace(/^module.*$/m, ""),
    })
    expect(String(echoed).split("\n")).toContain("/data/it's 5% done/plan/job.json")
    expect(jobs[0]?.script).toContain(`--output="/data/it's 5%% done/plan/log/tile-%A_%a.log"`)
  })

  it("are none where a path or an option would begin a line of its own", () => {
    const scripts = (out: string, more = {}) => slurmJobs(out, plan, open, { ...options, ...more })
    const said = { code: "E_USAGE", message: expect.stringContaining("line breaks") }
    expect(() => scripts("/data/new\ntouch PWNED\n#")).toThrow(expect.objectContaining(said))
    expect(() => scripts("/data/new\rline")).toThrow(expect.objectContaining(said))
    for (const more of [{ partition: "a\nb" }, { sbatch: ["--exclusive\ntouch PWNED"] }, { command: ["a\nb"] }])
      expect(() => scripts("/data/out", more), JSON.stringify(more)).toThrow(expect.objectContaining(said))
    expect(() => scripts("/data/$(touch PWNED)`;\"'")).not.toThrow()
  })
})

describe("an automatic time limit", () => {
  const made = shardPlanOf([1, 1, 5, 1].map((size) => size * gibibyte))
  const costs = [36_000, 20_000, 72_000, 100]
  const plan = {
    ...made,
    tiles: 500_000,
    work: { own: { ...noWork, tiles: 500_000 }, ring: noWork },
    shards: made.shards.map((one, i) => ({ ...one, costCoreSeconds: costs[i]! })),
  }
  const open = [
    { phase: "tile" as const, shards: [0, 1, 2, 3] },
    { phase: "job" as const },
    { phase: "model" as const, shards: [3] },
    { phase: "finish" as const },
  ]
  const limits = (more: object): string[] => {
    const options = slurmOptions(plan, {
      command: ["maille"],
      arraySize: 1001,
      time: "auto",
      cpus: 4,
      memoryBytes: 2 * gibibyte,
      ...more,
    })
    return slurmJobs("/data/out", plan, open, options).map(({ phase, script }) => {
      const array = /--array=(\S+)/.exec(script)?.[1] ?? ""
      return `${phase} ${array} ${/--time=(\S+)/.exec(script)?.[1]}`
    })
  }

  it("of regions is that of an even share of them, in as many tasks as the plan has", () => {
    const regions = [["70_650", "71_650"], ["71_651"], ["70_651"]].map((own) => own.map((region) => ({ region })))
    const phases = ["tile", "region", "job", "model", "finish"] as const
    const cost = costOf({ tile: 0.48, model: 0.52, region: 0.17 })
    const larger = { ...plan, cost, phases, regions, regionKernels: [{ id: "a.b-join", ring: false }] }
    const options = { command: ["maille"], arraySize: 1001, time: "auto", cpus: 4, memoryBytes: 2 * gibibyte }
    const [job] = slurmJobs(
      "/data/out",
      larger,
      [{ phase: "region", shards: [0, 1, 2] }],
      slurmOptions(larger, options),
    )
    expect(job?.tasks).toBe(3)
    expect(job?.script).toContain("--array=0-2")
    expect(job?.script).toContain("--phase region --shard")
    // A third of 500,000 tiles at 0.17 s each, on 4 processors, three times.
    expect(job?.script).toContain("--time=06:10:00")
    expect([0, 1, 2].map((task) => regionTaskKeys(larger, task))).toEqual([
      ["a.b-join@70_650", "a.b-join@71_650"],
      ["a.b-join@71_651"],
      ["a.b-join@70_651"],
    ])
    const around = { ...larger, regions: [[{ region: "70_650", ringOnly: true as const }]] }
    expect(regionTaskKeys(around, 0)).toEqual([])
    expect(regionTaskKeys({ ...around, regionKernels: [{ id: "a.b-join", ring: true }] }, 0)).toHaveLength(1)
  })

  it("is that of the dearest shard of each class of memory, on its processors, three times", () => {
    // 480 s to start and to be warned; tiles take 0.48 of their cost in their first stage. One task
    // for 500,000 tiles: 4 and 4.3 ms each.
    const hours = (seconds: number): string => {
      const tens = Math.ceil((480 + 3 * seconds) / 600)
      return `${String(Math.floor(tens / 6)).padStart(2, "0")}:${(tens % 6) * 10 || "00"}:00`
    }
    expect(limits({})).toEqual([
      `tile 0-1,3 ${hours((36_000 * 0.48) / 4)}`,
      `tile 2 ${hours((72_000 * 0.48) / 4)}`,
      `job  ${hours(500_000 * 0.004)}`,
      "model 3 00:30:00",
      `finish  ${hours(500_000 * 0.0043)}`,
      `end  ${hours(500_000 * 0.0043)}`,
    ])
  })

  it("is no longer than asked, and only where it is asked for", () => {
    expect(limits({ mostTime: "2:00:00" }).map((one) => one.split(" ").at(-1))).toEqual([
      ...["02:00:00", "02:00:00", "01:50:00", "00:30:00", "02:00:00", "02:00:00"],
    ])
    expect(limits({ time: "60", singleTime: "auto" }).filter((one) => one.endsWith(" 60"))).toHaveLength(3)
    expect(() => limits({ mostTime: "long" })).toThrow(/--max-time/)
  })
})

describe("a time limit", () => {
  it("is longer than the warning before it, in each of Slurm's forms", () => {
    const options = (time: string) => () => slurmOptions(shardPlanOf([1]), { command: ["maille"], arraySize: 9, time })
    for (const time of ["4", "3:01", "0:03:01", "1-0", "1-0:30", "UNLIMITED"]) expect(options(time), time).not.toThrow()
    for (const time of ["3", "2:59", "0:03:00", "0-0:3"]) expect(options(time), time).toThrow("--warning")
  })
})

describe("the queue", () => {
  const job = { job_id: 7, name: "maille-0-tile", array_job_id: { set: true, number: 0 }, state_reason: "None" }
  const queue = (jobs: readonly object[]) => parseQueue(JSON.stringify({ jobs }), ["maille-0-tile", "maille-0-end"])

  it("knows what waits, runs, is held or over, of this plan alone", () => {
    const array = { array_job_id: { set: true, number: 7 } }
    expect(
      queue([
        {
          ...job,
          ...array,
          job_state: ["PENDING"],
          array_task_string: "4-19%4",
          array_task_id: { set: false, number: 0 },
        },
        {
          ...job,
          ...array,
          job_id: 9,
          job_state: ["RUNNING"],
          array_task_id: { set: true, number: 3 },
          nodes: "node1",
        },
        { ...job, job_id: 8, name: "maille-0-end", job_state: ["PENDING"], state_reason: "Dependency" },
        { ...job, job_id: 10, job_state: ["PENDING"], state_reason: "launch failed requeued held", restart_cnt: 1 },
        { ...job, job_id: 11, job_state: ["NODE_FAIL", "REQUEUED"] },
        { ...job, job_id: 12, job_state: ["COMPLETED"] },
        { ...job, job_id: 13, name: "maille-1-tile", job_state: ["RUNNING"] },
      ]),
    ).toMatchObject([
      { id: "7", link: "tile", tasks: 16, state: "pending" },
      { id: "7_3", tasks: 1, state: "running", nodes: "node1" },
      { id: "8", link: "end", state: "pending" },
      { id: "10", state: "held", restarts: 1 },
      { id: "11", state: "pending" },
    ])
  })
})
