/** The version of this package. */
import { readFileSync } from "node:fs"

// From engine/core and from dist/engine/core alike: the nearest package.json above.
const read = (): string => {
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      return (JSON.parse(readFileSync(new URL(up, import.meta.url), "utf8")) as { version: string }).version
    } catch {
      // Not at this depth: the sources and the built files lie at different ones.
    }
  }
  return "0.0.0"
}

/** maille's version, part of every task hash. */
export const packageVersion: string = read()
