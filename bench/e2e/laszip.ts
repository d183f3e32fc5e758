/** Compiles `laszip.c`, our program around LASzip's API. */
import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { projectRoot } from "../machine.js"
import { type ProcessCommand, startProcess } from "../waiting-process.js"

/** The compiled program, or the reason why there is none. */
export interface Laszip {
  /** Why it cannot run: no compiler, or no `laszip_api.h` (Debian: `liblaszip-dev`). */
  readonly missing?: string
  /** The command that starts it; if it is missing, a command that reports so. */
  command(...args: readonly string[]): ProcessCommand
  remove(): Promise<void>
}

/** Compiles the program into a temporary folder. */
export const compileLaszip = async (): Promise<Laszip> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-laszip-"))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const path = join(folder, "laszip")
  const source = join(projectRoot, "bench", "e2e", "laszip.c")
  try {
    await promisify(execFile)("cc", ["-O3", "-o", path, source, "-llaszip"])
    return { command: (...args) => ({ command: path, args }), remove }
  } catch (error) {
    const missing = reasonOf(error instanceof Error ? error.message : String(error))
    const answer = `console.log(${JSON.stringify(JSON.stringify({ error: missing }))})`
    return { missing, command: () => ({ command: process.execPath, args: ["-e", answer] }), remove }
  }
}

/**
 * The unit D of some files: processor time of LASzip's full decoding in one thread, seconds. A
 * string is the reason why there is none.
 */
export const measureUnit = async (paths: readonly string[]): Promise<number | string> => {
  const other = paths.find((path) => !path.endsWith(".laz"))
  if (other !== undefined) return `${other} is no LAZ file`
  const { missing, command, remove } = await compileLaszip()
  let cpuMs = 0
  try {
    if (missing !== undefined) return missing
    for (const path of paths) cpuMs += await decodingMs(command("read", path, "full"))
  } finally {
    await remove()
  }
  return cpuMs / 1000
}

const decodingMs = async (program: ProcessCommand): Promise<number> => {
  const decoder = startProcess<unknown, { readonly cpuMs: number }>(program)
  try {
    await decoder.greeting
    return (await decoder.ask(1)).cpuMs
  } finally {
    await decoder.close()
  }
}

const reasonOf = (said: string): string => {
  if (said.includes("ENOENT")) return "no C compiler (cc) here"
  if (/laszip_api\.h/.test(said)) return "no laszip_api.h here (Debian: liblaszip-dev)"
  return `it cannot be compiled: ${said.trim()}`
}
