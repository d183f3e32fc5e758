/** The version of this package. */
import { readFileSync } from "node:fs"

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
