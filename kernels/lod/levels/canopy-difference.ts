/** Measures the distance between a coarser canopy and the finer one, for the error of the level. */
import { HeightLookup } from "../../geometry/height-lookup.js"
import type { CanopyLattice } from "../../handover/canopy/grid.js"
import { canopyMesh } from "../../handover/canopy/mesh.js"

/** Distances, mm. */
export interface CanopyDifference {
  /** Largest distance between the two surfaces, where either has a part of the other nearby. */
  readonly distance: number
  /**
   * Largest height above the ground of dropped canopy, where the ground is nearer than the coarser
   * canopy.
   */
  readonly gone: number
}

/**
 * Distance between a coarser canopy and the finer one, both ways, at the vertices of both and at
 * the finer nodes between.
 *
 * Where both exist: the vertical distance. Where only one exists: the lesser of its height above
 * the ground, which the other shows there, and of the distance to the other's body. That distance
 * is measured to the nearest place at a vertex, an upper bound of the one to the surface.
 *
 * From the border of the grid, only places on the same line count: the neighbour compares along
 * that line too. Surfaces inside the other's body are hidden and not measured. O(vertices · nodes
 * near).
 */
export const canopyDifference = (fine: CanopyLattice, coarse: CanopyLattice): CanopyDifference => {
  const [overFine, overCoarse] = [topOf(fine), topOf(coarse)]
  let [distance, gone] = [0, 0]
  for (let v = 0; v < fine.x.length; v++) {
    const shown = overCoarse(fine.x[v], fine.y[v])
    if (shown !== undefined) {
      distance = Math.max(distance, Math.abs(fine.top[v] - shown))
      continue
    }
    const height = fine.top[v] - fine.ground[v]
    const near = nearestPlace(coarse, fine.x[v], fine.y[v], fine.top[v], height)
    if (near < height) distance = Math.max(distance, near)
    else gone = Math.max(gone, height)
  }
  for (let v = 0; v < coarse.x.length; v++) {
    const [x, y, z] = [coarse.x[v], coarse.y[v], coarse.top[v]]
    const shown = overFine(x, y)
    const apart = shown === undefined ? nearestPlace(fine, x, y, z, z - coarse.ground[v]) : Math.abs(z - shown)
    distance = Math.max(distance, apart)
  }
  return { distance: Math.max(distance, overGaps(fine, overFine, overCoarse)), gone }
}

type HeightAt = (x: number, y: number) => number | undefined

/** The surface as a function of height by place. */
const topOf = (lattice: CanopyLattice): HeightAt => {
  const origin = [(lattice.column * lattice.spacing) / 1000, (lattice.row * lattice.spacing) / 1000, 0] as const
  const { positions: p, triangles } = canopyMesh(lattice, origin, () => undefined)
  // Vertices of the surface have even numbers.
  const axis = (k: number): Int32Array => Int32Array.from(lattice.top, (_, v) => p[6 * v + k])
  const faces: number[] = []
  for (let t = 0; t < triangles.length; t += 3) {
    const isTop = [0, 1, 2].every((k) => triangles[t + k] % 2 === 0)
    if (isTop) for (let k = 0; k < 3; k++) faces.push(triangles[t + k] / 2)
  }
  const lookup = new HeightLookup({ x: axis(0), y: axis(1), z: axis(2), triangles: Uint32Array.from(faces) })
  return (x, y) => lookup.heightAt(x - 1000 * origin[0], y - 1000 * origin[1])
}

/** Largest distance of the coarser surface from the finer one at nodes that the finer one lacks. */
const overGaps = (fine: CanopyLattice, overFine: HeightAt, overCoarse: HeightAt): number => {
  const { columns, spacing, node } = fine
  let largest = 0
  for (let i = 0; i < node.length; i++) {
    if (node[i] >= 0) continue
    const [x, y] = [(fine.column + (i % columns)) * spacing, (fine.row + Math.floor(i / columns)) * spacing]
    const z = overCoarse(x, y)
    if (z === undefined || overFine(x, y) !== undefined) continue
    largest = Math.max(largest, nearestPlace(fine, x, y, z, Number.POSITIVE_INFINITY))
  }
  return largest
}

/**
 * Distance to the nearest place in the body at one of its vertices, at most `most`. It searches
 * rings of nodes outwards until none can be nearer; from the border of the grid only along that
 * line.
 */
const nearestPlace = (lattice: CanopyLattice, x: number, y: number, z: number, most: number): number => {
  const { spacing, column, row, columns, rows } = lattice
  const [c0, r0] = [Math.floor(x / spacing) - column, Math.floor(y / spacing) - row]
  const onColumn = x === column * spacing || x === (column + columns - 1) * spacing
  const onRow = y === row * spacing || y === (row + rows - 1) * spacing
  const isOnLine = (v: number): boolean => (!onColumn || lattice.x[v] === x) && (!onRow || lattice.y[v] === y)
  let best = most
  const visit = (c: number, r: number): void => {
    if (c < 0 || r < 0 || c >= columns || r >= rows) return
    const i = r * columns + c
    for (const v of [lattice.node[i], lattice.east[i], lattice.north[i]]) {
      if (v < 0 || !isOnLine(v)) continue
      const above = Math.max(0, z - lattice.top[v], lattice.ground[v] - z)
      best = Math.min(best, Math.hypot(lattice.x[v] - x, lattice.y[v] - y, above))
    }
  }
  // Vertices of a node in ring k are at least k − 1 spacings away.
  const last = Math.max(columns, rows)
  for (let k = 0; k <= last && (k - 1) * spacing < best; k++) {
    for (let d = -k; d <= k; d++) {
      visit(c0 + d, r0 - k)
      if (k > 0) visit(c0 + d, r0 + k)
      if (d > -k && d < k) {
        visit(c0 - k, r0 + d)
        visit(c0 + k, r0 + d)
      }
    }
  }
  return best
}
