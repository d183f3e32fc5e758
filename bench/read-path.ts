/**
 * Lists the modules through which the points of a tile reach a kernel, for LAZ and for COPC: `npm
 * run path -- mesh.terrain`. `--base REF` counts them in another commit.
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { parseArgs } from "node:util"
import ts from "typescript"
import { projectRoot } from "./machine.js"

const USAGE = `npm run path -- KERNEL [--base REF]

Prints the modules, types excluded, that a worker imports to read a tile's points and to run a kernel, transitively:

  entries   the engine's modules that declare TilePoints and, for plain LAZ, runSourceTask, which decodes it into bucket
            files; the kernel's module in the table of kernels/index.ts
  modules   TypeScript files; a WebAssembly module counts as one
  left out  imports of which types only are used; modules that are loaded when something else is asked for`

/** Input formats: LAZ, read through bucket files, and COPC read by ranges. */
export type PathFormat = "laz" | "copc"

/** The modules of one format, and the imports on demand that reading its points never uses. */
export interface ReadPath {
  readonly modules: readonly string[]
  readonly left: readonly string[]
}

/** Functions whose modules are the start of reading, by format. */
const ENTRIES: Readonly<Record<PathFormat, readonly string[]>> = {
  laz: ["TilePoints", "runSourceTask"],
  copc: ["TilePoints"],
}

/** Modules that are loaded on demand, by name, and the formats that load them; all others count. */
const ON_DEMAND: readonly (readonly [names: RegExp, taken: (format: PathFormat) => boolean])[] = [
  // Ports of other kinds: images, views, blobs, external features.
  [/^(read-image|read-views|read-blobs|read-given|features-in-box)$/, () => false],
  // Changes of points after reading, which a job has only if asked to.
  [/^rewrite-points$/, () => false],
  // Points kept for display; raw records and places, for writers and for the search for stray
  // points.
  [/^(las-writer|read-records|read-places|stored-spec)$/, () => false],
  // Files elsewhere (URLs, archives); the CRS, which the plan knows; descriptions of refused files.
  [/^(url-bytes|open-archive|crs|file-kind)$/, () => false],
  [/^(geoid-grid|area-index|polygons)$/, () => false],
  // COPC read by ranges: layered points of formats 6 to 8, without bucket files.
  [/copc/, (format) => format === "copc"],
  [/bucket|^(chunk-decoder|record-columns)$/, (format) => format === "laz"],
]

/** The files of a commit, or of the working tree. */
const openTree = (ref?: string): { readonly files: ReadonlySet<string>; readonly read: (path: string) => string } => {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: projectRoot, encoding: "utf8", maxBuffer: 2 ** 28 })
  const listed =
    ref === undefined ? git("ls-files", "-co", "--exclude-standard") : git("ls-tree", "-r", "--name-only", ref)
  return {
    files: new Set(listed.split("\n").filter((path) => /^(engine|kernels)\/.*\.ts$/.test(path))),
    read: (path) => (ref === undefined ? readFileSync(join(projectRoot, path), "utf8") : git("show", `${ref}:${path}`)),
  }
}

type Tree = ReturnType<typeof openTree>

/** An imported module, and whether it is loaded on demand. */
interface Import {
  readonly to: string
  readonly onDemand: boolean
}

/**
 * Imports of a module: static, on demand, or by URL. The compiler removes those that only types
 * use. WebAssembly is named by its loader's argument, or by a file that the build makes.
 */
const findImports = ({ files, read }: Tree, path: string): Import[] => {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext, removeComments: true }
  const { outputText } = ts.transpileModule(read(path), { compilerOptions })
  const found: Import[] = []
  for (const [, name] of outputText.matchAll(/loadWasm\("(\w+)"\)/g))
    found.push({ to: `${name}.wasm`, onDemand: false })
  for (const { 0: quoted, index } of outputText.matchAll(/"\.\.?\/[^"]+\.(js|wasm)"/g)) {
    const to = posix.join(posix.dirname(path), quoted.slice(1, -1)).replace(/\.js$/, ".ts")
    const onDemand = outputText.slice(0, index).endsWith("import(")
    // The engine loads kernels one by one, so their table does not import them all.
    const isModule = files.has(to) && to !== "kernels/index.ts"
    const isWebAssembly = !to.includes("dist/") && /\.wasm$|-binary\.ts$/.test(to)
    if (isModule || isWebAssembly) found.push({ to, onDemand })
  }
  return found
}

const isTaken = ({ to, onDemand }: Import, format: PathFormat): boolean => {
  const name = posix.basename(to, ".ts")
  return !onDemand || (ON_DEMAND.find(([names]) => names.test(name))?.[1](format) ?? true)
}

/**
 * Lists the modules between the points of a tile and a kernel.
 *
 * @param ref a commit; the working tree by default
 * @throws Error for a kernel that the commit does not have
 */
export const readPaths = (kernel: string, ref?: string): Readonly<Record<PathFormat, ReadPath>> => {
  const tree = openTree(ref)
  const [, file] = new RegExp(`"${kernel}": at\\("\\./(.+)\\.js"\\)`).exec(tree.read("kernels/index.ts")) ?? []
  if (file === undefined) throw new Error(`there is no kernel ${kernel}`)
  const engine = [...tree.files].filter((path) => /^engine\/(pool|worker)\//.test(path))
  const declaring = (name: string): string =>
    engine.find((path) => new RegExp(`^export (const|class) ${name}\\b`, "m").test(tree.read(path))) ?? name
  const known = new Map<string, Import[]>()
  const findPath = (format: PathFormat): ReadPath => {
    const modules = new Set([`kernels/${file}.ts`, ...ENTRIES[format].map(declaring)])
    const left = new Set<string>()
    for (const path of modules) {
      if (!tree.files.has(path)) continue
      const imports = known.get(path) ?? findImports(tree, path)
      known.set(path, imports)
      for (const found of imports) (isTaken(found, format) ? modules : left).add(found.to)
    }
    return { modules: [...modules].sort(), left: [...left].filter((path) => !modules.has(path)).sort() }
  }
  return { laz: findPath("laz"), copc: findPath("copc") }
}

const main = (): number => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { base: { type: "string" } } })
  const [kernel] = positionals
  if (kernel === undefined) {
    console.error(USAGE)
    return 2
  }
  const ours = readPaths(kernel)
  const base = values.base === undefined ? undefined : readPaths(kernel, values.base)
  for (const format of ["laz", "copc"] as const) {
    const { modules, left } = ours[format]
    console.log([`${format}:`, ...modules, "on demand, not taken:", ...left].join("\n  "))
  }
  for (const format of ["laz", "copc"] as const) {
    const count = ours[format].modules.length
    const before = base?.[format].modules.length
    const share = before === undefined ? "" : `, ${values.base}: ${before} (${Math.round((100 * count) / before)} %)`
    console.log(`${format}: ${count} modules${share}`)
  }
  return 0
}

if (process.argv[1]?.endsWith("read-path.js")) process.exitCode = main()
