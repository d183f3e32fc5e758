import type { Points } from "../../engine/kernel.js"
import { type DataExtent, dataExtent, wholeExtent } from "./data-extent.js"
import { type LocalObject, placeTo } from "./ring-place.js"

/** Metre cells, mm. */
const CELL = 1000

/** Where a tile may have ground. */
export interface TerrainExtent {
  /** Inside the tile. */
  readonly inner: DataExtent
  /** On its sides, south, east, north, west: alike in the tiles across. */
  readonly sides: readonly DataExtent[]
}

/**
 * Where there is data (see {@link dataExtent}), or an object that stands for it: a lake that sent nothing back is no void. On a side only objects count that meet it,
 * since the tile across knows of no others.
 *
 * @param points all returns of the surface, so that ground under a wood or a roof is inside
 * @param meets for each side the objects that meet it
 */
export const terrainExtent = (
  points: Points,
  side: number,
  reach: number,
  objects: readonly LocalObject[],
  meets: readonly (readonly LocalObject[])[],
): TerrainExtent => {
  const plain = dataExtent(points, side, reach)
  if (plain.whole) return { inner: wholeExtent, sides: [wholeExtent, wholeExtent, wholeExtent, wholeExtent] }
  const withObjects = (some: readonly LocalObject[]): DataExtent =>
    some.length === 0 ? plain : dataExtent(occupied(points, side, 2 * reach, some), side, reach)
  return { inner: withObjects(objects), sides: meets.map(withObjects) }
}

/** A point for each metre cell with a point, and for each whose middle lies inside an object. */
const occupied = (points: Points, side: number, margin: number, objects: readonly LocalObject[]): Points => {
  const n = Math.round(side / CELL) + 2 * margin
  const cells = new Uint8Array(n * n)
  for (let i = 0; i < points.count; i++) {
    const column = Math.floor(points.x[i] / CELL) + margin
    const row = Math.floor(points.y[i] / CELL) + margin
    if (column >= 0 && row >= 0 && column < n && row < n) cells[row * n + column] = 1
  }
  const middle = (k: number): number => (k - margin) * CELL + CELL / 2
  for (const object of objects) {
    const [minX, minY, maxX, maxY] = object.box.map((value) => Math.floor(value / CELL) + margin)
    for (let row = Math.max(0, minY!); row <= Math.min(n - 1, maxY!); row++) {
      for (let column = Math.max(0, minX!); column <= Math.min(n - 1, maxX!); column++) {
        if (placeTo(object, middle(column), middle(row)) >= 0) cells[row * n + column] = 1
      }
    }
  }
  const x: number[] = []
  const y: number[] = []
  for (let cell = 0; cell < n * n; cell++) {
    if (cells[cell] === 0) continue
    x.push(middle(cell % n))
    y.push(middle(Math.floor(cell / n)))
  }
  return { ...points, count: x.length, x: Int32Array.from(x), y: Int32Array.from(y), z: new Int32Array(x.length) }
}
