/**
 * Chains of kernels on arrays: what `maille/kernels` offers beside `runKernel`. Each value is that
 * of the same kernels called one by one.
 */
import { optionError } from "../engine/core/parse-values.js"
import type { Raster } from "../engine/kernel.js"

/** Outputs of a kernel by port. */
type Ports = Readonly<Record<string, unknown>>
/** Runs a kernel by its id, as `runKernel`. */
type Call = (id: string, inputs: Ports, request: Ports) => Promise<Ports>
type Recipe = (call: Call, input: Ports, request: Ports) => Promise<unknown>

/** Area and CRS of a request, and its options by name. */
const splitRequest = ({ box, epsg, sources, ...options }: Ports): { area: Ports; options: Ports } => ({
  area: { box, epsg, ...(sources === undefined ? {} : { tile: { sources } }) },
  options,
})

/** One port of a kernel that reads points. */
const fromPoints =
  (id: string, port: string): Recipe =>
  async (call, points, request) => {
    const { area, options } = splitRequest(request)
    return (await call(id, { points }, { ...area, options }))[port]
  }

/** The box of a raster: the kernels of a chain that read no raster need it. */
const measureBox = ({ minX, maxY, width, height, cellSize }: Raster): readonly number[] => [
  minX,
  maxY - height * cellSize,
  minX + width * cellSize,
  maxY,
]

/** The bytes for the only tile, which it may read itself. */
const onlyShard = (shards: unknown): unknown => (shards as readonly { bytes: Uint8Array }[])[0]?.bytes

const flow: Recipe = async (call, dtm, request) => {
  const { area, options } = splitRequest(request)
  const tile = await call("simulation.flow-tile", { dtm }, { ...area, options })
  const whole = { ...area, box: area["box"] ?? measureBox(dtm as unknown as Raster) }
  const joined = await call("simulation.flow-join", { "flow-part": [tile["flow-part"]] }, whole)
  const inputs = {
    "flow-cells": tile["flow-cells"],
    "flow-ways": [],
    "flow-decision": onlyShard(joined["flow-decision"]),
  }
  return call("simulation.flow", inputs, whole)
}

const flood: Recipe = async (call, dtm, { water, ...request }) => {
  const { area, options } = splitRequest(request)
  if (water === undefined && (options["from"] === undefined || options["from"] === ""))
    throw optionError("from", "the flood has no source. Give from: [[x, y], …], or water: points of class 9.")
  const inputs = { dtm, ...(water === undefined ? {} : { "flood-water-points": water }) }
  const tile = await call("simulation.flood-tile", inputs, { ...area, options })
  const whole = { ...area, box: area["box"] ?? measureBox(dtm as unknown as Raster) }
  const joined = await call("simulation.flood-join", { "flood-part": [tile["flood-part"]] }, whole)
  const share = onlyShard(joined["flood-share"])
  return call("simulation.flood", { "flood-cells": tile["flood-cells"], "flood-share": share }, whole)
}

const shadow: Recipe = async (call, dsm, { dtm, class: classes, ...request }) => {
  const { area, options } = splitRequest(request)
  return (await call("simulation.shadow", { dsm, dtm, class: classes }, { ...area, options }))["shadow"]
}

const viewshed: Recipe = async (call, dsm, { observers, ...request }) => {
  const { area, options } = splitRequest(request)
  return call("simulation.viewshed", { dsm }, { ...area, options: { ...options, observers } })
}

/** Metres around the data, wide enough to keep buildings off the border of the tile. */
const AROUND = 32
/** Options of the model; the others are those of the outlines. */
const MODEL_OPTIONS = ["detail", "minPlane", "simplicity"]

/** The points are those of the box: there the data end. */
const buildings: Recipe = async (call, points, { cell, box: end, epsg, ...options }) => {
  const around = (end as readonly number[]).map((side, k) => side + (k < 2 ? -AROUND : AROUND))
  const area = { box: around, epsg, tile: { sources: [end] } }
  const { dtm } = await call("raster.dtm", { points }, { ...area, options: cell === undefined ? {} : { cell } })
  const listed = Object.entries(options)
  const chosen = (ofModel: boolean): Ports =>
    Object.fromEntries(listed.filter(([name]) => MODEL_OPTIONS.includes(name) === ofModel))
  const found = await call("vector.building", { points, dtm }, { ...area, options: chosen(false) })
  const own = { "building-own": found["building-own"], "building-points": [found["building-points"]] }
  const model = await call("mesh.building", { points, ...own }, { ...area, options: chosen(true) })
  const { roof } = await call("vector.roof", { "roof-plan": model["roof-plan"] }, area)
  return { building: found["building"], roof, solid: model["solid"], "flat-solid": model["flat-solid"] }
}

export const recipes: Readonly<Record<string, Recipe>> = {
  buildings,
  terrain: fromPoints("raster.dtm", "dtm"),
  surface: fromPoints("raster.dsm", "dsm"),
  flow,
  flood,
  shadow,
  viewshed,
}
