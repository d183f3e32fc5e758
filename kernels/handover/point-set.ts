/** Points without attributes, as a tile passes on those of buildings and decks over its border. */
import { decodeBlob, encodeBlob } from "../../engine/core/blob.js"
import type { Box2 } from "../../engine/core/geometry/box.js"
import { EngineError } from "../../engine/errors.js"
import type { Points } from "../../engine/kernel.js"

/** Points without attributes: whole mm relative to `origin`, which is in whole mm of the CRS. */
export interface PointSet {
  readonly origin: readonly [xMm: number, yMm: number, zMm: number]
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
}

const MARK = "MPS2"

export const encodePointSet = (points: PointSet): Uint8Array => encodeBlob(MARK, points)

/** No bytes give no points. Throws on other bytes. */
export const decodePointSet = (bytes: Uint8Array): PointSet => {
  if (bytes.byteLength > 0) return decodeBlob(MARK, bytes.slice(), "set of points")
  const none = new Int32Array(0)
  return { origin: [0, 0, 0], x: none, y: none, z: none }
}

/**
 * A column that a kernel's port asks for.
 *
 * @throws EngineError E_INTERNAL without it
 */
export const requireColumn = <K extends "classification" | "gpsTime" | "numberOfReturns" | "returnNumber">(
  points: { readonly [Name in K]?: Points[Name] | undefined },
  name: K,
): NonNullable<Points[K]> => {
  const column = points[name]
  if (column === undefined) throw new EngineError("E_INTERNAL", `Points without ${name}, which the port asks for.`)
  return column
}

/** Selects points of a tile by their indices. */
export const takePoints = ({ x, y, z, origin }: Points, indices: ArrayLike<number>): PointSet => {
  const take = (values: Int32Array): Int32Array => {
    const taken = new Int32Array(indices.length)
    for (let k = 0; k < taken.length; k++) taken[k] = values[indices[k]]
    return taken
  }
  const [ox, oy, oz] = origin.map((value) => Math.round(value * 1000))
  return { origin: [ox, oy, oz], x: take(x), y: take(y), z: take(z) }
}

/** The points in the half-open cell of a tile that `isWanted` (by index) accepts. */
export const ownPoints = (points: Points, cell: Box2, isWanted?: (i: number) => boolean): PointSet => {
  const [ox, oy] = points.origin.map((value) => Math.round(value * 1000))
  const [minX, minY, maxX, maxY] = cell.map((value, k) => Math.round(value * 1000) - (k % 2 === 0 ? ox : oy))
  const { x, y, count } = points
  const chosen = new Int32Array(count)
  let size = 0
  for (let i = 0; i < count; i++)
    if (x[i] >= minX && x[i] < maxX && y[i] >= minY && y[i] < maxY && (isWanted === undefined || isWanted(i)))
      chosen[size++] = i
  return takePoints(points, chosen.subarray(0, size))
}
