/**
 * Wrong arguments of all exported functions: 1,000 seeded calls, each with one value replaced.
 * Arguments that are right nowhere are E_USAGE. Any other call ends well, or with an `EngineError`
 * that blames the input.
 */
import { mkdirSync, readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { EngineError } from "../../../engine/errors.js"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import * as maille from "../../../engine/index.js"
import * as kernels from "../../../engine/library/kernels.js"
import * as las from "../../../engine/library/las.js"
import * as raster from "../../../engine/library/raster.js"
import * as tiles3d from "../../../engine/library/tiles3d.js"
import * as vector from "../../../engine/library/vector.js"
import { scanScene } from "../../../fixtures/sample/scan.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import { writeTown } from "../../scenes/content-town-output.js"
import { root } from "../../source-tree.js"

const CALLS = 1000
/** Arguments that no function takes anywhere. */
const NEVER = [null, Symbol("wrong"), 10n]
/** Arguments that some take; names of `Object.prototype` among them. */
const SOME = [
  ...[undefined, Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 1e300, 42, true, "", "x\0y"],
  ...["constructor", "__proto__", "toString", [], [null], {}, new Map(), new Uint8Array(0), new Date(Number.NaN)],
]
/** Codes that blame the engine or a kernel, which are sound here. */
const BLAMELESS = ["E_INTERNAL", "E_KERNEL"]

type Args = readonly unknown[]
interface Subject {
  readonly call: (...args: never[]) => unknown
  readonly args: Args
}

let folder: string
const former = process.cwd()
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-arguments-"))
  // Files without a stated place are written here.
  process.chdir(folder)
  const scene = makeScene()
  const [west, south] = scene.box
  const scan = scanScene(scene, { pulsesPerM2: 0.5, box: [west, south, west + 20, south + 20] })
  await writeFile("tile.las", encodeLas(scan, { pointFormat: 6, epsg: 2154, scale: 0.01, offset: [0, 0, 0] }))
  mkdirSync("town")
  await writeTown("town", undefined, 100)
  await raster.writeCog("dtm.tif", grid, { epsg: 2154 })
  await vector.writeFeatures("tree.fgb", [tree], { geometry: "Point", epsg: 2154 })
  await vector.writeFeatures("roof.fgb", [{ parts: [[[0, 0, 2, 0, 0, 2, 0, 0]]] }], { epsg: 2154 })
})
afterAll(async () => {
  process.chdir(former)
  await rm(folder, { recursive: true })
})

const grid = {
  data: Array.from({ length: 100 }, (_, i) => 20 + (i % 7)),
  width: 10,
  height: 10,
  minX: 0,
  maxY: 10,
  cellSize: 1,
}
const points = { x: [0.5, 9.5, 0.5, 9.5], y: [0.5, 0.5, 9.5, 9.5], z: [20, 21, 22, 23], classification: [2, 2, 6, 6] }
const tree = { parts: [[[842012.5, 6520003.1]]], properties: { height: 12.4 } }
const camera = {
  name: "c",
  width: 200,
  height: 100,
  focal: 100,
  principal: [100, 50],
  distortion: { centre: [1, 1], radial: [1e-9], given: "ideal" },
}
const shot = { name: "s", camera, centre: [0, 0, 1100], rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1], file: "f", line: 1 }
const box = [0, 0, 10, 10]

const drain = async (all: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of all);
}
const withCloud = async (use: (cloud: las.PointCloud) => Promise<unknown>): Promise<void> => {
  const cloud = await las.openPoints("tile.las")
  await use(cloud).finally(() => cloud.close())
}
const withRaster = async (use: (file: raster.RasterFile) => Promise<unknown>): Promise<void> => {
  const file = await raster.openRaster("dtm.tif")
  await use(file).finally(() => file.close())
}
const query = {
  box: [842000, 6520000, 842050, 6520050],
  classes: [2],
  attributes: ["intensity"],
  level: 0,
  noise: true,
}
const job = {
  inputs: ["tile.las"],
  out: "out",
  workers: 1,
  products: ["vector"],
  options: { "raster.dtm": { cell: 1 } },
  bbox: [842000, 6520000, 842020, 6520020],
}

const places = Array.from({ length: 121 }, (_, k) => [k % 11, Math.floor(k / 11)])
const land = { x: places.map(([x]) => x), y: places.map(([, y]) => y), z: places.map(() => 20) }
const ring = [
  [2, 2],
  [8, 2],
  [8, 8],
  [2, 2],
]
const terrace = {
  type: "Feature",
  geometry: { type: "Polygon", coordinates: [ring] },
  properties: { action: "level", z: 21, ratio: 0 },
}

