/** Coarser canopy: wider spacing of its nodes, the same for all tiles of a level. */

import type { Mesh } from "../../../engine/kernel.js"
import { HeightLookup } from "../../geometry/height-lookup.js"
import { emptyMesh } from "../../geometry/join-meshes.js"
import {
  type CanopyField,
  type CanopyLattice,
  canopyGrid,
  isCanopyTop,
  latticeOfMeshes,
  objectSide,
  placeCanopy,
} from "../../handover/canopy/grid.js"
import { CANOPY_COLUMNS, type CellFacts, canopyMesh } from "../../handover/canopy/mesh.js"
import { CANOPY_SPACING, NO_GROUND } from "../../handover/canopy/nodes.js"

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
  const [overFine, overCoarse] = [makeSurface(fine), makeSurface(coarse)]
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
const makeSurface = (lattice: CanopyLattice): HeightAt => {
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

/** The canopy of a level. Distances in mm. */
export interface CanopyLevel {
  readonly mesh: Mesh
  /** Largest distance from the canopy of the finest level. */
  readonly error: number
  /** Largest height above the ground of dropped canopy, plus its earlier error. */
  readonly goneHeight: number
  /**
   * mm; undefined where no spacing is wide enough and divides the tile: the canopy is then empty.
   */
  readonly spacing: number | undefined
}

/** Limits of the spacing, the same for all tiles of a level. */
export interface CanopyLimits {
  /** Side of a tile, mm, and its ratio to that of the finest tiles. */
  readonly side: number
  readonly step: number
  /** Error of the level, mm, and its growth from one level to the next. */
  readonly bound: number
  readonly factor: number
  /** Maximum triangles of the canopy. */
  readonly maxTriangles: number
}

/**
 * Maximum triangles of a cell, with floor and walls: 8 for three nodes, 8 for a saddle, 4 for all
 * four.
 */
const MOST_OF_CELL = 8

/**
 * Spacing of the nodes on a level. It doubles that of the finest level until the densest canopy has
 * at most `maxTriangles` and the spacing exceeds the bound. Details as small as the error need no
 * nodes.
 *
 * It depends on no content: neighbours of one level share their nodes. Undefined where it would not
 * divide the tile.
 */
export const canopySpacing = ({ side, step, bound, maxTriangles }: CanopyLimits): number | undefined => {
  let spacing = CANOPY_SPACING
  if (step === 1) return spacing
  for (;;) {
    const isTooDense = MOST_OF_CELL * (side / spacing) ** 2 > maxTriangles
    if (!isTooDense && spacing > bound) return spacing
    if (!Number.isInteger(side / (2 * spacing))) return isTooDense ? undefined : spacing
    spacing *= 2
  }
}

/**
 * The canopy of a parent from those of its children.
 *
 * It uses the children's nodes where the level has the same spacing. Otherwise each node of a wider
 * grid is a weighted mean of its surroundings (a tent, as on the finest level). Border nodes are
 * those of the children, since the neighbour knows no others. Canopy no higher above the ground
 * than the bound is dropped. O(nodes of the children · nodes near).
 * @param children all made with the same limits
 * @param box the parent's cell, mm of the CRS
 */
export const coarserCanopy = (
  children: readonly Mesh[],
  origin: Mesh["origin"],
  box: readonly [number, number, number, number],
  limits: CanopyLimits,
): CanopyLevel => {
  const { step, side, bound, factor } = limits
  const below = canopySpacing({ ...limits, side: side / 2, step: step / 2, bound: bound / factor })
  const spacing = canopySpacing(limits)
  const present = children.filter(({ triangles }) => triangles.length > 0)
  const none = { spacing, mesh: emptyMesh(origin), error: 0, goneHeight: 0 }
  if (present.length === 0 || below === undefined) return none
  const fine = latticeOfMeshes(present, canopyGrid(box, below))
  const before = 1000 * Math.max(...present.map(errorOf))
  if (spacing === undefined) return { ...none, goneHeight: highestOf(fine) + before }
  const facts = sumFacts(present, spacing)
  if (spacing === below) return { ...none, mesh: canopyMesh(fine, origin, facts, before), error: before }
  const coarse = placeCanopy(coarserField(fine, spacing / below, bound))
  const { distance, gone } = canopyDifference(fine, coarse)
  const error = distance + before
  return {
    spacing,
    mesh: coarse.x.length === 0 ? none.mesh : canopyMesh(coarse, origin, facts, error),
    error: coarse.x.length === 0 ? 0 : error,
    goneHeight: gone === 0 ? 0 : gone + before,
  }
}

const numberOf = ({ objects }: Mesh, column: string, row: number): number =>
  Number(objects?.columns[column]?.values[row] ?? Number.NaN)

/** Metres; every object of a canopy has the error of its tile. */
const errorOf = (mesh: Mesh): number => numberOf(mesh, CANOPY_COLUMNS.error, 1)

const highestOf = ({ top, ground }: CanopyLattice): number =>
  top.reduce((most, z, v) => Math.max(most, z - ground[v]), 0)

/** Facts of the parent's squares, combined from the children's squares inside them. */
const sumFacts = (
  children: readonly Mesh[],
  spacing: number,
): ((column: number, row: number) => CellFacts | undefined) => {
  const known = new Map<string, { height: number; area: number; members: number }>()
  const side = objectSide(spacing)
  for (const child of children) {
    const { triangles, owners, positions, origin, objects } = child
    if (owners === undefined || objects === undefined) continue
    const seen = new Uint8Array(objects.ids.length)
    for (let t = 0; t < triangles.length / 3; t++) {
      const row = owners[t]
      if (seen[row] === 1 || !isCanopyTop(child, t)) continue
      seen[row] = 1
      // The middle of a face is inside its square.
      const middle = [0, 1].map(
        (axis) => [0, 1, 2].reduce((sum, k) => sum + positions[3 * triangles[3 * t + k] + axis], 0) / 3,
      )
      const key = middle.map((at, axis) => Math.floor((at + 1000 * origin[axis]) / side)).join(" ")
      const facts = known.get(key) ?? { height: 0, area: 0, members: 0 }
      facts.height = Math.max(facts.height, 1000 * numberOf(child, CANOPY_COLUMNS.height, row))
      facts.area += 1e6 * numberOf(child, CANOPY_COLUMNS.area, row)
      facts.members += numberOf(child, CANOPY_COLUMNS.members, row)
      known.set(key, facts)
    }
  }
  return (column, row) => known.get(`${column} ${row}`)
}

/** Nodes `ratio` times as far apart. */
const coarserField = (fine: CanopyLattice, ratio: number, bound: number): CanopyField => {
  const [columns, rows] = [(fine.columns - 1) / ratio + 1, (fine.rows - 1) / ratio + 1]
  const count = columns * rows
  const field = {
    share: new Int32Array(count),
    height: new Int32Array(count),
    ground: new Int32Array(count).fill(NO_GROUND),
  }
  for (let i = 0; i < count; i++) {
    const [c, r] = [i % columns, Math.floor(i / columns)]
    const isOnBorder = c === 0 || r === 0 || c + 1 === columns || r + 1 === rows
    const node = tentAt(fine, c * ratio, r * ratio, isOnBorder ? 1 : ratio)
    field.ground[i] = node.ground
    if (node.height <= bound) continue
    field.share[i] = node.share
    field.height[i] = node.height
  }
  return {
    spacing: fine.spacing * ratio,
    column: fine.column / ratio,
    row: fine.row / ratio,
    columns,
    rows,
    ...field,
  }
}

/**
 * Weighted means of the nodes nearer than `reach` nodes in x and in y; exact sums of whole numbers.
 */
const tentAt = (
  { columns, node, top, ground }: CanopyLattice,
  column: number,
  row: number,
  reach: number,
): { share: number; height: number; ground: number } => {
  let [covered, heights, grounds] = [0, 0, 0]
  for (let r = row - reach + 1; r < row + reach; r++) {
    for (let c = column - reach + 1; c < column + reach; c++) {
      const { [r * columns + c]: v } = node
      if (v < 0) continue
      const weight = (reach - Math.abs(r - row)) * (reach - Math.abs(c - column))
      covered += weight
      heights += weight * (top[v] - ground[v])
      grounds += weight * ground[v]
    }
  }
  if (covered === 0) return { share: 0, height: 0, ground: NO_GROUND }
  return {
    share: Math.round((1000 * covered) / reach ** 4),
    height: Math.round(heights / covered),
    ground: Math.round(grounds / covered),
  }
}
