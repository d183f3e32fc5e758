/** Makes a synthetic country as the source tiles of a plan. */

import { Box2 } from "../engine/core/geometry/box.js"
import { elementAt } from "../engine/core/lists.js"
import { seededRandom } from "../engine/core/random.js"
import { homeOf } from "../engine/distributed/write-shard-plan.js"
import type { Grid } from "../engine/grid/tile-key.js"
import type { CatalogueSource } from "../engine/spatial/catalogue.js"
import { indexedSource, type SourceLine } from "../engine/spatial/index-sources.js"

/** A synthetic country: source tiles of 1 km in RGF93 / Lambert-93, named as IGN's. */
export interface Country {
  readonly epsg: number
  readonly sample: CatalogueSource
  /** Box around all tiles, CRS metres. */
  readonly box: Box2
  /** Its tiles along the Hilbert curve of a grid. */
  sources(grid: Grid): Generator<SourceLine>
}

const epsg = 2154
/**
 * Corners of a hexagon in place of metropolitan France, km: Dunkerque, Lauterbourg, Menton,
 * Cerbère, Hendaye, Ouessant.
 */
const corners = [
  [655, 7105],
  [1080, 6880],
  [1080, 6310],
  [700, 6150],
  [315, 6260],
  [100, 6840],
] as const
/**
 * Points per km²: the mean, times a smooth factor from `low` to `high` and a random factor from
 * tile to tile. The smooth factor has a knot every `side` km.
 */
const meanPoints = 30_000_000
const swath = { low: 0.6, high: 1.4, side: 24, jitter: 0.15 } as const

/** A country of `tiles` tiles, in a hexagon scaled to contain them. Deterministic by seed. */
export const makeCountry = (tiles: number, seed: number): Country => {
  const places = placeTiles(tiles)
  const points = countPoints(places, seed)
  const boxOf = (i: number): Box2 => {
    const [x, y] = [places[2 * i]! * 1000, places[2 * i + 1]! * 1000]
    return [x, y, x + 1000, y + 1000]
  }
  const source = (i: number): CatalogueSource => {
    const [x, y] = [places[2 * i]!, places[2 * i + 1]! + 1].map((km) => String(km).padStart(4, "0"))
    const name = `LHD_FXX_${x}_${y}_PTS_LAMB93_IGN69.copc.laz`
    const url = `https://simulated.invalid/${name}`
    return indexedSource({ kind: "points", name, url, box: boxOf(i), points: points[i]! }, epsg)
  }
  let box = boxOf(0)
  for (let i = 1; i < tiles; i++) box = Box2.union(box, boxOf(i))
  return {
    epsg,
    sample: source(0),
    box,
    *sources(grid) {
      const home = homeOf(grid)
      const along = Float64Array.from({ length: tiles }, (_, i) => home({ box: boxOf(i) }))
      const order = Uint32Array.from(along.keys()).sort((a, b) => along[a]! - along[b]!)
      for (const i of order) {
        const one = source(i)
        yield { box: one.box, count: one.count, format: one.format, line: Buffer.from(`${JSON.stringify(one)}\n`) }
      }
    },
  }
}

/** South-west corners of the tiles, km, in pairs. */
const placeTiles = (tiles: number): Int32Array => {
  const centre = [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis]!, 0) / corners.length)
  const within = (scale: number): number[] => {
    const ring = corners.map(
      ([x, y]): Place => [centre[0]! + scale * (x - centre[0]!), centre[1]! + scale * (y - centre[1]!)],
    )
    const found: number[] = []
    const [columns, rows] = [ring.map(([x]) => x), ring.map(([, y]) => y)]
    for (let y = Math.floor(Math.min(...rows)); y <= Math.max(...rows); y++)
      for (let x = Math.floor(Math.min(...columns)); x <= Math.max(...columns); x++)
        if (isInside(ring, x + 0.5, y + 0.5)) found.push(x, y)
    return found
  }
  let scale = Math.sqrt(tiles / 600_000)
  let found = within(scale)
  while (found.length < 2 * tiles) {
    scale = scale * 1.002 + 0.0005
    found = within(scale)
  }
  return Int32Array.from(found.slice(0, 2 * tiles))
}

type Place = readonly [x: number, y: number]

/** Corners run clockwise. */
const isInside = (ring: readonly Place[], x: number, y: number): boolean =>
  ring.every(([ax, ay], i) => {
    const [bx, by] = elementAt(ring, (i + 1) % ring.length)
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax) <= 0
  })

const countPoints = (places: Int32Array, seed: number): Float64Array => {
  const random = seededRandom(seed)
  const knots = new Map<number, number>()
  const knot = (x: number, y: number): number => {
    const id = x * 4096 + y
    const known = knots.get(id)
    if (known !== undefined) return known
    // Depends on place and seed only, not on the order of the calls.
    const value = seededRandom(seed ^ Math.imul(id, 0x9e3779b1))()
    knots.set(id, value)
    return value
  }
  return Float64Array.from({ length: places.length / 2 }, (_, i) => {
    const [x, y] = [places[2 * i]! / swath.side, places[2 * i + 1]! / swath.side]
    const [left, low] = [Math.floor(x), Math.floor(y)]
    const [u, v] = [x - left, y - low]
    const south = knot(left, low) * (1 - u) + knot(left + 1, low) * u
    const north = knot(left, low + 1) * (1 - u) + knot(left + 1, low + 1) * u
    const share = swath.low + (swath.high - swath.low) * (south * (1 - v) + north * v)
    return Math.round(meanPoints * share * (1 + swath.jitter * (2 * random() - 1)))
  })
}
