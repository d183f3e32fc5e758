import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { defaultMemory, memoryLimit } from "../../../engine/job/memory-limit.js"

const gibibyte = 2 ** 30
let root = ""
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "maille-cgroup-"))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const put = async (files: Record<string, string>): Promise<void> => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), `${text}\n`)
  }
}
const machine = (): { root: string; machineBytes: number } => ({ root, machineBytes: 64 * gibibyte })
const mounted = {
  v2: "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate",
  v1: "36 25 0:31 / /sys/fs/cgroup/memory rw,nosuid shared:10 - cgroup cgroup rw,memory",
  cpu: "37 25 0:32 / /sys/fs/cgroup/cpu rw,nosuid - cgroup cgroup rw,cpu,cpuacct",
}

describe("the memory at hand", () => {
  it("is the machine's where no group bounds it", async () => {
    expect(memoryLimit(machine())).toBe(64 * gibibyte)
    await put({ "proc/self/cgroup": "0::/", "proc/self/mountinfo": mounted.v2 })
    expect(memoryLimit(machine())).toBe(64 * gibibyte)
    expect(defaultMemory(machine())).toBe(Math.floor(0.8 * 64 * gibibyte))
  })

  it("is the least limit of a group of version 2 and of those above it", async () => {
    await put({
      "proc/self/cgroup": "0::/slurm/job_7/step_0",
      "proc/self/mountinfo": mounted.v2,
      "sys/fs/cgroup/slurm/memory.max": `${8 * gibibyte}`,
      "sys/fs/cgroup/slurm/job_7/memory.max": `${4 * gibibyte}`,
      "sys/fs/cgroup/slurm/job_7/step_0/memory.max": "max",
    })
    expect(memoryLimit(machine())).toBe(4 * gibibyte)
    expect(defaultMemory(machine())).toBe(Math.floor(0.8 * 4 * gibibyte))
    await put({ "sys/fs/cgroup/slurm/job_7/step_0/memory.high": `${3 * gibibyte}` })
    expect(memoryLimit(machine())).toBe(3 * gibibyte)
  })

  it("is the limit of a group of version 1; its number for no limit is none", async () => {
    await put({
      "proc/self/cgroup": "5:cpu,cpuacct:/job\n4:memory:/slurm/uid_1/job_7",
      "proc/self/mountinfo": `${mounted.cpu}\n${mounted.v1}`,
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
      "sys/fs/cgroup/memory/slurm/uid_1/job_7/memory.limit_in_bytes": `${2 * gibibyte}`,
      // Of another controller: none of memory's affair.
      "sys/fs/cgroup/cpu/job/memory.limit_in_bytes": "1000000",
    })
    expect(memoryLimit(machine())).toBe(2 * gibibyte)
    await rm(join(root, "sys/fs/cgroup/memory/slurm"), { recursive: true })
    expect(memoryLimit(machine())).toBe(64 * gibibyte)
  })

  it("is that of the mount in a container, whose group has a path outside of it", async () => {
    await put({
      "proc/self/cgroup": "0::/../../kubepods/pod1/c2",
      "proc/self/mountinfo": mounted.v2,
      "sys/fs/cgroup/memory.max": `${gibibyte}`,
    })
    expect(memoryLimit(machine())).toBe(gibibyte)
    // Or whose mount begins at its own group.
    await put({
      "proc/self/cgroup": "4:memory:/docker/abc",
      "proc/self/mountinfo": mounted.v1.replace(" / /", " /docker/abc /"),
      "sys/fs/cgroup/memory/memory.limit_in_bytes": `${gibibyte / 2}`,
    })
    expect(memoryLimit(machine())).toBe(gibibyte / 2)
  })

  it("of a job is never below 256 MiB by default", async () => {
    await put({
      "proc/self/cgroup": "0::/",
      "proc/self/mountinfo": mounted.v2,
      "sys/fs/cgroup/memory.max": "1000000",
    })
    expect(defaultMemory(machine())).toBe(256 * 2 ** 20)
  })
})
