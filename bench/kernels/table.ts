/** The benchmarks of kernels: one row each, with its amount of work and the unit of its rate. */

import { encodeBlob } from "../../engine/core/blob.js"
import { elementAt } from "../../engine/core/lists.js"
import { seededRandom } from "../../engine/core/random.js"
import type { Features, Mesh, Points, Raster, Shard, Texture } from "../../engine/kernel.js"
import { createArena } from "../../engine/worker/thread-use.js"
import { cutRaster } from "../../kernels/grid/cell-grid.js"
import { noRuns } from "../../kernels/handover/patch/part.js"
import { restingHeights } from "../../kernels/terrain/void/heights-above-ground.js"
import { encodeFilledVoids, RESTING } from "../../kernels/terrain/void/void-part.js"
import { labelRuns } from "../../kernels/vegetation/coverage/class-runs.js"
import { coverageGraph } from "../../kernels/vegetation/coverage/graph.js"
import { simplifyCoverage } from "../../kernels/vegetation/coverage/simplify.js"
import { traceCoverage } from "../../kernels/vegetation/coverage/trace.js"
import { type Amount, type Benchmark, bench, kernelBench } from "../bench.js"
import { type Ground, type KernelCall, prepareCall } from "../product/tile-calls.js"
import { sceneGround } from "../scene-ground.js"
import { callWithDefaults, runWithDefaults } from "./call-kernel.js"
import { classRaster } from "./class-raster.js"
import { artificialTile, drainedTile, noisyTiles } from "./made-tiles.js"
import { plantWood, riverTiles } from "./river-tiles.js"
import { makeVillage } from "./village.js"

/** A kernel on the synthetic scene, called as in a run; options by kernel id. */
const scene = (id: string, unit: string, amount: Amount, options: Parameters<typeof prepareCall>[2] = {}): Benchmark =>
  kernelBench(id, unit, amount, () => {
    ground ??= sceneGround()
    return prepareCall(ground, id, options)
  })

/** A kernel in a call that `make` prepares by its id. */
const called = (id: string, unit: string, amount: Amount, make: (id: string) => Promise<KernelCall>): Benchmark =>
  kernelBench(id, unit, amount, () => make(id))

/** Shared by all rows of a process, so that common inputs are made once. */
let ground: Ground | undefined

const points =
  (port: string): Amount =>
  (inputs) =>
    (inputs[port] as Points).count
const cells = (raster: unknown): number => ((raster as Raster).width * (raster as Raster).height) / 1e6
const megapixels =
  (port: string): Amount =>
  (inputs) =>
    cells(inputs[port])
const triangles =
  (port: string): Amount =>
  (inputs) =>
    [inputs[port] as Mesh | readonly Mesh[]].flat().reduce((sum, mesh) => sum + mesh.triangles.length / 3, 0)
/** Megabytes of an input port. */
const megabytes =
  (...ports: readonly string[]): Amount =>
  (inputs) =>
    ports.flatMap((port) => inputs[port] as readonly Uint8Array[]).reduce((sum, blob) => sum + blob.byteLength, 0) / 1e6
/** One tile of 1,000 × 1,000 cells. */
const megapixel: Amount = () => 1
/** Megabytes of one blob. */
const bytesOf =
  (port: string): Amount =>
  (inputs) =>
    (inputs[port] as Uint8Array).length / 1e6
/** A value among the metrics of an output port. */
const metric =
  (port: string, name: string): Amount =>
  (_inputs, outputs) =>
    (outputs[port] as Record<string, number>)[name] ?? 0
/** The buildings of the village. */
const hundred: Amount = () => 100
const texels: Amount = ({ facade }) =>
  (facade as readonly Texture[])
    .flatMap(({ charts }) => charts)
    .reduce((sum, { width, height }) => sum + width * height, 0)

/** The set-up paints four tiles: seconds with two images each, half a minute with the default. */
const TWO_VIEWS = { "texture.views": { views: 2 } }

