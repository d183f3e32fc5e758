/**
 * One side of a comparison, in its own process: `node model-side.js DIST`. Models the buildings of
 * Delft with the kernels of a build, warmed up; times only `mesh.building`, on each request.
 */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { Box2 } from "../../engine/core/geometry/box.js"
import { findPresence } from "../../engine/core/presence.js"
import { readPoints } from "../../engine/formats/points/read-points.js"
import { readFeatures } from "../../engine/formats/vector/read-features.js"
import type { Kernel, Points, Solids, Tile } from "../../engine/kernel.js"
import { createArena } from "../../engine/worker/thread-use.js"
import { defaultsOf } from "../kernels/call-kernel.js"
import { processorMs } from "../product/measure.js"
import { type Served, serveRequests } from "../waiting-process.js"
import { findDelft } from "./delft-copies.js"

/** Passes before the first measured one. */
const warming = 3
/** Metres around the outlines: they are inside the tile, and the terrain model reaches beyond. */
const room = 100

const selectClasses = (all: Required<Points>, ...classes: readonly number[]): Points => {
  const own = Array.from({ length: all.count }, (_, i) => i).filter((i) => classes.includes(all.classification[i]!))
  const take = (column: Int32Array): Int32Array => Int32Array.from(own, (i) => column[i]!)
  return {
    count: own.length,
    x: take(all.x),
    y: take(all.y),
    z: take(all.z),
    gpsTime: Float64Array.from(own, (i) => all.gpsTime[i]!),
    classification: Uint8Array.from(own, (i) => all.classification[i]!),
    scale: all.scale,
    origin: all.origin,
  }
}

type Values = Readonly<Record<string, unknown>>

const open = async (dist: string): Promise<Served> => {
  const load = async (module: string): Promise<Kernel> => {
    const { href } = pathToFileURL(join(dist, "kernels", module))
    const { default: kernel } = (await import(href)) as { default: Kernel }
    await kernel.prepare?.()
    return kernel
  }
  const { files, outlines, epsg } = findDelft()
  const { points } = await readPoints(files)
  const { features } = await readFeatures(outlines, "Polygon")
  const { origin } = points
  const bounds = (axis: number): [low: number, high: number] => {
    const values = features.coordinates.filter((_, i) => i % features.dimension === axis)
    return [Math.floor(values.reduce(least)), Math.ceil(values.reduce(most))]
  }
  const [[west, east], [south, north]] = [bounds(0), bounds(1)]
  const cell = Box2.grow([west, south, east, north], room)
  const tile: Tile = { key: "0/0/0", cell, core: cell, extent: cell, origin, step: 1, epsg }
  const run = (kernel: Kernel, inputs: Values): Values =>
    kernel.run(tile, inputs as never, defaultsOf(kernel) as never, createArena())
  const ground = selectClasses(points, 2)
  const survey = findPresence(cell, points)
  const terrain = run(await load("terrain/dtm.js"), { ground: selectClasses(points, 2, 9), survey })
  const roofs = selectClasses(points, 6)
  const found = run(await load("building/footprint.js"), {
    "class-6": roofs,
    ground,
    dtm: terrain["dtm"],
    footprints: features,
  })
  const kernel = await load("building/model.js")
  const inputs = {
    "roof-points": roofs,
    "building-own": found["building-own"],
    "building-object": new Uint8Array(0),
    "building-points": [],
  }
  const { ids } = run(kernel, inputs)["solid"] as Solids
  for (let i = 1; i < warming; i++) run(kernel, inputs)
  return {
    greeting: { buildings: new Set(ids).size },
    answer: async () => {
      const begin = processorMs()
      run(kernel, inputs)
      return { cpuMs: processorMs() - begin }
    },
  }
}

const least = (a: number, b: number): number => Math.min(a, b)
const most = (a: number, b: number): number => Math.max(a, b)

const [dist = ""] = process.argv.slice(2)
await serveRequests(() => open(dist))
