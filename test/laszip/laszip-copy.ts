import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, readFileSync, renameSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { sharedFolderVariable } from "../set-up/shared-folder.js"

/** What LASzip's own library makes of a LAZ file. */
export interface LaszipCopy {
  /** The points as raw LAS 1.4 records. */
  readonly records: Uint8Array
  /** The file written again by LASzip. */
  readonly file: Uint8Array
}

const compile = (): string | undefined => {
  const program = join(process.env[sharedFolderVariable]!, "laszip-copy")
  if (existsSync(program)) return program
  const source = fileURLToPath(new URL("laszip-copy.c", import.meta.url))
  // Two processes may be at it: what has the name is whole.
  const part = `${program}.${process.pid}`
  const { status } = spawnSync(process.env["CC"] ?? "cc", ["-O2", "-o", part, source, "-llaszip"])
  if (status !== 0) return undefined
  renameSync(part, program)
  return program
}

/**
 * Our program around LASzip, compiled once a suite; undefined without `cc` or `liblaszip-dev`: its
 * tests are skipped then.
 */
export const laszipProgram: string | undefined = compile()

/** Reads a file with LASzip and writes it again beside it. @throws Error with LASzip's message */
export const copyByLaszip = (path: string): LaszipCopy => {
  execFileSync(laszipProgram!, [path, `${path}.records`, `${path}.copy.laz`])
  return { records: readFileSync(`${path}.records`), file: readFileSync(`${path}.copy.laz`) }
}
