import { isDeepStrictEqual } from "node:util"
import { Box2 } from "../../engine/core/geometry/box.js"
import { objectId } from "../../engine/core/hash.js"
import { findPresence } from "../../engine/core/presence.js"
import { seededRandom } from "../../engine/core/random.js"
import { gatherPoints } from "../../engine/formats/points/gather.js"
import { openPointFile } from "../../engine/formats/points/point-file.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features, FullPoints, Kernel, Mesh, Points, Presence, Shard, Solids, Tile } from "../../engine/kernel.js"
import { PointTable } from "../../engine/worker/points/point-table.js"
import { type ScanPoints, takePoints } from "../../fixtures/sample/scan.js"
import { decodeFootprints, type Footprint } from "../../kernels/handover/footprint/footprint.js"
import { mergeFeatures } from "../merge-features.js"
import { expectSameByRegions } from "./by-regions.js"
import { optionsOf, scratch } from "./kernel-run.js"

/** Level of the finest tiles: any side below 8 km reaches Lambert-93's farthest corner. */
const LEVEL = 17

/** A tile of the quadtree: `level` 0 is the root. */
export const tileOf = (side: number, x: number, y: number, halo: number, level = LEVEL): Tile => {
  const size = side * 2 ** (LEVEL - level)
  const cell: Box2 = [x * size, y * size, (x + 1) * size, (y + 1) * size]
  const extent = Box2.grow(cell, halo)
  return {
    key: `${level}/${x}/${y}`,
    cell,
    core: cell,
    extent,
    origin: [cell[0], cell[1], 0],
    step: 2 ** (LEVEL - level),
    epsg: 2154,
  }
}

/** Gives the points of a tile's extent in canonical order, relative to its origin. */
export type PointsOf = (tile: Tile) => Promise<FullPoints>

/** Points in memory. */
export const fromMemory = (scan: ScanPoints): PointsOf => {
  const source = {
    async *read() {
      yield scan
    },
  }
  const [west, south] = scan.origin
  const all = gatherPoints([source as never], [west - 1e4, south - 1e4, west + 1e4, south + 1e4], scan.origin)
  return cutOf(all)
}

/** Points of files, those in a box and 100 m around. */
export const fromFiles = (paths: readonly string[], box: Box2): PointsOf => {
  const read = async (): ReturnType<typeof gatherPoints> => {
    const files = await Promise.all(paths.map((path) => openPointFile(path)))
    const gathered = await gatherPoints(files, Box2.grow(box, 100), [box[0], box[1], 0])
    for (const file of files) await file.close()
    return gathered
  }
  return cutOf(read())
}

/** Gathered once, cut for each tile: canonical order is that of the CRS, whatever the tile. */
const cutOf =
  (gathered: ReturnType<typeof gatherPoints>): PointsOf =>
  async (tile) => {
    const points = (await gathered).points as FullPoints & ScanPoints
    const { origin, x, y } = points
    const [minX, minY, maxX, maxY] = tile.extent.map((value, k) => Math.round(1000 * (value - origin[k % 2])))
    const inside: number[] = []
    for (let i = 0; i < points.count; i++)
      if (x[i] >= minX && x[i] < maxX && y[i] >= minY && y[i] < maxY) inside.push(i)
    const chosen = takePoints(points, inside)
    const shift = (values: Int32Array, k: 0 | 1 | 2): Int32Array => {
      const by = Math.round(1000 * (origin[k] - tile.origin[k]))
      return values.map((value) => value + by)
    }
    const place = { x: shift(chosen.x, 0), y: shift(chosen.y, 1), z: shift(chosen.z, 2), origin: tile.origin }
    return { ...chosen, ...place } as FullPoints
  }

/** What the three stages of an object layer give. */
export interface Stages {
  readonly features: Features
  readonly bytes: Buffer
  /** What the join alone gives. */
  readonly joined: Features
  readonly figures: Readonly<Record<string, number>>
  readonly tiles: readonly Tile[]
  /** Outputs of the tile kernel by tile key. */
  readonly made: ReadonlyMap<string, Readonly<Record<string, unknown>>>
  readonly shards: readonly Shard[]
}

/**
 * Runs a tile kernel on every tile of `side` metres that meets the box, in a seeded order, then its
 * join.
 */
export const runStages = async (
  points: PointsOf,
  box: Box2,
  side: number,
  kernels: { tile: unknown; join: unknown },
  names: { layer: string; part: string | readonly string[]; shards?: string },
  given: Record<string, number> = {},
  seed = 1,
  inputs: (tile: Tile) => Record<string, unknown> = () => ({}),
): Promise<Stages> => {
  const [tileKernel, join] = [kernels.tile as Kernel, kernels.join as Kernel]
  const options = optionsOf(tileKernel, given)
  const tiles = tilesOver(box, side, tileKernel.halo(options))
  const random = seededRandom(seed)
  const order = tiles.map((tile) => ({ tile, at: random() })).sort((a, b) => a.at - b.at)
  const made = new Map<string, Record<string, unknown>>()
  const figures: Record<string, number> = {}
  const count = (outputs: Record<string, unknown>): void => {
    for (const [name, value] of Object.entries(outputs)) {
      if (!name.endsWith("-quality")) continue
      for (const [figure, n] of Object.entries(value as Record<string, number>))
        figures[figure] = (figures[figure] ?? 0) + n
    }
  }
  for (const { tile } of order) {
    const input = { ...pointInputs(tileKernel, await points(tile), tile), ...inputs(tile) }
    const outputs = tileKernel.run(tile, input as never, options, scratch) as Record<string, unknown>
    count(outputs)
    made.set(tile.key, outputs)
  }
  const blobs = Object.fromEntries(
    [names.part].flat().map((part) => [part, tiles.map(({ key }) => made.get(key)![part] as Uint8Array)]),
  )
  const root = tileOf(side, 0, 0, 0, 0)
  const joined = join.run(root, blobs as never, optionsOf(join), scratch) as Record<string, unknown>
  const handing = tiles.map(({ key }) => {
    const outputs = made.get(key)!
    return { key, blobs: Object.fromEntries([names.part].flat().map((part) => [part, outputs[part] as Uint8Array])) }
  })
  expectSameByRegions(join, root, handing, optionsOf(join), scratch, joined)
  count(joined)
  const layers = [...made.values(), joined].map((outputs) => outputs[names.layer] as Features)
  const features = mergeFeatures(layers)
  const bytes = Buffer.from(encodeFlatGeobuf(features, { name: "layer", epsg: 2154, metadata: {} }))
  return {
    features,
    bytes,
    joined: layers.at(-1)!,
    figures,
    tiles,
    made,
    shards: names.shards === undefined ? [] : (joined[names.shards] as Shard[]),
  }
}

