/**
 * One side of a comparison, in its own process: `node model-side.js DIST`. Models the buildings of
 * Delft with the kernel `mesh.building` of a build, warmed up, on each request.
 */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { openComparedLayer } from "../../engine/compare/compared-layer.js"
import { readPoints } from "../../engine/formats/las/read-points.js"
import type { Kernel, Points, Tile } from "../../engine/kernel.js"
import { createArena } from "../../engine/worker/scratch.js"
import type { Footprint } from "../../kernels/handover/footprint/footprint.js"
import { median } from "../guard/decide.js"
import { type Served, serveKept } from "../kept-process.js"
import { defaultsOf } from "../kernels/call-kernel.js"
import { processorMs } from "../product/measure.js"
import { findDelft } from "./delft-copies.js"

/** Passes before the first measured one. */
const warming = 3
/** Ground points this near to a building give its foot, metres. */
const reach = 2

const pointsOf = (all: Points, wanted: number): Points => {
  const own = Array.from({ length: all.count }, (_, i) => i).filter((i) => all.classification![i] === wanted)
  const take = (column: Int32Array): Int32Array => Int32Array.from(own, (i) => column[i]!)
  const { scale, origin } = all
  return { count: own.length, x: take(all.x), y: take(all.y), z: take(all.z), scale, origin }
}

/** Outlines on level ground: the median of the ground points near each. */
const footprintsOf = async (path: string, ground: Points): Promise<Footprint[]> => {
  const { objects } = await openComparedLayer(path, "building")
  const [west, south] = ground.origin
  return objects.map(({ rings, box }, k): Footprint => {
    const near: number[] = []
    for (let i = 0; i < ground.count; i++) {
      const [x, y] = [west + ground.x[i]! / 1000, south + ground.y[i]! / 1000]
      const isNear = x > box[0] - reach && x < box[2] + reach && y > box[1] - reach && y < box[3] + reach
      if (isNear) near.push(ground.z[i]!)
    }
    const levelMm = near.length > 0 ? Math.round(median(near)) : 0
    const footRings = rings.map((ring) => {
      const corners = ring.length / 2 - 1
      const xyz = Float64Array.from({ length: 3 * corners }, (_, i) =>
        i % 3 === 2 ? levelMm : Math.round(1000 * ring[2 * Math.floor(i / 3) + (i % 3)]!),
      )
      return { xyz, corner: new Uint8Array(corners).fill(1) }
    })
    const representative = [footRings[0]!.xyz[0]!, footRings[0]!.xyz[1]!] as const
    const id = `outline-${k}`
    return { kind: 6, id, representative, rings: footRings, levelMm, truncated: false, members: [], attributes: {} }
  })
}

const open = async (dist: string): Promise<Served> => {
  const load = (path: string): Promise<unknown> => import(pathToFileURL(join(dist, "kernels", path)).href)
  const { default: kernel } = (await load("building/model.js")) as { default: Kernel }
  const { encodeFootprints } = (await load("handover/footprint/footprint.js")) as {
    encodeFootprints(objects: readonly Footprint[]): Uint8Array
  }
  await kernel.prepare?.()
  const { files, outlines, epsg } = findDelft()
  const { points } = await readPoints(files)
  const objects = await footprintsOf(outlines, pointsOf(points, 2))
  const roofs = pointsOf(points, 6)
  const xs = objects.flatMap(({ rings }) => rings.flatMap(({ xyz }) => Array.from(xyz)))
  const side = (axis: number, pick: (a: number, b: number) => number): number =>
    xs.filter((_, i) => i % 3 === axis).reduce(pick) / 1000
  const [west, south] = [Math.floor(side(0, Math.min)), Math.floor(side(1, Math.min))]
  const cell = [west, south, Math.ceil(side(0, Math.max)) + 1, Math.ceil(side(1, Math.max)) + 1] as const
  const tile: Tile = { key: "0/0/0", cell, core: cell, extent: cell, origin: [west, south, 0], step: 1, epsg }
  const inputs = {
    "roof-points": roofs,
    "building-own": encodeFootprints(objects),
    "building-object": new Uint8Array(0),
    "building-points": [],
  }
  const pass = (): void => void kernel.run(tile, inputs as never, defaultsOf(kernel) as never, createArena())
  for (let i = 0; i < warming; i++) pass()
  return {
    greeting: { buildings: objects.length },
    answer: async () => {
      const begin = processorMs()
      pass()
      return { cpuMs: processorMs() - begin }
    },
  }
}

const [dist = ""] = process.argv.slice(2)
await serveKept(() => open(dist))