/** The scene is 300 m wide: rays of 50 m. */
const NEAR = {
  "simulation.shadow": { reach: 50 },
  "simulation.sky-view": { reach: 50 },
  "simulation.irradiation": { reach: 50, overhang: 5 },
  "simulation.viewshed": { reach: 100, observers: "842050,6520150;842070,6520170,20" },
}

/** The roofs of the village, made once in a process. */
let roofs: ReturnType<typeof runWithDefaults> | undefined

/** `mesh.building` on the village, or a kernel of roofs after it. */
const onRoofs = async (id: string): Promise<KernelCall> => {
  const { tile, inputs } = makeVillage()
  if (id === "mesh.building") return callWithDefaults(id, tile, inputs)
  roofs ??= runWithDefaults("mesh.building", tile, inputs)
  const made = await roofs
  const none = new Uint8Array(0)
  const own = { "roof-plan": made["roof-plan"] }
  const others = { "building-own": inputs["building-own"], "building-object": none, "water-own": none }
  return callWithDefaults(id, tile, id === "vector.roof" ? own : { ...own, ...others, "water-object": none })
}

/** A kernel that finishes a model of 400 m with a square lake of 200 m, under a surface. */
const fillLake = (id: string): Promise<KernelCall> => {
  const grid = { cell: 500, column: 0, row: 0, columns: 800, rows: 800 }
  const values = new Float32Array(800 * 800).fill(Number.NaN)
  const survey = { surveyedPercent: 0, voidPercent: 0 }
  const rows = Int32Array.from({ length: 200 }, (_, k) => 100 + k)
  const runs = { rows, starts: rows.map(() => 100), ends: rows.map(() => 300) }
  const places = Array.from({ length: 42 * 42 }, (_, k) => [19 + (k % 42), 19 + Math.floor(k / 42), 1000, 1]).flat()
  const model = encodeBlob(RESTING, { grid, values, source: new Uint8Array(values.length), survey, outside: noRuns })
  const surface = cutRaster(
    values.map(() => 2),
    grid,
    grid,
  )
  return callWithDefaults(id, riverTiles().tile(riverTiles().cells[0]), {
    "dtm-rest": model,
    "dhm-rest": restingHeights(model, surface),
    "void-filled": encodeFilledVoids([{ kind: "open", runs, nodes: Int32Array.from(places) }]),
  })
}

/** A kernel that joins the results of another on both tiles of the river. */
const ofRiver = async (id: string, from: string, port: string): Promise<KernelCall> => {
  const { cells, points, tile } = riverTiles()
  const parts: unknown[] = []
  for (const cell of cells) {
    const [at, inputs] = await points(from, cell)
    parts.push((await runWithDefaults(from, at, inputs))[port])
  }
  const [[minX, minY], [, , maxX]] = cells
  return callWithDefaults(id, { ...tile([minX, minY, maxX, minY + maxX - minX]), step: 2 }, { [port]: parts })
}

/** A kernel on the eastern tile of the river, which has the bridge. */
const atBridge = async (id: string, more: Readonly<Record<string, unknown>> = {}): Promise<KernelCall> => {
  const { cells, points, tile } = riverTiles()
  const [, inputs] = await points(id, cells[1])
  return callWithDefaults(id, tile(cells[1]), { ...inputs, ...more })
}

const callFlow = async (id: string): Promise<KernelCall> => {
  const { tile, inputs } = drainedTile()
  if (id === "simulation.flow-tile") return callWithDefaults(id, tile, inputs)
  const made = await runWithDefaults("simulation.flow-tile", tile, inputs)
  const parts = { "flow-part": [made["flow-part"]] }
  if (id === "simulation.flow-join") return callWithDefaults(id, {}, parts)
  const { "flow-decision": shards } = await runWithDefaults("simulation.flow-join", {}, parts)
  const [{ bytes }] = shards as readonly [Shard]
  return callWithDefaults(id, tile, { "flow-cells": made["flow-cells"], "flow-decision": bytes, "flow-ways": [] })
}

/** A kernel that passes on a model of the user, that of the drained tile. */
const passModel = async (id: string): Promise<KernelCall> => {
  const { tile, inputs } = drainedTile()
  return callWithDefaults(id, tile, { [id.replace("raster.", "")]: inputs["dtm"] })
}

