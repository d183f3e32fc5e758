/** Columns under the points around a tile: occluders of its walls beyond its own mesh. */
import type { Box2 } from "../../../engine/core/geometry/box.js"
import type { Mesh, Points } from "../../../engine/kernel.js"

/**
 * Depth of a column below its point, metres: below its foot, where no line of sight to a place
 * above the ground passes.
 */
const DEPTH = 40

/**
 * Represents the surroundings of a tile by columns, one a point: squares of `side` with walls down
 * from the point. They hide at least as much as the real objects.
 * @param points one a cell of `side`, of classes that stand on the ground
 * @param cell excludes its points: the tile's own mesh covers it
 * @param own boxes of the tile's objects that extend beyond it, CRS metres
 */
export const columnMesh = (
  points: Pick<Points, "origin" | "scale" | "count" | "x" | "y" | "z">,
  side: number,
  cell: Box2,
  own: readonly Box2[],
): Mesh => {
  const { origin, scale } = points
  const chosen: number[] = []
  for (let i = 0; i < points.count; i++) {
    const [x, y] = [origin[0] + points.x[i] * scale, origin[1] + points.y[i] * scale]
    if (isIn(cell, x, y) || own.some((box) => isIn(box, x, y))) continue
    chosen.push(i)
  }
  const positions = new Int32Array(24 * chosen.length)
  const triangles = new Uint32Array(30 * chosen.length)
  const mm = scale * 1000
  for (const [n, i] of chosen.entries()) {
    for (let corner = 0; corner < 8; corner++) {
      const at = 24 * n + 3 * corner
      const [east, north] = [corner % 4 === 1 || corner % 4 === 2, corner % 4 > 1]
      positions[at] = Math.round(points.x[i] * mm + (east ? 500 : -500) * side)
      positions[at + 1] = Math.round(points.y[i] * mm + (north ? 500 : -500) * side)
      positions[at + 2] = Math.round(points.z[i] * mm - (corner < 4 ? 0 : DEPTH * 1000))
    }
    const v = 8 * n
    triangles.set([v, v + 1, v + 2, v, v + 2, v + 3], 30 * n)
    for (let k = 0; k < 4; k++) {
      const [a, b] = [v + k, v + ((k + 1) % 4)]
      triangles.set([a, a + 4, b + 4, a, b + 4, b], 30 * n + 6 + 6 * k)
    }
  }
  return { origin, positions, triangles, classes: new Uint8Array(8 * chosen.length), maxError: 0 }
}

const isIn = (box: Box2, x: number, y: number): boolean => x >= box[0] && x < box[2] && y >= box[1] && y < box[3]
