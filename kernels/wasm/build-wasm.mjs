/**
 * Builds the WebAssembly of `assembly/` into `dist/kernels/wasm/`, unless the build that lies there is of the same sources, commands and compilers: the compiler takes most of the time of a
 * build that has nothing to do. Part of `npm run build`.
 */
import { execSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))
const target = join(root, "dist/kernels/wasm")
const outputs = [
  "laz.wasm",
  "tin.wasm",
  "tin-binary.js",
  "ground.wasm",
  "ground-binary.js",
  "raster.wasm",
  "raster-binary.js",
  "spool.wasm",
].map((name) => join(target, name))
const stamp = join(root, "dist/.build/wasm.txt")
const steps = ["build:wasm:laz", "build:wasm:tin", "build:wasm:ground", "build:wasm:raster", "build:wasm:spool"]

const read = (path) => readFileSync(join(root, path), "utf8")
const hashOf = (texts) => {
  const hash = createHash("sha256")
  for (const text of texts) hash.update(`${text.length} ${text}`)
  return hash.digest("hex")
}
const sources = readdirSync(join(root, "kernels/wasm/assembly"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort()
const { scripts } = JSON.parse(read("package.json"))
const ofSources = hashOf([
  ...sources.flatMap((path) => [path.slice(root.length), readFileSync(path, "utf8")]),
  ...steps.map((step) => scripts[step]),
  ...["assemblyscript", "binaryen", "esbuild"].map(
    (name) => JSON.parse(read(`node_modules/${name}/package.json`)).version,
  ),
])
// What was built is part of it: a file that something else wrote over is built again.
const state = () => `${ofSources} ${hashOf(outputs.map((path) => readFileSync(path, "latin1")))}\n`

if (!existsSync(stamp) || !outputs.every(existsSync) || readFileSync(stamp, "utf8") !== state()) {
  for (const folder of [target, join(root, "dist/.build")]) mkdirSync(folder, { recursive: true })
  rmSync(stamp, { force: true })
  for (const step of steps) execSync(`npm run ${step} --silent`, { cwd: root, stdio: "inherit" })
  writeFileSync(stamp, state())
}
