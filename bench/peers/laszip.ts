import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { projectRoot } from "../machine.js"

/** Our programs in C around LASzip. */
export type LaszipProgram = "laszip-read" | "laszip-write"

/** A compiled program, and how to remove it. */
export interface Compiled {
  readonly path: string
  readonly remove: () => Promise<void>
}

/**
 * Compiles one of our programs around LASzip's C API into a temporary folder; or says why it cannot be: no compiler, no
 * `laszip_api.h` (Debian: `liblaszip-dev`).
 */
export const compileLaszip = async (program: LaszipProgram): Promise<Compiled | string> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-laszip-"))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  const path = join(folder, program)
  try {
    await promisify(execFile)("cc", [
      "-O3",
      "-o",
      path,
      join(projectRoot, "bench", "peers", `${program}.c`),
      "-llaszip",
    ])
    return { path, remove }
  } catch (error) {
    await remove()
    const said = error instanceof Error ? error.message : String(error)
    if (said.includes("ENOENT")) return "no C compiler (cc) here"
    if (/laszip_api\.h/.test(said)) return "no laszip_api.h here (Debian: liblaszip-dev)"
    return `it cannot be compiled: ${said.trim()}`
  }
}
