/**
 * Runs the six tasks with each program in turns, and prints lines of code and seconds of processor
 * time, the median of five:
 *
 *     node bench/lab/peers/tasks/measure.mjs TILE.copc.laz
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { openPoints } from "maille/las"
import { encodeLas } from "../../../../dist/engine/formats/las/write/las-writer.js"

const root = fileURLToPath(new URL("../../../..", import.meta.url))
const ROUNDS = 5
const [copc] = process.argv.slice(2)
if (copc === undefined) throw new Error("give a COPC file: node bench/lab/peers/tasks/measure.mjs TILE.copc.laz")
const folder = mkdtempSync(join(tmpdir(), "maille-tasks-"))
const maille = (...args) => run(process.execPath, [join(root, "dist/bundle/cli/main.js"), ...args])

/** Runs a program in the folder of the scratch files; processor seconds. */
const run = (program, args) => {
  const script = `TIMEFORMAT='%U %S'; time "$0" "$@"`
  const { status, stderr } = spawnSync("bash", ["-c", script, program, ...args], { cwd: folder, encoding: "utf8" })
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}\n${stderr}`)
  const [user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number)
  return user + system
}

/** Lines that are neither blank nor comments, with those of a module beside it. */
const countLines = (path) => {
  const text = readFileSync(path, "utf8")
    .replace(/^\/\*\*.*?\*\/$/ms, "")
    .replace(/^""".*?"""$/ms, "")
  const [, beside] = /from "\.\/(.+)"/.exec(text) ?? []
  const own = text.split("\n").filter((line) => line.trim() !== "" && !/^\s*(\/\/|#)/.test(line)).length
  return own + (beside === undefined ? 0 : countLines(join(dirname(path), beside)))
}

const cloud = await openPoints(copc)
const [minX, minY, maxX, maxY] = cloud.box
const attributes = ["classification", "returnNumber", "numberOfReturns", "intensity", "gpsTime"]
const points = await cloud.read({ attributes })
await cloud.close()
const box = [Math.floor(minX), Math.floor(minY), Math.ceil(maxX), Math.ceil(maxY)].map(String)
const middle = [0, 1].map((k) => (Number(box[k]) + Number(box[k + 2])) / 2)
const inner = [...middle.map((value) => value - 50), ...middle.map((value) => value + 50)].map(String)
const las = join(folder, "tile.las")
const origin = [Math.floor(minX), Math.floor(minY), 0]
const millimetres = (values, start) => Int32Array.from(values, (value) => Math.round((value - start) * 1000))
const [x, y, z] = [points.x, points.y, points.z].map((values, axis) => millimetres(values, origin[axis]))
const stored = { pointFormat: 6, scale: 0.01, offset: [0, 0, 0] }
writeFileSync(las, encodeLas({ ...points, x, y, z, scale: 0.001, origin }, stored))
const products = ["--products", "mesh,vector", "--layers", "roof", "--tile-size", "100"]
const madeIn = maille("run", copc, ...products, "--out", "out")
const places = Array.from({ length: 100 }, (_, i) => `${middle[0] - 50 + i},${middle[1] + 0.3}`)

/** Arguments of each task: of maille, of copc.js and geotiff.js, of Python. */
const [inside, whole] = [inner, box].map((corners) => [copc, copc, las].map((file) => [file, ...corners]))
const tasks = {
  "1-count-classes": inside,
  "2-height-raster": whole.map(([file, ...corners], k) => [file, `${"abc"[k]}.tif`, ...corners]),
  "3-heights-at-places": whole.map(() => ["a.tif", ...places]),
  "4-roofs": [["out/vector/roof.fgb"], ...whole.slice(1)],
  "5-mesh-area": [["out"]],
  "6-own-kernel": whole,
}
const programs = [
  [process.execPath, (task) => join(root, `examples/tasks/${task}.mjs`)],
  [process.execPath, (task) => join(root, `bench/lab/peers/tasks/${task}.copc.mjs`)],
  ["/usr/bin/python3", (task) => join(root, `bench/lab/peers/tasks/${task}.py`)],
]
console.log(`a run that makes roofs and mesh: ${madeIn.toFixed(1)} s`)
for (const [task, args] of Object.entries(tasks)) {
  const times = programs.map(() => [])
  for (let round = 0; round < ROUNDS; round++)
    for (const [k, [program, fileOf]] of programs.entries())
      if (args[k] !== undefined && existsSync(fileOf(task))) times[k].push(run(program, [fileOf(task), ...args[k]]))
  const cells = programs.map(([, fileOf], k) => {
    const median = times[k].sort((a, b) => a - b)[times[k].length >> 1]
    return median === undefined ? "–" : `${countLines(fileOf(task))} lines, ${median.toFixed(2)} s`
  })
  console.log(`| ${task} | ${cells.join(" | ")} |`)
}
rmSync(folder, { recursive: true })
