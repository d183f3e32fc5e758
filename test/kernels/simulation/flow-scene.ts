/** Runs the kernels of drainage on made ground, tile by tile. */
import type { Raster, Shard, Tile } from "../../../engine/kernel.js"
import flow from "../../../kernels/simulation/flow.js"
import flowJoin from "../../../kernels/simulation/flow-join.js"
import flowTile from "../../../kernels/simulation/flow-tile.js"
import { scratch, tileOf } from "../mesh-scene.js"

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

const options = { flat: 6 }
const keyed = (tile: Tile, [west, south]: Box): Tile => ({ ...tile, key: `13/${west}/${south}` })

/** The first pass over a tile. */
export const firstPass = (ground: Ground, cell: Box): ReturnType<typeof flowTile.run> & { readonly key: string } => {
  const tile = keyed(tileOf(cell, flowTile.halo(options, { dtm: 1 })), cell)
  const extent = tile.extent.map(Math.round) as unknown as Box
  return { key: tile.key, ...flowTile.run(tile, { dtm: rasterOf(ground, extent) }, options, scratch) }
}

/** All passes over the tiles of a box, in the order given by `sort`. */
export const flowOf = (
  ground: Ground,
  box: Box,
  side: number,
  streamArea: number,
  sort: (cells: Box[]) => Box[] = (cells) => cells,
): Readonly<Record<string, readonly number[]>> => {
  const cells: Box[] = []
  for (let y = box[1]; y < box[3]; y += side)
    for (let x = box[0]; x < box[2]; x += side) cells.push([x, y, x + side, y + side])
  const tiles = sort(cells).map((cell) => ({ cell, ...firstPass(ground, cell) }))
  const parts = tiles.map((tile) => tile["flow-part"])
  const { "flow-decision": shards } = flowJoin.run({} as Tile, { "flow-part": parts }, { streamArea }, scratch)
  const width = box[2] - box[0]
  const made: Record<string, number[]> = {}
  for (const { key, cell, "flow-cells": own } of tiles) {
    const { bytes, reads } = shards.find((shard) => shard.key === key) as Shard
    const others = tiles.filter((tile) => reads.includes(tile.key)).map((tile) => tile["flow-ways"])
    const input = { "flow-cells": own, "flow-decision": bytes, "flow-ways": others }
    const outputs = flow.run(keyed(tileOf(cell, 0), cell), input, {}, scratch)
    for (const [name, { data, minX, maxY, ...raster }] of Object.entries(outputs)) {
      made[name] ??= new Array<number>(width * (box[3] - box[1]))
      for (const [i, value] of data.entries()) {
        const [x, y] = [minX - box[0] + (i % raster.width), box[3] - maxY + Math.floor(i / raster.width)]
        made[name][y * width + x] = value
      }
    }
  }
  return made
}
