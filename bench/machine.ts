/** Describes the machine and the commit of a measurement. */
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { cpus } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

/** The clone's folder, with a final slash, both from source and from the compiled file. */
export const projectRoot = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../" : "../../", import.meta.url))

/** The machine and the commit of a measurement. */
export interface MachineFacts {
  readonly cpu: string
  /**
   * First 12 digits, followed by "+" if tracked files differ from it; "unknown" outside a clone.
   */
  readonly commit: string
  /** UTC day, as 2026-11-25. */
  readonly date: string
  readonly node: string
  readonly maille: string
}

export const machineFacts = async (root = projectRoot): Promise<MachineFacts> => {
  const cores = cpus()
  const cpu = `${cores[0]?.model.trim() ?? process.arch} × ${cores.length}`
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string }
  return {
    cpu,
    commit: await readCommit(root),
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    maille: manifest.version,
  }
}

const readCommit = async (root: string): Promise<string> => {
  const git = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)("git", [...args], { cwd: root })).stdout.trim()
  try {
    const commit = (await git("rev-parse", "HEAD")).slice(0, 12)
    // Results and their pages are written during measurements and do not affect them.
    const changes = await git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results", ":!*.md")
    return changes === "" ? commit : `${commit}+`
  } catch {
    return "unknown"
  }
}