/** Calls by entry and name; the methods of what they return behind a dot. */
const subjects: Readonly<Record<string, Subject>> = {
  "kernels runKernel": {
    call: kernels.runKernel,
    args: ["raster.dtm", { points }, { box, epsg: 2154, options: { cell: 1 } }],
  },
  "kernels defineKernel": { call: kernels.defineKernel, args: [{ id: "a.b", inputs: {}, outputs: {}, options: {} }] },
  "kernels buildings": { call: kernels.buildings, args: [points, { box, cell: 1 }] },
  "kernels terrain": { call: kernels.terrain, args: [points, { box, cell: 1 }] },
  "kernels surface": { call: kernels.surface, args: [points, { box, cell: 1 }] },
  "kernels flow": { call: kernels.flow, args: [grid, { streamArea: 20 }] },
  "kernels flood": { call: kernels.flood, args: [grid, { level: 22, from: [[5.5, 5.5]] }] },
  "kernels shadow": { call: kernels.shadow, args: [grid, { time: ["2026-12-21T10:00Z"], epsg: 2154 }] },
  "kernels viewshed": { call: kernels.viewshed, args: [grid, [[2.5, 2.5]], { box }] },
  "kernels editPoints": { call: kernels.editPoints, args: [land, [terrace], { box: [0, 0, 11, 11] }] },
  "las openPoints": { call: las.openPoints, args: [["tile.las"]] },
  "las openPoints.batches": { call: (q: never) => withCloud((cloud) => drain(cloud.batches(q))), args: [query] },
  "las openPoints.read": {
    call: (q: never) => withCloud((cloud) => cloud.read(q)),
    args: [{ ...query, duplicates: false }],
  },
  "las readPoints": { call: las.readPoints, args: [["tile.las"], query.box] },
  "raster openRaster": { call: raster.openRaster, args: ["dtm.tif"] },
  "raster openRaster.read": {
    call: (q: never) => withRaster((file) => file.read(q)),
    args: [{ window: [0, 0, 2, 2], level: 0, band: 0 }],
  },
  "raster openRaster.valuesAt": {
    call: (x: never, y: never, q: never) => withRaster((file) => file.valuesAt(x, y, q)),
    args: [[5], [5], { level: 0 }],
  },
  "raster measureZones": {
    call: raster.measureZones,
    args: [{ input: "dtm.tif", zones: "roof.fgb", statistics: ["mean", "area:>2"] }],
  },
  "raster writeCog": {
    call: raster.writeCog,
    args: ["made.tif", grid, { epsg: 2154, bands: ["a"], metadata: { a: "b" } }],
  },
  "vector openFeatures": { call: vector.openFeatures, args: ["tree.fgb"] },
  "vector readFeatures": {
    call: (path: never, q: never) => drain(vector.readFeatures(path, q)),
    args: ["tree.fgb", { box: query.box, columns: ["height"] }],
  },
  "vector writeFeatures": {
    call: vector.writeFeatures,
    args: ["made.fgb", [{ parts: tree.parts }], { geometry: "Point", epsg: 2154, columns: { a: "number" }, name: "a" }],
  },
  "tiles3d readMesh": {
    call: (path: never, q: never) => drain(tiles3d.readMesh(path, q)),
    args: ["town", { box, level: 1 }],
  },
  "maille catalogueShots": { call: maille.catalogueShots, args: [[shot], { low: 0, high: 100 }] },
  "maille compareResults": { call: maille.compareResults, args: [{ a: "town", b: "town", tolerance: 0.1 }] },
  "maille compareVector": {
    call: maille.compareVector,
    args: [{ a: "tree.fgb", b: "tree.fgb", layer: "tree", minIou: 0.5, bbox: box, epsg: 2154 }],
  },
  "maille convertLayers": {
    call: maille.convertLayers,
    args: [{ input: "tree.fgb", to: "geojson", out: "t.geojson", layers: ["tree"], keepCrs: true }],
  },
  "maille convertToCopc": {
    call: maille.convertToCopc,
    args: [{ inputs: ["tile.las"], out: "copc", workers: 1, dryRun: true, epsg: 2154 }],
  },
  "maille cropPoints": {
    call: maille.cropPoints,
    args: [{ inputs: ["tile.las"], box: query.box, out: "crop.laz", epsg: 2154 }],
  },
  "maille defineKernel": { call: maille.defineKernel, args: [{ id: "a.b", inputs: {}, outputs: {}, options: {} }] },
  "maille exportClosed": {
    call: maille.exportClosed,
    args: [{ folder: "town", bbox: box, base: 1, trees: false, format: "obj", out: "c.obj" }],
  },
  "maille exportContents": {
    call: maille.exportContents,
    args: [{ folder: "town", tile: { at: [770550, 6277550], level: 14 }, out: "t.glb" }],
  },
  "maille exportTile": {
    call: maille.exportTile,
    args: [{ folder: "town", tile: { at: [770550, 6277550], level: 14 }, format: "obj", out: "t.obj" }],
  },
  "maille fetchTiles": {
    call: maille.fetchTiles,
    args: [{ tileIndex: ["none.geojson"], to: "fetched", bbox: box, rate: 1, dryRun: true }],
  },
  "maille hashOutput": { call: maille.hashOutput, args: ["town", { list: true }] },
  "maille loadKernels": { call: maille.loadKernels, args: [["raster.dtm"]] },
  "maille locatePixels": { call: maille.locatePixels, args: [shot, Float64Array.of(1, 2), 3] },
  "maille openCatalogue": { call: maille.openCatalogue, args: [["tile.las"], { epsg: 2154 }] },
  "maille pixelRay": { call: maille.pixelRay, args: [shot, 1, 2] },
  "maille planJob": { call: maille.planJob, args: [{ inputs: ["none.las"], out: "planned", epsg: 2154 }, { box }] },
  "maille previewOutput": {
    call: maille.previewOutput,
    args: [{ folder: "town", layers: ["grid"], size: 400, bbox: box }],
  },
  "maille projectPoints": { call: maille.projectPoints, args: [shot, Float64Array.of(1, 2, 3)] },
  "maille readOrientations": {
    call: maille.readOrientations,
    args: [["none.opk"], { cameras: [camera], images: ["town"], epsg: 2154 }],
  },
  "maille resolveJob": { call: maille.resolveJob, args: [job, { folder: "." }] },
  "maille runJob": {
    call: (stated: never, options: never) => drain(maille.runJob(stated, options)),
    args: [
      { inputs: ["none.las"], out: "ran", workers: 1, epsg: 2154 },
      { retry: false, journal: "journal.jsonl", restart: 0, reuse: ["town"] },
    ],
  },
  "maille scaleCamera": { call: maille.scaleCamera, args: [camera, 100, 50] },
  "maille validateOutput": { call: maille.validateOutput, args: ["town", { onProgress: () => {} }] },
}