/** Ids that the features' anchors give: those of their representative points. */
export const idsOfAnchors = ({ anchors }: Features, layer: string): string[] =>
  Array.from({ length: anchors!.length / 2 }, (_, f) => objectId(layer, anchors![2 * f]!, anchors![2 * f + 1]!))

/** What the points ports of a kernel get. */
export const pointInputs = (kernel: Kernel, points: FullPoints, tile: Tile): Record<string, Points | Presence> => {
  const table = new PointTable(points)
  return Object.fromEntries(
    Object.entries(kernel.inputs).flatMap(([name, port]): [string, Points | Presence][] => {
      if (port.kind === "presence") return [[name, findPresence(tile.extent, points)]]
      return port.kind === "points" ? [[name, table.select(port, tile.extent)]] : []
    }),
  )
}

/** The tiles that meet a box, ordered by key. */
export const tilesOver = (box: Box2, side: number, halo: number): Tile[] => {
  const tiles: Tile[] = []
  for (let y = Math.floor(box[1] / side); y * side < box[3]; y++)
    for (let x = Math.floor(box[0] / side); x * side < box[2]; x++) tiles.push(tileOf(side, x, y, halo))
  return tiles
}

/**
 * Faults of closed solids, counted without the kernels' own code: directed edges that lack their
 * one opposite, faces without area, and solids whose volume is not positive.
 */
export const solidFaults = (solids: Solids): { open: number; flat: number; inverted: number; volumes: number[] } => {
  let [open, flat] = [0, 0]
  const volumes: number[] = []
  solids.solidEnds.forEach((end, s) => {
    const edges = new Map<string, number>()
    let volume = 0
    for (let f = s > 0 ? solids.solidEnds[s - 1] : 0; f < end; f++) {
      for (let r = f > 0 ? solids.faceEnds[f - 1] : 0; r < solids.faceEnds[f]; r++) {
        const ring = solids.ringVertices.subarray(r > 0 ? solids.ringEnds[r - 1] : 0, solids.ringEnds[r])
        ring.forEach((a, i) => {
          const edge = `${place(solids, a)}>${place(solids, ring[(i + 1) % ring.length])}`
          edges.set(edge, (edges.get(edge) ?? 0) + 1)
        })
        const { area, sixVolume } = ringMeasures(solids, ring)
        if (area === 0) flat++
        volume += sixVolume / 6e9
      }
    }
    for (const [edge, count] of edges) {
      const [a, b] = edge.split(">")
      if (count !== 1 || edges.get(`${b}>${a}`) !== 1) open++
    }
    volumes.push(volume)
  })
  return { open, flat, inverted: volumes.filter((volume) => !(volume > 0)).length, volumes }
}

const place = ({ positions }: Solids | Mesh, v: number): string => positions.subarray(3 * v, 3 * v + 3).join(" ")

const ringMeasures = ({ positions: p }: Solids, ring: Uint32Array): { area: number; sixVolume: number } => {
  let [nx, ny, nz, sixVolume] = [0, 0, 0, 0]
  const [ox, oy, oz] = p
  const at = (v: number): [number, number, number] => [p[3 * v] - ox, p[3 * v + 1] - oy, p[3 * v + 2] - oz]
  const a = at(ring[0])
  for (let i = 1; i + 1 < ring.length; i++) {
    const [b, c] = [at(ring[i]), at(ring[i + 1])]
    const u = [b[0] - a[0], b[1] - a[1], b[2] - a[2]]
    const v = [c[0] - a[0], c[1] - a[1], c[2] - a[2]]
    const n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
    nx += n[0]
    ny += n[1]
    nz += n[2]
    sixVolume += a[0] * n[0] + a[1] * n[1] + a[2] * n[2]
  }
  return { area: Math.hypot(nx, ny, nz) / 2, sixVolume }
}

/** All objects that any tile is told of, by id; every tile must be told the same. */
export const objectsOf = ({ made, shards }: Stages, own: string): Map<string, Footprint> => {
  const all = new Map<string, Footprint>()
  const blobs = [
    ...[...made.values()].map((outputs) => outputs[own] as Uint8Array),
    ...shards.map(({ bytes }) => bytes),
  ]
  for (const object of blobs.flatMap(decodeFootprints)) {
    const known = all.get(object.id)
    if (known && !isDeepStrictEqual(known, object)) throw new Error(`tiles are told of two objects ${object.id}`)
    all.set(object.id, object)
  }
  return all
}
