/** Points without attributes, as a tile passes on those of buildings and decks over its border. */
import { decodeBlob, encodeBlob } from "../../engine/core/blob.js"
import type { Box2 } from "../../engine/core/geometry/box.js"
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

/** Selects points of a tile by their indices. */
export const takePoints = ({ x, y, z, origin }: Points, indices: readonly number[]): PointSet => {
  const take = (values: Int32Array): Int32Array => Int32Array.from(indices, (i) => values[i])
  const [ox, oy, oz] = origin.map((value) => Math.round(value * 1000))
  return { origin: [ox, oy, oz], x: take(x), y: take(y), z: take(z) }
}

/** The points in the half-open cell of a tile that `isWanted` (by index) accepts. */
export const ownPoints = (points: Points, cell: Box2, isWanted = (_: number): boolean => true): PointSet => {
  const [ox, oy] = points.origin.map((value) => Math.round(value * 1000))
  const [minX, minY, maxX, maxY] = cell.map((value) => Math.round(value * 1000))
  const kept: number[] = []
  for (let i = 0; i < points.count; i++) {
    const [x, y] = [ox + points.x[i], oy + points.y[i]]
    if (x >= minX && x < maxX && y >= minY && y < maxY && isWanted(i)) kept.push(i)
  }
  return takePoints(points, kept)
}
