import { existsSync } from "node:fs"
import { EngineError } from "../engine/errors.js"

/** True in a clone of the repository, false in the npm package, which holds no makers of test data. */
export const isClone = existsSync(new URL("../fixtures/make.js", import.meta.url))

/**
 * Imports a module of `fixtures/` or `bench/` by its path in `dist/`.
 *
 * @throws EngineError `E_USAGE` in the npm package, where the module is not
 */
export const importFromClone = async <T>(path: string, command: string): Promise<T> => {
  const url = new URL(`../${path}`, import.meta.url)
  if (existsSync(url)) return (await import(url.href)) as T
  const text = `${command} needs a clone of maille's repository, built with npm run build. The npm package does not contain it.`
  throw new EngineError("E_USAGE", text)
}
