/** The points of a land that edits change, their ground, and the lattice of new ones. */
import { canonicalDelaunay } from "../geometry/delaunay.js"
import { HeightLookup } from "../geometry/height-lookup.js"

export type Box = readonly [minX: number, minY: number, maxX: number, maxY: number]

/** Distance between new points, metres. Their places are its multiples in the CRS. */
export const LATTICE = 0.25
/** Most new points of an edit. */
export const MOST_POINTS = 10_000_000

/** Columns of points in metres of the CRS. */
export interface Land {
  readonly count: number
  readonly x: Float64Array
  readonly y: Float64Array
  readonly z: Float64Array
  readonly classification: Uint8Array
  /** Index of the point before all edits; −1 − e for one of edit e. */
  readonly from: Int32Array
}

/** x, y, z of the points that an edit adds. */
export type NewPoints = number[]

/** The land without some points and with new ones of a class behind them. O(points). */
export const changeLand = (
  land: Land,
  stays: (i: number) => boolean,
  added: { readonly points: NewPoints; readonly classification: number; readonly edit: number },
): Land => {
  const chosen = new Int32Array(land.count)
  let unchanged = 0
  for (let i = 0; i < land.count; i++) if (stays(i)) chosen[unchanged++] = i
  const count = unchanged + added.points.length / 3
  const grow = (column: Float64Array, axis: number): Float64Array => {
    const result = new Float64Array(count)
    for (let k = 0; k < unchanged; k++) result[k] = column[chosen[k]]
    for (let k = unchanged; k < count; k++) result[k] = added.points[3 * (k - unchanged) + axis]
    return result
  }
  const classification = new Uint8Array(count).fill(added.classification)
  const from = new Int32Array(count).fill(-1 - added.edit)
  for (let k = 0; k < unchanged; k++) {
    classification[k] = land.classification[chosen[k]]
    from[k] = land.from[chosen[k]]
  }
  return { count, x: grow(land.x, 0), y: grow(land.y, 1), z: grow(land.z, 2), classification, from }
}

/** Ground and water: what the terrain model is made of. */
const isGround = (classification: number): boolean =>
  classification === 2 || classification === 9 || classification === 66

/**
 * Height of the ground at a place: the TIN of the ground points in a box; undefined outside it.
 * O(n log n).
 *
 * @param isLeftOut points that do not count
 */
export const groundIn = (
  land: Land,
  [minX, minY, maxX, maxY]: Box,
  isLeftOut: (x: number, y: number) => boolean = () => false,
): ((x: number, y: number) => number | undefined) => {
  const [originX, originY] = [Math.floor(minX), Math.floor(minY)]
  // The lowest of the points of one millimetre.
  const lowest = new Map<number, number>()
  const width = Math.ceil(1000 * (maxX - originX)) + 1
  for (let i = 0; i < land.count; i++) {
    const [x, y] = [land.x[i], land.y[i]]
    if (x < minX || x > maxX || y < minY || y > maxY || !isGround(land.classification[i]) || isLeftOut(x, y)) continue
    const place = Math.round(1000 * (y - originY)) * width + Math.round(1000 * (x - originX))
    const z = Math.round(1000 * land.z[i])
    lowest.set(place, Math.min(z, lowest.get(place) ?? z))
  }
  const coordinates = new Float64Array(2 * lowest.size)
  const z = Int32Array.from(lowest.values())
  let k = 0
  for (const place of lowest.keys()) {
    coordinates[k++] = place % width
    coordinates[k++] = Math.floor(place / width)
  }
  const triangles = canonicalDelaunay(coordinates)
  const x = Int32Array.from(z, (_, i) => coordinates[2 * i])
  const y = Int32Array.from(z, (_, i) => coordinates[2 * i + 1])
  const field = new HeightLookup({ x, y, z, triangles })
  return (px, py) => {
    const height = field.heightAt(1000 * (px - originX), 1000 * (py - originY))
    return height === undefined ? undefined : height / 1000
  }
}

/** Calls `visit` for the places of the lattice in a box. */
export const eachOfLattice = ([minX, minY, maxX, maxY]: Box, visit: (x: number, y: number) => void): void => {
  for (let j = Math.ceil(minY / LATTICE); j * LATTICE <= maxY; j++)
    for (let i = Math.ceil(minX / LATTICE); i * LATTICE <= maxX; i++) visit(i * LATTICE, j * LATTICE)
}

/** The box, and `margin` metres around. */
export const growBox = ([minX, minY, maxX, maxY]: Box, margin: number): Box => [
  minX - margin,
  minY - margin,
  maxX + margin,
  maxY + margin,
]

/** Number of places of the lattice in a box. */
export const latticeSize = ([minX, minY, maxX, maxY]: Box): number =>
  ((maxX - minX) / LATTICE + 1) * ((maxY - minY) / LATTICE + 1)
