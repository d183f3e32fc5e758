import { readFileSync } from "node:fs"
import { loadavg, release, totalmem, type } from "node:os"
import { join } from "node:path"
import { type MachineFacts, machineFacts, projectRoot } from "../machine.js"

/** Where and with what a comparison ran. */
export interface Machine extends MachineFacts {
  readonly memoryBytes: number
  readonly system: string
  /** Average number of busy processes over the last minute, before the comparison and after it. */
  readonly load: readonly [before: number, after: number]
  /** By package, of those that were compared with. */
  readonly versions: Readonly<Record<string, string>>
}

/** Describes this machine; `loadBefore`: see {@link currentLoad}, at the start. */
export const describeMachine = async (loadBefore: number, packages: readonly string[]): Promise<Machine> => ({
  ...(await machineFacts()),
  memoryBytes: totalmem(),
  system: `${type()} ${release()}`,
  load: [loadBefore, currentLoad()],
  versions: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
})

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
