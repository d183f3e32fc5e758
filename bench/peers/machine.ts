import { readFileSync } from "node:fs"
import { cpus, loadavg, release, totalmem, type } from "node:os"

/** Where and with what a comparison ran. */
export interface Machine {
  /** Day, as 2026-11-25. */
  readonly date: string
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
  readonly node: string
  /** Average number of busy processes over the last minute, before the comparison and after it. */
  readonly load: readonly [before: number, after: number]
  /** By package; ours under "maille". */
  readonly versions: Readonly<Record<string, string>>
}

/** Describes this machine; `loadBefore`: see `currentLoad`, at the start. */
export const describeMachine = (loadBefore: number, packages: readonly string[]): Machine => ({
  date: new Date().toISOString().slice(0, 10),
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  memoryBytes: totalmem(),
  system: `${type()} ${release()}`,
  node: process.versions.node,
  load: [loadBefore, currentLoad()],
  versions: {
    maille: versionIn("package.json"),
    ...Object.fromEntries(packages.map((name) => [name, versionIn(`node_modules/${name}/package.json`)])),
  },
})

/** Average number of busy processes over the last minute. */
export const currentLoad = (): number => Math.round((loadavg()[0] ?? 0) * 10) / 10

const versionIn = (path: string): string => {
  // Beside the sources (tests), or from the build.
  const root = new URL(import.meta.url.endsWith(".ts") ? "../../" : "../../../", import.meta.url)
  try {
    return String((JSON.parse(readFileSync(new URL(path, root), "utf8")) as { version?: unknown }).version)
  } catch {
    return "not installed"
  }
}
