/**
 * A step of the build: bundles the command, the threads, the kernels and the library into
 * `dist/bundle/`, which is the code of the package. Each entry keeps the path of its source;
 * modules that entries share are in `chunks/`, each once. Packages of npm stay outside, except
 * flatgeobuf, whose licence is copied.
 */
import { copyFileSync, readFileSync, rmSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "rolldown"

const root = dirname(fileURLToPath(import.meta.url))
const target = join(root, "dist/bundle")
const kernels = [...readFileSync(join(root, "kernels/index.ts"), "utf8").matchAll(/ at\("\.\/(.+)\.js"\)/g)]
/** The entries of the package. */
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const library = Object.values(exports).flatMap(({ default: path = "" }) => /bundle\/(.+)\.js$/.exec(path)?.[1] ?? [])
/** What a process starts with, or imports by its URL. */
const entries = [
  "cli/main",
  ...library,
  "engine/worker/worker",
  "engine/pool/task-process",
  "engine/pool/copc-worker",
  "engine/journal/lock-beat",
  "engine/job/kernels/resolve-maille",
  "kernels/index",
  "kernels/presets",
  "kernels/french",
  "kernels/cost-rates",
  "kernels/recipes",
  "kernels/edit/edit-points",
  "kernels/edit/group-edits",
  ...new Set(kernels.map(([, path]) => `kernels/${path}`)),
]
/**
 * Modules that share a chunk: opening a file costs more than parsing code that is not used. The
 * levels of ARCHITECTURE.md keep these chunks free of circles.
 */
const groups = [
  [/^engine\/(core\/|errors|kernel\.|without)/, "core"],
  [/^engine\/(grid|io)\//, "io"],
  [/^engine\/formats\//, "formats"],
  [/^engine\/(spatial|job|plan|journal)\//, "plan"],
  [/^engine\/(worker|pool|rollup|report|run|export)\//, "run"],
  [/^engine\/check\//, "check"],
  [/^engine\/(distributed|compare|preview|publish|fetch)\//, "more"],
  [/^engine\/library\//, "library"],
  [/^kernels\/(geometry|grid|handover)\//, "kernels"],
  [/^kernels\/(terrain|lod|texture)\//, "ground"],
  [/^kernels\/(building|bridge)\//, "building"],
  [/^kernels\/./, "layers"],
  [/^cli\//, "cli"],
]

const pathOf = (id) => relative(root, id).replaceAll("\\", "/")
const isOwn = (id) => id.startsWith(root)

/** The modules that some load; those that they load later count only if `later`. */
const reached = (paths, context, later) => {
  const found = new Set(paths.map((path) => join(root, path)))
  // The set grows during the loop.
  for (const id of found) {
    const { importedIds = [], dynamicallyImportedIds = [] } = context.getModuleInfo(id) ?? {}
    for (const one of [...importedIds, ...(later ? dynamicallyImportedIds : [])]) if (isOwn(one)) found.add(one)
  }
  return found
}
let sets
/**
 * What the command always loads, so that it starts with three files; what a thread of the pool may
 * load.
 */
const setsOf = (context) => {
  sets ??= {
    start: reached(["cli/main.ts"], context, false),
    worker: reached(["engine/worker/worker.ts"], context, true),
  }
  return sets
}

const light = new Map()
/** Whether a module loads no package, not even through others; those that do load by themselves. */
const isLight = (id, context) => {
  if (!isOwn(id)) return id.startsWith("node:") || ["robust-predicates", "delaunator"].includes(id)
  // A circle of imports decides nothing.
  if (!light.has(id))
    light.set(id, true).set(
      id,
      (context.getModuleInfo(id)?.importedIds ?? []).every((one) => isLight(one, context)),
    )
  return light.get(id)
}

const groupOf = (id, context) => {
  if (!isOwn(id) || entries.includes(pathOf(id).replace(/\.ts$/, ""))) return null
  const { start, worker } = setsOf(context)
  if (start.has(id)) return worker.has(id) ? "base" : "start"
  const name = isLight(id, context) ? groups.find(([path]) => path.test(pathOf(id)))?.[1] : undefined
  return name === undefined ? null : worker.has(id) ? `worker-${name}` : name
}

const index = join(root, "engine/index.ts")
/**
 * The entry `maille`, with asynchronous functions that load their modules when they are called:
 * its import then costs a fraction of a second less. The others are exported as in the source.
 */
const lazyIndex = async () => {
  const values = await import(pathToFileURL(join(root, "dist/engine/index.js")).href)
  const lines = []
  for (const [, list, from] of readFileSync(index, "utf8").matchAll(/^export (?!type)\{([^}]+)\} from "([^"]+)"/gm))
    for (const name of list.split(",").map((one) => one.trim())) {
      if (name === "" || name.startsWith("type ")) continue
      const kind = Object.getPrototypeOf(values[name])?.[Symbol.toStringTag]
      const call = `(await import("${from}")).${name}(...values)`
      if (kind === "AsyncFunction") lines.push(`export const ${name} = async (...values) => ${call}`)
      else if (kind === "AsyncGeneratorFunction")
        lines.push(`export async function* ${name}(...values) { return yield* ${call} }`)
      else lines.push(`export { ${name} } from "${from}"`)
    }
  return lines.join("\n")
}

rmSync(target, { recursive: true, force: true })
const { output } = await build({
  cwd: root,
  input: Object.fromEntries(entries.map((path) => [path, join(root, `${path}.ts`)])),
  platform: "node",
  // A dozen modules of flatgeobuf are used. Installed, it would bring OpenLayers, 20 MB.
  external: (id) => !/^([./]|flatgeobuf\/)/.test(id),
  resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  tsconfig: false,
  plugins: [{ name: "lazy-index", load: { filter: { id: /[\\/]engine[\\/]index\.ts$/ }, handler: lazyIndex } }],
  preserveEntrySignatures: "allow-extension",
  checks: { pluginTimings: false },
  // No comment with the name of each module.
  experimental: { attachDebugInfo: "none" },
  onLog: (level, log) => {
    // A module of a shared chunk may be imported both ways.
    if (level === "warn" && log.code !== "INEFFECTIVE_DYNAMIC_IMPORT") throw new Error(log.message)
  },
  output: {
    dir: target,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    comments: false,
    codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: groupOf, debugName: "levels" }] },
  },
})

const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]))
/** Fails where chunks import each other in a circle: a constant might be read before it is set. */
const visit = (name, path = []) => {
  if (path.includes(name)) throw new Error(`chunks import each other: ${[...path, name].join(" → ")}`)
  const { imports, isAcyclic } = chunks.get(name)
  if (isAcyclic) return
  for (const one of imports) if (chunks.has(one)) visit(one, [...path, name])
  chunks.get(name).isAcyclic = true
}
for (const name of chunks.keys()) visit(name)
copyFileSync(join(root, "node_modules/flatgeobuf/LICENSE"), join(target, "flatgeobuf.LICENSE"))
