/**
 * Builds the WebAssembly modules into `dist/wasm/`, each as a JavaScript module around its bytes,
 * unless the build there is of the same sources, flags and compilers: compiling takes most of the
 * time of a build. Part of `npm run build`. Copies the table of CRSs beside the code that reads it.
 */
import { createHash } from "node:crypto"
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import asc from "assemblyscript/asc"
import { buildSync } from "esbuild"

/** Modules: name, the folder of its AssemblyScript, pages of memory (64 KiB) at the start. */
const modules = [
  ["laz", "engine/formats/laz/wasm/assembly", 32],
  ["laz-encoder", "engine/formats/laz/encoder/assembly", 32],
  ["copc", "engine/formats/copc/assembly", 1],
  ["buckets", "engine/formats/buckets/wasm/assembly", 1],
  ["greedy", "kernels/geometry/wasm/assembly", 1],
  ["ground", "kernels/terrain/wasm/assembly/ground", 1],
  ["raster", "kernels/terrain/wasm/assembly/raster", 1],
]
// 201 is about exports that JavaScript cannot call; `--debug` keeps the names of functions, for
// profiles.
const flags = "--runtime stub -O3 --noAssert --enable simd --disableWarning 201 --debug".split(" ")

const root = dirname(fileURLToPath(import.meta.url))
const target = join(root, "dist/wasm")
const stamp = join(root, "dist/.build/wasm.txt")
const hashOf = (texts) => {
  const hash = createHash("sha256")
  for (const text of texts) hash.update(`${text.length} ${text}`)
  return hash.digest("hex")
}
const folders = ["engine/core/assembly", ...modules.map(([, folder]) => folder)]
const sources = folders.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .flatMap((name) => [`${folder}/${name}`, readFileSync(join(root, folder, name), "utf8")]),
)
const versions = ["assemblyscript", "binaryen", "esbuild"].map(
  (name) => JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version,
)
const ofSources = hashOf([...sources, JSON.stringify(modules), ...flags, ...versions])
const outputs = modules.map(([name]) => join(target, `${name}.js`))
// What was built is part of it: a file that something else wrote over is built again.
const state = () => `${ofSources} ${hashOf(outputs.map((path) => readFileSync(path, "latin1")))}\n`

if (!existsSync(stamp) || !outputs.every(existsSync) || readFileSync(stamp, "utf8") !== state()) {
  for (const folder of [target, dirname(stamp)]) mkdirSync(folder, { recursive: true })
  rmSync(stamp, { force: true })
  for (const [name, folder, pages] of modules) {
    const binary = join(root, `dist/.build/${name}.wasm`)
    const own = ["--baseDir", root, "--initialMemory", String(pages), "--outFile", `dist/.build/${name}.wasm`]
    const { error } = await asc.main([`${folder}/index.ts`, ...flags, ...own], { stderr: process.stderr })
    if (error !== null) throw error
    const options = { bundle: true, format: "esm", target: "node20", loader: { ".wasm": "binary" } }
    buildSync({ entryPoints: [binary], outfile: join(target, `${name}.js`), logLevel: "warning", ...options })
    rmSync(binary)
  }
  writeFileSync(stamp, state())
}
copyFileSync(join(root, "engine/grid/crs-table.br"), join(root, "dist/crs-table.br"))
