/** How near a model is to the points of its building: distances, support, volume, open ground. */
import { boxOfRings, isInsideHalfOpen } from "../../engine/core/geometry/rings.js"
import { squareToSegment } from "../../engine/core/geometry/segments.js"
import { triangleIndex } from "../../engine/core/geometry/triangle-distance.js"
import type { SolidBuilding } from "./solid-building.js"

/** Points in cells of one metre. Coordinates in metres from an origin. */
export interface PointCells {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly z: Float64Array
  /** Points of a cell, by {@link cellKey}. */
  readonly cells: ReadonlyMap<number, readonly number[]>
}

const cellKey = (column: number, row: number): number => (row + 2 ** 20) * 2 ** 22 + column + 2 ** 20

export const pointCells = (x: Float64Array, y: Float64Array, z: Float64Array): PointCells => {
  const cells = new Map<number, number[]>()
  for (let i = 0; i < x.length; i++) {
    const key = cellKey(Math.floor(x[i]!), Math.floor(y[i]!))
    const own = cells.get(key)
    if (own === undefined) cells.set(key, [i])
    else own.push(i)
  }
  return { x, y, z, cells }
}

/** Points of class 6 (`roof`) and 2 (`ground`). */
export interface JudgedPoints {
  readonly roof: PointCells
  readonly ground: PointCells
}

const higher = { by: 0.5, within: 0.5 }
const support = 1
/** Side of the cells of roof and volume, metres. */
const fine = 0.25
const coarse = 0.5
/** Open ground lies at least this far inside the outline, metres. */
const inside = 0.4

/**
 * Sums, so buildings can be taken together. Areas in m², volumes in m³.
 *
 * @param outline closed rings of x, y, metres from the origin of vertices and points
 */
export const roofFit = (
  building: SolidBuilding | undefined,
  outline: readonly Float64Array[],
  points: JudgedPoints,
) => {
  const { roof } = points
  const box = boxOfRings(outline)
  const own = pointsIn(roof, box).filter((i) => isInsideHalfOpen(outline, roof.x[i]!, roof.y[i]!))
  const surface = building === undefined ? undefined : surfaceOf(building)
  // Residual sums of squares, of all points and of those with no class 6 point more than 0.5 m
  // higher within 0.5 m in plan.
  const sums = { rss: 0, roofPoints: 0, roofRss: 0 }
  for (const i of own) {
    const [x, y, z] = [roof.x[i]!, roof.y[i]!, roof.z[i]!]
    const squared = surface === undefined ? 0 : surface.distance(x, y, z) ** 2
    sums.rss += squared
    if (isCovered(roof, x, y, z)) continue
    sums.roofPoints++
    sums.roofRss += squared
  }
  const heights = building === undefined ? undefined : roofHeights(building)
  return { points: own.length, ...sums, ...cellFigures(heights, outline, box, points) }
}

type Box = readonly [number, number, number, number]

const pointsIn = ({ cells }: PointCells, [minX, minY, maxX, maxY]: Box): number[] => {
  const found: number[] = []
  for (let row = Math.floor(minY); row <= Math.floor(maxY); row++)
    for (let column = Math.floor(minX); column <= Math.floor(maxX); column++)
      for (const i of cells.get(cellKey(column, row)) ?? []) found.push(i)
  return found
}

const around = (points: PointCells, x: number, y: number, reach: number): number[] =>
  pointsIn(points, [x - reach, y - reach, x + reach, y + reach]).filter(
    (i) => (points.x[i]! - x) ** 2 + (points.y[i]! - y) ** 2 <= reach ** 2,
  )

const isCovered = (points: PointCells, x: number, y: number, z: number): boolean =>
  around(points, x, y, higher.within).some((i) => points.z[i]! > z + higher.by)

const surfaceOf = ({ vertices, faces }: SolidBuilding): ReturnType<typeof triangleIndex> | undefined => {
  const corners = faces.flatMap(({ kind, triangles }) => (kind === "ground" ? [] : Array.from(triangles)))
  return corners.length === 0 ? undefined : triangleIndex(vertices, Uint32Array.from(corners))
}

interface Heights {
  /** Heights of the roofs above a place. */
  at(x: number, y: number): readonly number[]
}

const roofHeights = ({ vertices: p, faces }: SolidBuilding): Heights => {
  const cells = new Map<number, (readonly [number, number, number])[]>()
  for (const { kind, triangles } of faces) {
    if (kind !== "roof") continue
    for (let t = 0; t < triangles.length; t += 3) {
      const corners = [3 * triangles[t]!, 3 * triangles[t + 1]!, 3 * triangles[t + 2]!] as const
      const [minX, minY, maxX, maxY] = boxOfRings([corners.flatMap((at) => [p[at]!, p[at + 1]!])])
      for (let row = Math.floor(minY); row <= Math.floor(maxY); row++) {
        for (let column = Math.floor(minX); column <= Math.floor(maxX); column++) {
          const own = cells.get(cellKey(column, row))
          if (own === undefined) cells.set(cellKey(column, row), [corners])
          else own.push(corners)
        }
      }
    }
  }
  return {
    at: (x, y) =>
      (cells.get(cellKey(Math.floor(x), Math.floor(y))) ?? [])
        .map((corners) => heightIn(p, corners, x, y))
        .filter((z) => !Number.isNaN(z)),
  }
}

