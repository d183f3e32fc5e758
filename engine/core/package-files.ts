/** Files of this package: those that the build makes, and its version. */
import { readFileSync } from "node:fs"

/**
 * URL of a built file by its path below `dist/`. From the sources, this is the file of the last
 * build, since Node.js 20 cannot run TypeScript.
 */
export const builtFile = (path: string): URL =>
  new URL(`${import.meta.url.endsWith(".ts") ? "../../dist/" : "../../"}${path}`, import.meta.url)

// The nearest package.json above engine/core or dist/engine/core.
const read = (): string => {
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      return (JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8")) as { version: string }).version
    } catch {
      // The sources and the built files are at different depths.
    }
  }
  return "0.0.0"
}

/** maille's version, part of every task hash. */
export const packageVersion: string = read()
