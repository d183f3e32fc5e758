import { readFileSync } from "node:fs"
import { loadavg, release, totalmem, type } from "node:os"
import { join } from "node:path"
import { type MachineFacts, machineFacts, projectRoot } from "../machine.js"
import type { Group } from "./group.js"
import { programVersion } from "./programs.js"

/** Where and with what a comparison ran. */
export interface Machine extends MachineFacts {
  readonly memoryBytes: number
  readonly system: string
  /** Average number of busy processes over the last minute, before the comparison and after it. */
  readonly load: readonly [before: number, after: number]
  /** By package or program, of those that were compared with. */
  readonly versions: Readonly<Record<string, string>>
}

/** Describes this machine, and what a group compares with; `loadBefore`: see {@link currentLoad}, at the start. */
export const describeMachine = async (
  loadBefore: number,
  { packages = [], programs = [] }: Pick<Group, "packages" | "programs">,
): Promise<Machine> => {
  const versions: Record<string, string> = {}
  for (const name of packages) versions[name] = versionOf(name)
  for (const name of programs) {
    const found = await programVersion(name)
    versions[name] = typeof found === "string" ? "not installed" : found.version
  }
  const facts = await machineFacts()
  return {
    ...facts,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    load: [loadBefore, currentLoad()],
    versions,
  }
}

/** Average number of busy processes over the last minute. */
export const currentLoad = (): number => Math.round((loadavg()[0] ?? 0) * 10) / 10

const versionOf = (name: string): string => {
  try {
    const text = readFileSync(join(projectRoot, "node_modules", name, "package.json"), "utf8")
    return String((JSON.parse(text) as { version?: unknown }).version)
  } catch {
    return "not installed"
  }
}