/** Water that rises to the middle of the ground's heights. */
const callFlood = async (id: string): Promise<KernelCall> => {
  const { tile, inputs } = drainedTile()
  const points = inputs["flow-deck-points"]
  const { kernel, options } = await callWithDefaults("simulation.flood-tile", tile, inputs)
  const chosen = { ...options, level: 200, from: `${tile.cell[0] + 500.5},${tile.cell[1] + 500.5}` }
  const call = { kernel, tile, inputs: { ...inputs, "flood-water-points": points }, options: chosen }
  if (id === kernel.id) return call
  const made = kernel.run(tile, call.inputs as never, chosen as never, createArena()) as Record<string, unknown>
  const parts = { "flood-part": [made["flood-part"]] }
  if (id === "simulation.flood-join") return callWithDefaults(id, {}, parts)
  const { "flood-share": shards } = await runWithDefaults("simulation.flood-join", {}, parts)
  const [{ bytes }] = shards as readonly [Shard]
  return callWithDefaults(id, tile, { "flood-cells": made["flood-cells"], "flood-share": bytes })
}

const rows: readonly Benchmark[] = [
  scene("raster.dtm", "points/s", points("ground")),
  called("raster.dtm-fill", "MB/s", bytesOf("dtm-rest"), fillLake),
  called("raster.dhm-fill", "MB/s", bytesOf("dhm-rest"), fillLake),
  scene("raster.dsm", "points/s", points("surface")),
  called("raster.dtm-file", "Mpx/s", (_inputs, { dtm }) => cells(dtm), passModel),
  called("raster.dsm-file", "Mpx/s", (_inputs, { dsm }) => cells(dsm), passModel),
  scene("raster.dhm", "Mpx/s", (_inputs, { dhm }) => cells(dhm)),
  scene("terrain.voids", "points/s", points("void-ground")),
  scene("simulation.shadow", "Mpx/s", (_inputs, { shadow }) => cells(shadow), NEAR),
  scene("simulation.sky-view", "Mpx/s", (_inputs, outputs) => cells(outputs["sky-view"]), NEAR),
  scene("simulation.irradiation", "Mpx/s", (_inputs, outputs) => cells(outputs["irradiation"]), NEAR),
  scene("simulation.viewshed", "Mpx/s", (_inputs, outputs) => cells(outputs["viewshed"]), NEAR),
  scene("simulation.roof-sun", "planes/s", (_inputs, outputs) => (outputs["roof-sun"] as Features).ids.length, NEAR),
  scene("terrain.voids-join", "MB/s", megabytes("void-part")),
  scene("mesh.surface", "points/s", points("relief")),
  scene("mesh.terrain", "points/s", points("ground-points")),
  scene("mesh.weld", "triangles/s", triangles("ground")),
  scene("mesh.pyramid", "triangles/s", triangles("mesh")),
  scene("mesh.model-pyramid", "triangles/s", triangles("ground")),
  scene("vector.building", "points/s", points("class-6")),
  scene("vector.building-join", "MB/s", megabytes("building-part")),
  scene("vector.contour", "Mpx/s", megapixels("dtm")),
  scene("vector.contour-join", "MB/s", megabytes("contour-part")),
  scene("vector.tree", "Mpx/s", megapixels("dhm")),
  scene("vector.vegetation", "Mpx/s", megapixels("dhm")),
  scene("texture.views", "triangles/s", triangles("mesh")),
  scene("texture.drape", "triangles/s", triangles("mesh"), TWO_VIEWS),
  scene("texture.facade", "texels/s", texels, TWO_VIEWS),
  called("mesh.building", "buildings/s", hundred, onRoofs),
  called("vector.roof", "planes/s", metric("roof-quality", "roofPlanes"), onRoofs),
  called("vector.breakline", "lines/s", metric("breakline-quality", "breaklines"), onRoofs),
  called("points.ground-filter", "points/s", points("ground-candidates"), atBridge),
  called("vector.bridge", "points/s", points("deck-ground-points"), atBridge),
  called("vector.water", "points/s", points("water-surface-points"), atBridge),
  called("vector.water-voids", "points/s", points("water-return-points"), atBridge),
  called("vector.bridge-join", "MB/s", megabytes("deck-part"), (id) => ofRiver(id, "vector.bridge", "deck-part")),
  called("vector.water-join", "MB/s", megabytes("water-part"), (id) => ofRiver(id, "vector.water", "water-part")),
  kernelBench("mesh.bridge", "points/s", points("deck-surface-points"), async () => {
    const { cells, points } = riverTiles()
    const made = await runWithDefaults("vector.bridge", ...(await points("vector.bridge", cells[1])))
    return atBridge("mesh.bridge", {
      "deck-own": made["deck-own"],
      "deck-object": new Uint8Array(0),
      "deck-points": [],
    })
  }),
  kernelBench(
    "mesh.vegetation",
    "triangles/s",
    (_inputs, { crown }) => (crown as Mesh).triangles.length / 3,
    () => {
      const { cells, tile } = riverTiles()
      return callWithDefaults("mesh.vegetation", tile(cells[0]), { "tree-own": plantWood(cells[0]) })
    },
  ),
  kernelBench("vector.artificial", "points/s", points("artificial-points"), () => {
    const { tile, inputs } = artificialTile(0, seededRandom(3))
    return callWithDefaults("vector.artificial", tile, inputs)
  }),
  kernelBench("vector.artificial-join", "MB/s", megabytes("lasting-part", "built-part"), async () => {
    const random = seededRandom(3)
    const tiles = [0, 1].map((column) => artificialTile(column, random))
    const made = await Promise.all(tiles.map(({ tile, inputs }) => runWithDefaults("vector.artificial", tile, inputs)))
    const port = (name: string): unknown[] => made.map((outputs) => outputs[name])
    const parts = { "lasting-part": port("lasting-part"), "built-part": port("built-part") }
    return callWithDefaults("vector.artificial-join", elementAt(tiles, 0).tile, parts)
  }),
  // Sixteen tiles of 250 m of noise in one region.
  kernelBench("vector.vegetation-region", "MB/s", megabytes("cover-tile"), () => {
    const places = [0, 250, 500, 750].flatMap((x) => [0, 250, 500, 750].map((y) => [x, y] as const))
    return callWithDefaults("vector.vegetation-region", {}, { "cover-tile": noisyTiles(places) })
  }),
  // Strips of noise on both sides of a grid line, 10 km long.
  kernelBench("vector.vegetation-join", "MB/s", megabytes("cover-cuts"), async () => {
    const cuts: unknown[] = []
    for (const x of [9_750, 10_000]) {
      const tiles = noisyTiles(Array.from({ length: 40 }, (_, i) => [x, 250 * i] as const))
      cuts.push((await runWithDefaults("vector.vegetation-region", {}, { "cover-tile": tiles }))["cover-cuts"])
    }
    return callWithDefaults("vector.vegetation-join", {}, { "cover-cuts": cuts })
  }),
  called("simulation.flood-tile", "Mpx/s", megapixel, callFlood),
  called("simulation.flood-join", "MB/s", megabytes("flood-part"), callFlood),
  called("simulation.flood", "Mpx/s", megapixel, callFlood),
  called("simulation.flow-tile", "Mpx/s", megapixel, callFlow),
  called("simulation.flow-join", "MB/s", megabytes("flow-part"), callFlow),
  called("simulation.flow", "Mpx/s", megapixel, callFlow),
  // Labels the regions of a class raster, simplifies them by one cell along shared borders, and
  // traces them.
  bench("trace-coverage", "Mpx/s", () => {
    const side = 1500
    const { data: classes } = classRaster(side)
    const place = { column: 840_000, row: 6_520_000, columns: side, rows: side }
    return {
      amount: side ** 2 / 1e6,
      run: () => {
        const runs = labelRuns({ ...place, classes, nodata: 0 })
        const graph = coverageGraph(runs)
        return traceCoverage(runs, graph, simplifyCoverage(graph, 1))
      },
      inputs: classes,
    }
  }),
]

export default rows
