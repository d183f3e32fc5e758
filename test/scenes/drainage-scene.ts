/** Runs the kernels of drainage on made ground, tile by tile. */
import { planRingsOf } from "../../engine/core/feature-table.js"
import type { Features, Metrics, Raster, Shard, Tile } from "../../engine/kernel.js"
import flood from "../../kernels/simulation/flood.js"
import floodJoin from "../../kernels/simulation/flood-join.js"
import floodTile from "../../kernels/simulation/flood-tile.js"
import flow from "../../kernels/simulation/flow.js"
import flowJoin from "../../kernels/simulation/flow-join.js"
import flowTile from "../../kernels/simulation/flow-tile.js"
import { scratch, tileOf } from "./kernel-run.js"

/** Height of the ground at a place, metres; NaN without data. */
export type Ground = (x: number, y: number) => number
export type Box = readonly [west: number, south: number, east: number, north: number]

/** Cells of 1 m. */
const rasterOf = (ground: Ground, [west, south, east, north]: Box): Raster => {
  const [width, height] = [east - west, north - south]
  const data = new Float32Array(width * height)
  for (let i = 0; i < data.length; i++) data[i] = ground(west + (i % width) + 0.5, north - Math.floor(i / width) - 0.5)
  return { width, height, minX: west, maxY: north, cellSize: 1, data }
}

export const defaults: Parameters<(typeof flowTile)["run"]>[2] = {
  flat: 6,
  passage: 5,
  buildings: "ignore",
  streamArea: 400,
  outlets: "",
  snap: 0,
}
type FlowOptions = Partial<Parameters<(typeof flowTile)["run"]>[2]>
const noPoints = { count: 0, x: new Int32Array(0), y: new Int32Array(0), z: new Int32Array(0), scale: 0.001 }
const keyed = (tile: Tile, [west, south]: Box): Tile => ({ ...tile, key: `13/${west}/${south}` })

const cellsOf = (box: Box, side: number): Box[] => {
  const cells: Box[] = []
  for (let y = box[1]; y < box[3]; y += side)
    for (let x = box[0]; x < box[2]; x += side) cells.push([x, y, x + side, y + side])
  return cells
}

/** Features of a user. */
interface BroughtFeatures {
  readonly culverts?: Features | undefined
  readonly footprints?: Features | undefined
}

/** The first pass over a tile. */
export const firstPass = (
  ground: Ground,
  cell: Box,
  given: FlowOptions = {},
  { culverts, footprints }: BroughtFeatures = {},
): ReturnType<typeof flowTile.run> & { readonly key: string } => {
  const options = { ...defaults, ...given }
  const tile = keyed(tileOf(cell, flowTile.halo(options, { dtm: 1 })), cell)
  const extent = tile.extent.map(Math.round) as unknown as Box
  const input = {
    dtm: rasterOf(ground, extent),
    "flow-deck-points": { ...noPoints, origin: tile.origin },
    culverts,
    footprints,
  }
  return { key: tile.key, ...flowTile.run(tile, input, options, scratch) }
}

interface MadeFeature {
  readonly id: string
  readonly values: Readonly<Record<string, unknown>>
  readonly rings: readonly (readonly number[])[]
}

/** Rasters by name, and the features of each layer by id. */
interface Flow {
  readonly rasters: Readonly<Record<string, readonly number[]>>
  readonly layers: Readonly<Record<"stream" | "basin", readonly MadeFeature[]>>
}