/** Every place in arguments, outermost first. */
const placesIn = (value: unknown): (string | number)[][] => {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return []
  const names = Array.isArray(value) ? [...value.keys()].slice(0, 3) : Object.keys(value)
  return names.flatMap((name) => [[name], ...placesIn((value as Args)[name as number]).map((rest) => [name, ...rest])])
}
const replaced = (value: unknown, [name, ...rest]: readonly (string | number)[], by: unknown): unknown => {
  const old = (value as Args)[name as number]
  const own = rest.length === 0 ? by : replaced(old, rest, by)
  if (Array.isArray(value)) return value.map((one, i) => (i === name ? own : one))
  return { ...(value as object), [name!]: own }
}

it("has a call for every exported function", () => {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { exports: Record<string, unknown> }
  const entries = { maille, kernels, las, raster, vector, tiles3d }
  const subpaths = Object.keys(exports).filter((path) => !path.endsWith(".json"))
  expect(subpaths.map((path) => path.replace("./", "").replace(".", "maille"))).toEqual(Object.keys(entries))
  for (const [entry, values] of Object.entries(entries))
    for (const [name, value] of Object.entries(values))
      if (typeof value === "function" && value !== EngineError)
        expect(Object.keys(subjects)).toContain(`${entry} ${name}`)
})

it(`blames the caller in ${CALLS} calls with a wrong argument`, async () => {
  const random = seededRandom(43)
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]
  const faults: string[] = []
  const names = Object.keys(subjects)
  let refused = 0
  for (let n = 0; n < CALLS; n++) {
    const name = names[n % names.length]
    const { call, args } = subjects[name]
    const place = pick(placesIn(args))
    const isNever = random() < 0.4
    const by = pick(isNever ? NEVER : SOME)
    const what = `${name} ${place.join(".")} = ${typeof by === "object" ? JSON.stringify(by) : String(by)}`
    try {
      await call(...(replaced(args, place, by) as never[]))
      if (isNever) faults.push(`${what}: accepted`)
    } catch (error) {
      refused++
      if (!(error instanceof EngineError))
        faults.push(`${what}: ${(error as Error).stack?.split("\n").slice(0, 3).join(" ")}`)
      else if (isNever ? error.code !== "E_USAGE" : BLAMELESS.includes(error.code))
        faults.push(`${what}: ${error.code} ${error.message}`)
    }
  }
  console.info(`${refused} of ${CALLS} calls were refused`)
  expect(faults).toEqual([])
})
