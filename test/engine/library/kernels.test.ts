/** `runKernel` on plain arrays: the same values as a run, clear errors, chains without files. */
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../engine/core/random.js"
import { tableOfKernels } from "../../../engine/job/kernels/load-kernels.js"
import { defineKernel, type Features, type Kernel, type Points, type Raster, Tile } from "../../../engine/kernel.js"
import { runKernel } from "../../../engine/library/kernels.js"
import { openPoints } from "../../../engine/library/las.js"
import { scanScene } from "../../../fixtures/sample/scan.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import dtm from "../../../kernels/terrain/dtm.js"
import { arraysOf, runOn, type Shot } from "../../scenes/kernel-run.js"
import { sharedData } from "../../shared-data.js"
import { root } from "../../source-tree.js"

const CELL = [1000, 2000, 1050, 2050] as const

/** Points of a hill in millimetres of the CRS, some of them twice. */
const hill = (count: number): Shot[] => {
  const random = seededRandom(11)
  const shots = Array.from({ length: count }, (): Shot => {
    const [x, y] = [960_000 + Math.floor(random() * 130_000), 1_960_000 + Math.floor(random() * 130_000)]
    return [x, y, 20_000 + Math.round(3000 * Math.sin(x / 9000) + y / 100), [2, 2, 5, 7][Math.floor(random() * 4)]]
  })
  return [...shots, ...shots.slice(0, 500)]
}

it("gives the raster of the kernel called by the engine's contract, whatever the order of points", async () => {
  const shots = hill(40_000)
  const { out } = runOn(dtm, shots, CELL)
  const points = arraysOf(shots)
  const all = await runKernel("raster.dtm", { ground: points, survey: points }, { box: CELL, epsg: 2154 })
  expect(all["dtm"]).toEqual(out.dtm)
  const reversed = await runKernel(dtm, { points: arraysOf([...shots].reverse()) }, { box: CELL })
  expect(reversed.dtm).toEqual(out.dtm)
  const held: Points = {
    count: shots.length,
    x: Int32Array.from(shots, ([x]) => x - 900_000),
    y: Int32Array.from(shots, ([, y]) => y),
    z: Int32Array.from(shots, ([, , z]) => z),
    classification: Uint8Array.from(shots, ([, , , code]) => code),
    scale: 0.001,
    origin: [900, 0, 0],
  }
  expect((await runKernel(dtm, { ground: held }, { box: CELL })).dtm).toEqual(out.dtm)
})

it("ends with the data where the boxes of the files are given", async () => {
  const [west, south, east, north] = CELL
  const end = north - 3.2
  const ground = arraysOf(hill(40_000).filter(([, y]) => y <= 1000 * end))
  const sources = [[west - 40, south - 40, east + 40, end]] as const
  const voids = async (tile: object): Promise<number> => {
    const { dtm: made } = await runKernel(dtm, { ground }, { box: CELL, options: { cell: 1 }, tile })
    return made.data.filter(Number.isNaN).length / (east - west)
  }
  expect([await voids({}), await voids({ sources })]).toEqual([0, 3])
})

/** Counts the points of its port, and returns its raster. */
const probe = defineKernel({
  id: "test.probe",
  version: 1,
  summary: "",
  inputs: {
    some: { kind: "points", classes: [2, 5], attributes: ["intensity"] },
    any: { kind: "points", spacing: ({ side }) => Number(side) },
    dtm: { kind: "raster", type: "float" },
    parts: { kind: "blob", many: true, optional: true },
  },
  outputs: { counts: { kind: "metrics" }, seen: { kind: "raster" } },
  options: {
    side: { type: "number", default: 10, min: 0, help: "" },
    way: { type: "string", default: "a", choices: ["a", "b"], help: "" },
  },
  halo: (_options, cells) => 2 * (cells?.["dtm"] ?? 0),
  memory: () => 0,
  check({ side, way }, { epsg }) {
    if (way === "b" && side > 20) throw new Error(`side ${side}: at most 20 m with way b in EPSG:${epsg}.`)
  },
  run: (_tile, { some, any, dtm: seen, parts }) => ({
    counts: { some: some.count, any: any.count, least: Math.min(...some.intensity!), parts: parts?.length ?? 0 },
    seen,
  }),
})

const square = { data: Array.from({ length: 16 }, (_, i) => i), width: 4, height: 4, minX: 8, maxY: 20, cellSize: 2 }
const some = { x: [1, 1, 9, 9.5], y: [13, 13, 14, 14], z: [0, 0, 0, 0], intensity: [7, 4, 5, 6] }

