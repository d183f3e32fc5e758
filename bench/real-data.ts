/** Finds files of real test data. */
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

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
