/** Finds files of real test data, and makes folders for scratch files. */
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { EngineError } from "../engine/errors.js"

/**
 * The path of a file of real test data, or the reason why it is missing. The project does not
 * include the data; its folder is MAILLE_TEST_DATA, or `shared/data` beside the clone.
 */
export const realFile = (path: string): { path: string } | string => {
  const folder = process.env["MAILLE_TEST_DATA"] ?? fileURLToPath(new URL("../../../shared/data", import.meta.url))
  return existsSync(`${folder}/${path}`)
    ? { path: `${folder}/${path}` }
    : `no ${path} in ${folder}; MAILLE_TEST_DATA can name another folder`
}

/** The full paths of files. @throws EngineError E_INPUT for one that is missing */
export const requireFiles = (files: readonly string[]): string[] =>
  files.map((file) => {
    const found = realFile(file)
    if (typeof found === "string") throw new EngineError("E_INPUT", found)
    return found.path
  })

/** Runs `use` with a temporary folder. */
export const withFolder = async <T>(use: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-lab-"))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