it("selects by class, halo, spacing and duplicates, and fits rasters to the area with its halo", async () => {
  const classed = { ...some, classification: [2, 2, 5, 7] }
  const box = [0, 12, 10, 20] as const
  const { counts, seen } = await runKernel(probe, { some: classed, dtm: square }, { box })
  // One of the two equal points remains, with the least intensity; noise is left out.
  expect(counts).toEqual({ some: 2, any: 2, least: 4, parts: 0 })
  expect([seen.width, seen.height, seen.minX, seen.maxY, seen.data.length]).toEqual([9, 8, -4, 24, 72])
  expect([...seen.data.subarray(2 * 9 + 5, 2 * 9 + 9)]).toEqual([Number.NaN, 0, 1, 2])
  expect(seen.data.filter(Number.isNaN).length).toBe(72 - 3 * 4)
  const both = await runKernel(probe, { points: classed, dtm: square }, { box, duplicates: true, options: { side: 0 } })
  expect(both.counts).toEqual({ some: 3, any: 3, least: 4, parts: 0 })
  const far = await runKernel(probe, { points: classed, dtm: square }, { box: [8, 12, 16, 20] })
  expect(far.counts["some"]).toBe(1)
})

it("names what is missing or wrong, and the remedy", async () => {
  const refused = async (inputs: object, request: object = {}) =>
    runKernel(probe as Kernel, { ...inputs }, request).then(
      () => "",
      (error: Error) => error.message,
    )
  expect(await refused({ dtm: square })).toMatch(
    /inputs\.some: test\.probe needs this input, points of the classes 2, 5/,
  )
  expect(await refused({ some, dtm: square }, { epsg: 2154, options: { side: 30, way: "b" } })).toBe(
    "test.probe: side 30: at most 20 m with way b in EPSG:2154.",
  )
  expect(await refused({ some, dtm: square }, { epsg: 4326 })).toMatch(/EPSG:4326 \(WGS 84\) is in degrees/)
  expect(await refused({ some, dtm: square }, { epsg: 99999 })).toMatch(/EPSG:99999: not a projected CRS/)
  const observed = { options: { observers: "8,12;x" } }
  await expect(runKernel("simulation.viewshed", { dsm: square }, observed)).rejects.toThrow(/observers: "x" is not/)
  expect(await refused({ some })).toMatch(/inputs\.dtm: .*of kind raster/)
  expect(await refused({ some, dmt: square })).toMatch(/unknown input of test\.probe "dmt"\. Did you mean "dtm"/)
  expect(await refused({ some: { ...some, intensity: undefined }, dtm: square })).toMatch(/"intensity"/)
  expect(await refused({ some: { ...some, intensity: [1] }, dtm: square })).toMatch(/"intensity" has 1 values for 4/)
  expect(await refused({ some: { ...some, z: [0, 0, Number.NaN, 0] }, dtm: square })).toMatch(
    /point 2 is at 9, 14, NaN/,
  )
  expect(await refused({ some, dtm: { ...square, width: 5 } })).toMatch(/16 values do not fill 5 × 4 cells/)
  expect(await refused({ some, dtm: { ...square, minX: 7 } })).toMatch(/begins at 7, 20/)
  expect(await refused({ some, dtm: square }, { options: { side: -1 } })).toMatch(
    /-1 is not valid; expected a number of at/,
  )
  expect(await refused({ some, dtm: square }, { options: { sde: 1 } })).toMatch(/unknown option .*"sde"\. Did you mean/)
  await expect(runKernel("raster.dmt", {})).rejects.toThrow(/unknown kernel "raster\.dmt"\. Did you mean "raster\.dtm"/)
  await expect(runKernel("./no-such.js", {})).rejects.toThrow(/no such file/)
  await expect(runKernel("raster.dtm", { ground: { x: [5], y: [5], z: [5], classification: [6] } })).rejects.toThrow(
    /no ground points/,
  )
  await expect(runKernel("contour.join", {})).rejects.toThrow(/unknown kernel/)
})

it("takes lists as arrays, and leaves out ports that may be empty", async () => {
  const dsm = { data: new Float32Array(1600).fill(5), width: 40, height: 40, minX: 0, maxY: 40, cellSize: 1 }
  const seen = async (observers: unknown) =>
    (await runKernel<{ viewshed: Raster }>("simulation.viewshed", { dsm }, { options: { observers } })).viewshed
  const seenByText = await seen("10.5,20.5 30,7,12.5")
  expect(
    await seen([
      [10.5, 20.5],
      [30, 7, 12.5],
    ]),
  ).toEqual(seenByText)
  for (const wrong of [[[10.5]], [10, 20], [["10", "20"]], [[Number.NaN, 1]], {}, [null]])
    await expect(seen(wrong), JSON.stringify(wrong)).rejects.toThrow(/simulation\.viewshed\.observers: .* not valid/)
  const none = { x: [], y: [], z: [] }
  const parts = await runKernel("simulation.flow-tile", { dtm: dsm })
  expect(await runKernel("simulation.flow-tile", { dtm: dsm, "flow-deck-points": none })).toEqual(parts)
})

