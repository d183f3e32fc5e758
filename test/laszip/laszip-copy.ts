import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** What LASzip's own library makes of a LAZ file. */
export interface LaszipCopy {
  /** The points as raw LAS 1.4 records. */
  readonly records: Uint8Array
  /** The file written again by LASzip. */
  readonly file: Uint8Array
}

const compile = (): string | undefined => {
  const source = fileURLToPath(new URL("laszip-copy.c", import.meta.url))
  const program = join(mkdtempSync(join(tmpdir(), "maille-laszip-")), "laszip-copy")
  const { status } = spawnSync(process.env["CC"] ?? "cc", ["-O2", "-o", program, source, "-llaszip"])
  return status === 0 ? program : undefined
}

/** Our program around LASzip, compiled once a test file; undefined without `cc` or `liblaszip-dev`: its tests are skipped then. */
export const laszipProgram: string | undefined = compile()

/** Reads a file with LASzip and writes it again beside it. @throws Error with LASzip's message */
export const copyByLaszip = (path: string): LaszipCopy => {
  execFileSync(laszipProgram!, [path, `${path}.records`, `${path}.copy.laz`])
  return { records: readFileSync(`${path}.records`), file: readFileSync(`${path}.copy.laz`) }
}