/** All passes over the tiles of a box, in the order given by `sort`. */
export const flowOf = (
  ground: Ground,
  box: Box,
  side: number,
  given: FlowOptions = {},
  { sort = (cells) => cells, ...brought }: { sort?: (cells: Box[]) => Box[] } & BroughtFeatures = {},
): Flow => {
  const tiles = sort(cellsOf(box, side)).map((cell) => ({ cell, ...firstPass(ground, cell, given, brought) }))
  const parts = tiles.map((tile) => tile["flow-part"])
  const { "flow-decision": shards } = flowJoin.run({} as Tile, { "flow-part": parts }, {}, scratch)
  const rasters: Record<string, number[]> = {}
  const layers: Record<keyof Flow["layers"], MadeFeature[]> = { stream: [], basin: [] }
  for (const { key, cell, "flow-cells": own } of tiles) {
    const { bytes, reads } = shards.find((shard) => shard.key === key) as Shard
    const others = tiles.filter((tile) => reads.includes(tile.key)).map((tile) => tile["flow-ways"])
    const input = { "flow-cells": own, "flow-decision": bytes, "flow-ways": others }
    const { stream, basin, ...made } = flow.run(keyed(tileOf(cell, 0), cell), input, {}, scratch)
    layers.stream.push(...listFeatures(stream))
    layers.basin.push(...listFeatures(basin))
    for (const [name, raster] of Object.entries(made)) {
      rasters[name] ??= new Array<number>((box[2] - box[0]) * (box[3] - box[1]))
      place(raster, box, rasters[name])
    }
  }
  for (const list of Object.values(layers)) list.sort((a, b) => (a.id < b.id ? -1 : 1))
  return { rasters, layers }
}

const listFeatures = (features: Features): MadeFeature[] =>
  features.ids.map((id, f) => ({
    id,
    values: Object.fromEntries(Object.entries(features.columns).map(([name, { values }]) => [name, values[f]])),
    rings: planRingsOf(features, f).map((ring) => Array.from(ring)),
  }))

const place = ({ data, width, minX, maxY }: Raster, box: Box, values: number[]): void => {
  for (const [i, value] of data.entries()) {
    const [x, y] = [minX - box[0] + (i % width), box[3] - maxY + Math.floor(i / width)]
    values[y * (box[2] - box[0]) + x] = value
  }
}

/** First pass of a flood over a tile. Without `from`, no water is known. */
export const firstFlood = (
  ground: Ground,
  cell: Box,
  level: number,
  from: string,
  volume = 0,
): ReturnType<typeof floodTile.run> & { readonly key: string } => {
  const given = { level, from, volume, passage: 2 }
  const tile = keyed(tileOf(cell, floodTile.halo(given, { dtm: 1 })), cell)
  const none = { ...noPoints, origin: tile.origin }
  const dtm = rasterOf(ground, tile.extent.map(Math.round) as unknown as Box)
  const input = { dtm, "flood-water-points": none, "flow-deck-points": none, culverts: undefined }
  return { key: tile.key, ...floodTile.run(tile, input, given, scratch) }
}

/**
 * Depths over a box, the bodies of water (area, volume, depth, place, level), and figures of all
 * tiles.
 */
export const floodOf = (
  ground: Ground,
  box: Box,
  side: number,
  level: number,
  from: string,
  volume = 0,
  least = { leastArea: 0, leastVolume: 0 },
): { readonly depths: number[]; readonly bodies: number[][]; readonly quality: Metrics } => {
  const tiles = cellsOf(box, side).map((cell) => ({ cell, ...firstFlood(ground, cell, level, from, volume) }))
  const parts = tiles.map((tile) => tile["flood-part"])
  const joined = floodJoin.run({} as Tile, { "flood-part": parts }, {}, scratch)
  const { "flood-share": shards } = joined
  const quality: Record<string, number> = {}
  const [depths, bodies]: [number[], number[][]] = [[], []]
  for (const [t, { cell, ...tile }] of tiles.entries()) {
    const input = { "flood-cells": tile["flood-cells"], "flood-share": shards[t]!.bytes }
    const made = flood.run(keyed(tileOf(cell, 0), cell), input, least, scratch)
    place(made["flood-depth"], box, depths)
    for (const [name, value] of Object.entries(made["flood-quality"])) quality[name] = (quality[name] ?? 0) + value
    const { columns, coordinates, ids } = made["flood-body"]
    const value = (name: string, k: number): number => (columns[name]!.values as Float64Array)[k]!
    for (const k of ids.keys())
      bodies.push([
        ...["area", "volume", "depth"].map((name) => value(name, k)),
        ...coordinates.slice(2 * k, 2 * k + 2),
        value("level", k),
      ])
  }
  return { depths, bodies: bodies.sort((a, b) => b[0]! - a[0]!), quality }
}