/** Height of a triangle above a place; NaN outside. */
const heightIn = (p: Float64Array, [a, b, c]: readonly [number, number, number], x: number, y: number): number => {
  const turn = (u: number, v: number): number =>
    (p[v]! - p[u]!) * (y - p[u + 1]!) - (p[v + 1]! - p[u + 1]!) * (x - p[u]!)
  const [wc, wa, wb] = [turn(a, b), turn(b, c), turn(c, a)]
  if (wa < 0 || wb < 0 || wc < 0 || wa + wb + wc === 0) return Number.NaN
  return (wa * p[a + 2]! + wb * p[b + 2]! + wc * p[c + 2]!) / (wa + wb + wc)
}

const cellFigures = (
  heights: Heights | undefined,
  outline: readonly Float64Array[],
  box: Box,
  { roof, ground }: JudgedPoints,
) => {
  // Roof, in plan, without a point within 1 m; of it what has one within 1 m in plan. Space below
  // the highest points: all, what is not built, and what is built above them.
  const sums = { unsupported: 0, wrongHeight: 0, volume: 0, missing: 0, tooMuch: 0 }
  const level = lowest(ground, box)
  eachCell(box, fine, (x, y) => {
    if (!isInsideHalfOpen(outline, x, y)) return
    const roofs = heights?.at(x, y) ?? []
    const near = roofs.length > 0 ? around(roof, x, y, support) : []
    for (const z of roofs) {
      if (near.some((i) => (roof.x[i]! - x) ** 2 + (roof.y[i]! - y) ** 2 + (roof.z[i]! - z) ** 2 <= support ** 2))
        continue
      sums.unsupported += fine ** 2
      if (near.length > 0) sums.wrongHeight += fine ** 2
    }
    const top = highest(roof, x, y, fine / 2)
    if (top < 0 || Number.isNaN(level)) return
    // Above the point itself: on a slope the middle of the cell has another height.
    const z = Math.max(level, ...(heights?.at(roof.x[top]!, roof.y[top]!) ?? []))
    sums.volume += fine ** 2 * (roof.z[top]! - level)
    sums.missing += fine ** 2 * Math.max(0, roof.z[top]! - z)
    sums.tooMuch += fine ** 2 * Math.max(0, z - roof.z[top]!)
  })
  // Cells with class 6 points, and those of them without a roof; open ground inside the outline,
  // and what of it is built on.
  const counts = { cells: 0, lostCells: 0, openGround: 0, builtGround: 0 }
  eachCell(box, coarse, (x, y) => {
    if (!isInsideHalfOpen(outline, x, y)) return
    const isBuilt = (heights?.at(x, y) ?? []).length > 0
    const has = (points: PointCells, reach: number): boolean => highest(points, x, y, reach) >= 0
    if (has(roof, coarse / 2)) {
      counts.cells++
      if (!isBuilt) counts.lostCells++
    } else if (has(ground, coarse / 2) && !has(roof, 1.5 * coarse) && distanceTo(outline, x, y) >= inside) {
      counts.openGround += coarse ** 2
      if (isBuilt) counts.builtGround += coarse ** 2
    }
  })
  return { ...sums, ...counts }
}

const eachCell = ([minX, minY, maxX, maxY]: Box, side: number, call: (x: number, y: number) => void): void => {
  for (let y = (Math.floor(minY / side) + 0.5) * side; y < maxY; y += side)
    for (let x = (Math.floor(minX / side) + 0.5) * side; x < maxX; x += side) call(x, y)
}

/** The highest point in a square around a place; −1 where there is none. */
const highest = (points: PointCells, x: number, y: number, reach: number): number => {
  let best = -1
  for (const i of pointsIn(points, [x - reach, y - reach, x + reach, y + reach]))
    if (Math.abs(points.x[i]! - x) <= reach && Math.abs(points.y[i]! - y) <= reach)
      if (best < 0 || points.z[i]! > points.z[best]!) best = i
  return best
}

/** Height of the lowest ground point within 10 m of a box; NaN without any. */
const lowest = (ground: PointCells, [minX, minY, maxX, maxY]: Box): number =>
  pointsIn(ground, [minX - 10, minY - 10, maxX + 10, maxY + 10]).reduce(
    (least, i) => (Number.isNaN(least) ? ground.z[i]! : Math.min(least, ground.z[i]!)),
    Number.NaN,
  )

/** Distance in plan from a place to closed rings, metres. */
export const distanceTo = (outline: readonly Float64Array[], x: number, y: number): number => {
  let best = Number.POSITIVE_INFINITY
  for (const ring of outline)
    for (let i = 0; i + 3 < ring.length; i += 2)
      best = Math.min(best, squareToSegment(x, y, ring[i]!, ring[i + 1]!, ring[i + 2]!, ring[i + 3]!))
  return Math.sqrt(best)
}
