/** Finds the memory that a process may use, within the limits of its control groups. */
import { readFileSync } from "node:fs"
import { totalmem } from "node:os"
import { dirname, join } from "node:path"
import { leastMemory } from "../core/parse-values.js"

/** Share of the available memory that a job takes by default. */
const defaultShare = 0.8

export interface MemoryPlace {
  /** Folder used as `/`; default: the machine's root. */
  readonly root?: string
  /** Memory of the machine; default: as the system reports. */
  readonly machineBytes?: number
}

/**
 * Returns the bytes that this process may use: the machine's memory or the least limit of its
 * control groups. For cgroup v2 these are `memory.max` and `memory.high` (above which the kernel
 * slows a group down), for v1 `memory.limit_in_bytes`.
 *
 * The process's own group and all its ancestors count. `/proc/self/cgroup` and
 * `/proc/self/mountinfo` name groups and mount points (cgroups(7), proc(5)). In a container the
 * group's path may be outside the mounted part; then the mount point counts.
 */
export const memoryLimit = ({ root = "/", machineBytes = totalmem() }: MemoryPlace = {}): number => {
  let least = machineBytes
  for (const { folder, top, files } of groupFolders(root)) {
    for (let at = folder; ; at = dirname(at)) {
      for (const file of files) least = Math.min(least, limitIn(join(at, file)))
      if (at === top || at.length <= top.length) break
    }
  }
  return least
}

/** Memory of a job that states none, in bytes. */
export const defaultMemory = (place: MemoryPlace = {}): number =>
  Math.max(leastMemory, Math.floor(defaultShare * memoryLimit(place)))

interface GroupFolder {
  readonly folder: string
  /** Mount point, the last folder checked. */
  readonly top: string
  readonly files: readonly string[]
}

const groupFolders = (root: string): GroupFolder[] => {
  const groups = new Map<string, string>()
  for (const line of readText(join(root, "proc/self/cgroup")).split("\n")) {
    const [id = "", controllers = "", ...path] = line.split(":")
    if (id === "0" && controllers === "") groups.set("cgroup2", path.join(":"))
    else if (controllers.split(",").includes("memory")) groups.set("cgroup", path.join(":"))
  }
  const folders: GroupFolder[] = []
  for (const line of readText(join(root, "proc/self/mountinfo")).split("\n")) {
    const [before = "", after = ""] = line.split(" - ")
    const [, , , mountRoot = "", mountPoint = ""] = before.split(" ")
    const [type = "", , options = ""] = after.split(" ")
    const path = groups.get(type)
    if (path === undefined || (type === "cgroup" && !options.split(",").includes("memory"))) continue
    const top = join(root, mountPoint)
    const inside = path.startsWith(mountRoot) ? path.slice(mountRoot === "/" ? 0 : mountRoot.length) : ""
    const files = type === "cgroup2" ? ["memory.max", "memory.high"] : ["memory.limit_in_bytes"]
    folders.push({ folder: join(top, inside.includes("..") ? "" : inside), top: join(top, "."), files })
  }
  return folders
}

/**
 * Reads a limit from a file; infinite for "max" or a missing file. Without a limit, v1 has a number
 * beyond any machine.
 */
const limitIn = (path: string): number => {
  const text = readText(path).trim()
  const bytes = /^\d+$/.test(text) ? Number(text) : 0
  return bytes > 0 ? bytes : Number.POSITIVE_INFINITY
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}