it("gives a tile the grid of its core", () => {
  const grid = Tile.grid({ core: [-0.3, 10, 1, 11.95] }, 0.1)
  expect([grid.columns, grid.rows, grid.centre(0, 0), grid.centre(12, 19)]).toEqual([
    13,
    20,
    [-0.25, 11.95],
    [0.95, 10.05],
  ])
  expect([grid.indexAt(-0.3, 11.95), grid.indexAt(0.999, 10), grid.indexAt(1, 10), grid.indexAt(0, 12)]).toEqual([
    0, 259, -1, -1,
  ])
  const data = new Float32Array(260)
  expect(grid.raster(data)).toEqual({ width: 13, height: 20, minX: -0.3, maxY: 12, cellSize: 0.1, data })
})

it("every kernel of maille names the first input that it lacks", async () => {
  for (const [id, { url }] of Object.entries(await tableOfKernels())) {
    const { inputs } = ((await import(url)) as { default: Kernel }).default
    const needed = Object.entries(inputs).filter(([, port]) => !("external" in port) && !("beside" in port))
    const message = await runKernel(id, {}).then(String, (error: Error) => error.message)
    expect(
      needed.some(([name]) => message.startsWith(`inputs.${name}: ${id} needs`)) || message.startsWith("box:"),
      `${id}: ${message}`,
    ).toBe(true)
  }
})

it("runs a kernel from a file, by path and URL, and wraps its failures", async () => {
  const folder = await mkdtemp(join(tmpdir(), "maille-library-"))
  const file = join(folder, "own.mjs")
  await writeFile(
    file,
    `export default { id: "own.sum", version: 1, summary: "", inputs: { dtm: { kind: "raster" } }, outputs: { sum: { kind: "metrics" } },
      options: { fail: { type: "boolean", default: false, help: "" } }, halo: () => 0, memory: () => 0,
      run: (tile, { dtm }, { fail }) => { if (fail) throw new Error("no luck"); return { sum: { sum: dtm.data.reduce((a, b) => a + b) } } } }`,
  )
  expect(await runKernel(file, { dtm: square })).toEqual({ sum: { sum: 120 } })
  // Node.js strips types from 22.18 on; an older one says so.
  const typed = join(folder, "own.ts")
  await writeFile(
    typed,
    `${(await readFile(file, "utf8")).replace("export default", "const kernel: object =")}\nexport default kernel\n`,
  )
  const made = await runKernel(typed, { dtm: square }).catch(({ message }: Error) => message)
  // Vitest reads TypeScript on any version.
  if (typeof made === "string") expect(made).toMatch(/own\.ts: cannot be imported .* Use Node\.js 22\.18 or later/)
  else expect(made).toEqual({ sum: { sum: 120 } })
  expect(await runKernel(pathToFileURL(file), { dtm: square })).toEqual({ sum: { sum: 120 } })
  await expect(runKernel(file, { dtm: square }, { options: { fail: true } })).rejects.toThrow(
    /kernel own\.sum: no luck/,
  )
  await rm(folder, { recursive: true })
})

it.skipIf(sharedData === undefined)("gives the bulk densities of Font-Blanche by the example of fuel", async () => {
  const folder = `${sharedData}/applications/fuel`
  const cloud = await openPoints(`${folder}/M30_FontBlanche_pretreated.laz`)
  const extra = ["Easting", "Northing", "Elevation", "Zref", "WD", "LMA"]
  const returns = await cloud.read({ extra })
  await cloud.close()
  const installed = await mkdtemp(join(tmpdir(), "maille-fuel-"))
  await mkdir(join(installed, "node_modules"))
  await symlink(root, join(installed, "node_modules", "maille"))
  for (const file of ["kernel.js", "profile.js", "package.json"])
    await copyFile(`${root}examples/kernel-package/${file}`, join(installed, file))
  const kernel = join(installed, "kernel.js")
  const request = { duplicates: true, options: { cell: 1000, G: 0.5, omega: 1, d: 1 } }
  const out = await runKernel<{ "bulk-density": Raster }>(kernel, { returns }, request)
  const { data, width, height } = out["bulk-density"]
  expect([width, height]).toEqual([1, 1])
  const [, ...rows] = (await readFile(`${folder}/BD_profile.txt`, "utf8")).trim().split("\n")
  for (const [height, density] of rows.map((row) => row.split(",").map(Number)).filter(([height]) => height < 17))
    expect(Math.abs(data[Math.floor(height)] - density)).toBeLessThan(1e-3 * density)
  await expect(runKernel(kernel, { returns: { ...returns, extra: {} } }, request)).rejects.toThrow(
    /extra bytes "Easting"/,
  )
  await rm(installed, { recursive: true })
})

