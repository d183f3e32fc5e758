/** Files of this package: modules that load by URL, what the build makes, and the version. */
import { readFileSync } from "node:fs"

// The bundle has this module in one of its chunks, `dist/bundle/chunks/`.
const [kind] = /(?<=\/engine\/core\/package-files\.)[jt]s$/.exec(import.meta.url) ?? ["bundle"]
const isSource = kind === "ts"
/** The folder that has `engine/`, `kernels/` and `cli/`. */
const modules = new URL(kind === "bundle" ? "../" : "../../", import.meta.url)
/** `dist/`; from the sources, that of the last build, since Node.js 20 cannot run TypeScript. */
const dist = new URL(isSource ? "dist/" : kind === "bundle" ? "../" : "./", modules)

/** URL of a module that is imported by its URL. */
export const moduleUrl = (path: string): string => new URL(path, modules).href

/** URL of a module that a thread or a process starts with. */
export const entryUrl = (path: string): URL => new URL(path, isSource ? dist : modules)

/** URL of a file that the build makes, by its path below `dist/`. */
export const builtFile = (path: string): URL => new URL(path, dist)

/** The same for a file that derives from the sources; absent where they run directly. */
export const derivedFile = (path: string): URL | undefined => (isSource ? undefined : builtFile(path))

const read = (): string => {
  try {
    return (JSON.parse(readFileSync(builtFile("../package.json"), "utf8")) as { version: string }).version
  } catch {
    // A copy of `dist/` by itself has none.
    return "0.0.0"
  }
}

/** maille's version, part of every task hash. */
export const packageVersion: string = read()
