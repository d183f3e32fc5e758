import { expect } from "vitest"
import type { Box2 } from "../../engine/core/geometry/box.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features, Kernel, Scratch, Shard, Tile } from "../../engine/kernel.js"
import { decodeFootprints } from "../../kernels/handover/footprint/footprint.js"
import { mergeFeatures } from "../merge-features.js"

type Made = Readonly<Record<string, unknown>>

/** What a tile hands to a join: by port. */
export interface HandingTile {
  readonly key: string
  readonly blobs: Readonly<Record<string, Uint8Array>>
}

/**
 * Runs a join region by region, then on what the regions left, and expects what it makes of all
 * tiles at one time (`whole`): the same bytes of its layers, for each tile the same objects and the
 * same tiles to read. Regions of one, two, three and five tiles a side, each division of the tiles
 * once; a join that is of regions alone, or of the job alone, is left alone.
 */
export const expectSameByRegions = (
  join: Kernel,
  root: Tile,
  tiles: readonly HandingTile[],
  options: never,
  scratch: Scratch,
  whole: Made,
): void => {
  if (!join.stages?.includes("region") || !join.stages.includes("job")) return
  const ports = Object.keys(join.inputs)
  const side = (root.cell[2] - root.cell[0]) / root.step
  const divisions = new Set<string>()
  for (const across of [1, 2, 3, 5]) {
    const regions = new Map<string, { box: Box2; tiles: HandingTile[] }>()
    for (const tile of tiles) {
      const [, x = 0, y = 0] = tile.key.split("/").map((place) => Math.floor(Number(place) / across))
      const box: Box2 = [x, y, x + 1, y + 1].map((place) => place * across * side) as never
      const region = regions.get(`${x} ${y}`) ?? { box, tiles: [] }
      regions.set(`${x} ${y}`, region)
      region.tiles.push(tile)
    }
    const division = JSON.stringify([...regions.values()].map(({ tiles }) => tiles.map(({ key }) => key)))
    if (divisions.has(division)) continue
    divisions.add(division)
    const run = (blobs: readonly Readonly<Record<string, unknown>>[], region?: Box2): Made => {
      const input = Object.fromEntries(ports.map((port) => [port, blobs.map((own) => own[port])]))
      return join.run({ ...root, ...(region && { region }) }, input as never, options, scratch) as Made
    }
    const below = [...regions.values()].map(({ box, tiles }) =>
      run(
        tiles.map(({ blobs }) => blobs),
        box,
      ),
    )
    const made = [...below, run(below)]
    for (const [name, port] of Object.entries(join.outputs)) {
      if (port.kind === "features")
        expect(layerOf(made.map((one) => one[name] as Features))).toEqual(layerOf([whole[name] as Features]))
      if (port.kind === "shards")
        expect(shardsByTile(made.map((one) => one[name] as Shard[]))).toEqual(shardsByTile([whole[name] as Shard[]]))
    }
  }
}

/** As written: the order is that of the file. */
const layerOf = (parts: readonly Features[]): Uint8Array =>
  encodeFlatGeobuf(mergeFeatures(parts), { name: "layer", epsg: 2154, metadata: {} })

/** The objects of each tile, and the tiles that are read for them. */
const shardsByTile = (made: readonly (readonly Shard[])[]): object => {
  const lists = new Map<string, { bytes: Uint8Array[]; reads: Set<string> }>()
  for (const { key, bytes, reads } of made.flat()) {
    const list = lists.get(key) ?? { bytes: [], reads: new Set() }
    lists.set(key, list)
    list.bytes.push(bytes)
    for (const other of reads) list.reads.add(other)
  }
  const sorted = [...lists].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([key, { bytes, reads }]) => ({
    key,
    objects: decodeFootprints(Buffer.concat(bytes)),
    reads: [...reads].sort(),
  }))
}
