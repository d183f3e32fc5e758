import { Box2 } from "../../engine/core/geometry/box.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features, Kernel, Tile } from "../../engine/kernel.js"
import dhm from "../../kernels/terrain/dhm.js"
import dsm from "../../kernels/terrain/dsm.js"
import dtm from "../../kernels/terrain/dtm.js"
import vegetation from "../../kernels/vegetation/cover.js"
import join from "../../kernels/vegetation/cover-join.js"
import region from "../../kernels/vegetation/cover-region.js"
import { mergeFeatures } from "../merge-features.js"
import { type PointsOf, pointInputs, tilesOver } from "./footprint-stages.js"
import { optionsOf, scratch } from "./kernel-run.js"

const SQUARE = 10_000

/** The cells of a tile, with the halos that the rasters below them need. */
export const coverTileOf = async (
  points: PointsOf,
  tile: Tile,
  given: Record<string, number> = {},
): Promise<Uint8Array> => {
  const values: Record<string, unknown> = {}
  const halo = vegetation.halo(optionsOf(vegetation as unknown as Kernel, given))
  for (const kernel of [dtm, dsm, dhm, vegetation] as unknown as Kernel[]) {
    const options = optionsOf(kernel, given)
    const grown = kernel.id === "vector.vegetation" ? 0 : halo
    const step: Tile = {
      ...tile,
      core: Box2.grow(tile.cell, grown),
      extent: Box2.grow(tile.cell, grown + kernel.halo(options)),
    }
    const needsPoints = Object.values(kernel.inputs).some((port) => port.kind === "points")
    const own = needsPoints ? pointInputs(kernel, await points(step), step) : {}
    const chain = Object.fromEntries(Object.keys(kernel.inputs).map((name) => [name, values[name]]))
    Object.assign(values, kernel.run(step, { ...chain, ...own } as never, options, scratch))
  }
  return values["cover-tile"] as Uint8Array
}

/**
 * What becomes of the cells of tiles with these cells' corners: the layer, sorted by id as it is
 * written, and its bytes.
 */
export const coverLayer = (
  tiles: readonly { readonly cell: Box2; readonly bytes: Uint8Array }[],
): { features: Features; bytes: Uint8Array; cuts: number } => {
  const regions = new Map<string, Uint8Array[]>()
  for (const { cell, bytes } of tiles) {
    const name = `${Math.floor(cell[0] / SQUARE)} ${Math.floor(cell[1] / SQUARE)}`
    regions.set(name, [...(regions.get(name) ?? []), bytes])
  }
  const run = (kernel: unknown, inputs: Record<string, unknown>): Record<string, unknown> =>
    (kernel as Kernel).run({} as never, inputs as never, {} as never, scratch) as Record<string, unknown>
  const made = [...regions.values()].map((blobs) => run(region, { "cover-tile": blobs }))
  const joined = run(join, { "cover-cuts": made.map((values) => values["cover-cuts"]) })
  const features = mergeFeatures([...made, joined].map((values) => values["vegetation"] as Features))
  const cuts = (joined["vegetation"] as Features).ids.length
  return { features, bytes: encodeFlatGeobuf(features, { name: "vegetation", epsg: 2154, metadata: {} }), cuts }
}

/** The whole way: cells by tiles of a side, taken in an order of the seed. */
export const coverOf = async (
  points: PointsOf,
  box: Box2,
  side: number,
  given: Record<string, number> = {},
  reversed = false,
): Promise<ReturnType<typeof coverLayer>> => {
  const tiles: { cell: Box2; bytes: Uint8Array }[] = []
  for (const tile of tilesOver(box, side, 0))
    tiles.push({ cell: tile.cell, bytes: await coverTileOf(points, tile, given) })
  return coverLayer(reversed ? tiles.reverse() : tiles)
}

/** Rings of a feature, closed, x and y. */
export const ringsOf = ({ coordinates, ringEnds, partEnds }: Features, f: number): Float64Array[] =>
  Array.from({ length: partEnds[f] - (f > 0 ? partEnds[f - 1] : 0) }, (_, k) => {
    const r = (f > 0 ? partEnds[f - 1] : 0) + k
    return coordinates.slice(2 * (r > 0 ? ringEnds[r - 1] : 0), 2 * ringEnds[r])
  })