it("chains kernels to heights and contours without a file", async () => {
  const scene = makeScene()
  const box = [scene.box[0], scene.box[1], scene.box[0] + 60, scene.box[1] + 60] as const
  const points = scanScene(scene, { pulsesPerM2: 4, box: [box[0], box[1], box[2] + 20, box[3] + 20] })
  const request = { box, epsg: 2154 }
  const ground = await runKernel<{ dtm: Raster }>("raster.dtm", { points }, request)
  const top = await runKernel<{ dsm: Raster }>("raster.dsm", { points }, request)
  const { dhm } = await runKernel<{ dhm: Raster }>("raster.dhm", { dtm: ground.dtm, dsm: top.dsm }, request)
  expect([dhm.width, dhm.height]).toEqual([120, 120])
  const parts = await runKernel("vector.contour", { dtm: ground.dtm }, { ...request, options: { interval: 0.5 } })
  const joins = { "contour-part": [parts["contour-part"]] }
  const joined = await runKernel<{ contour: Features }>("vector.contour-join", joins, request)
  await expect(runKernel("vector.contour-join", joins)).rejects.toThrow(/Give box/)
  const lines = (parts["contour"] as Features).ids.length + joined.contour.ids.length
  expect(lines).toBeGreaterThan(0)
})

it("chains kernels from points to roof planes without a file", async () => {
  const scene = makeScene()
  const house = scene.buildings.find(({ faces }) => faces.length === 2)!
  const box = house.box.map((side, k) => Math.round(side + (k < 2 ? -20 : 20))) as unknown as Box2
  const points = scanScene(scene, { pulsesPerM2: 10, box })
  const request = { box, epsg: 2154 }
  const { dtm } = await runKernel<{ dtm: Raster }>("raster.dtm", { points }, request)
  const found = await runKernel("vector.building", { points, dtm }, request)
  const own = { "building-own": found["building-own"], "building-points": [found["building-points"]] }
  // No building crosses the box, so no part of the job is joined to it.
  const model = await runKernel("mesh.building", { points, ...own, "building-object": new Uint8Array() }, request)
  const { roof } = await runKernel<{ roof: Features }>("vector.roof", { "roof-plan": model["roof-plan"] }, request)
  const slopes = house.faces.map(({ plane: { a, b } }) => (Math.atan(Math.hypot(a, b)) * 180) / Math.PI)
  const areas = slopes.map((slope) => house.area / 2 / Math.cos((slope * Math.PI) / 180))
  const columnOf = (name: string): number[] => Array.from(roof.columns[name]!.values as ArrayLike<number>)
  expect(roof.ids).toHaveLength(2)
  for (const [k, slope] of columnOf("slope").entries()) expect(Math.abs(slope - slopes[k]!)).toBeLessThan(0.5)
  for (const [k, area] of columnOf("area").entries()) expect(Math.abs(area / areas[k]! - 1)).toBeLessThan(0.05)
})

it("refuses places outside the arrays, and days that do not exist", async () => {
  const dsm = { data: new Float32Array(400).fill(5), width: 20, height: 20, minX: 0, maxY: 20, cellSize: 1 }
  const refused = { code: "E_USAGE" }
  const seen = (x: number) => runKernel("simulation.viewshed", { dsm }, { options: { observers: `${x},5`, reach: 10 } })
  await expect(seen(30.5)).rejects.toMatchObject(refused)
  expect(Object.keys(await seen(29))).toContain("viewshed")
  const outlets = runKernel("simulation.flow-tile", { dtm: dsm }, { options: { outlets: "25,5" } })
  await expect(outlets).rejects.toMatchObject(refused)
  const shade = (time: string) => runKernel("simulation.shadow", { dsm }, { options: { time }, epsg: 2154 })
  await expect(shade("2026-02-30T12:00Z")).rejects.toThrow(/2026-02-30T12:00Z/)
  await expect(shade("2026-02-29T12:00Z")).rejects.toMatchObject(refused)
  expect(Object.keys(await shade("2028-02-29T12:00Z"))).toEqual(["shadow"])
})
