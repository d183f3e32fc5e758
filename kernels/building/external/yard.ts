/** Open ground inside external outlines: its cells in a tile, and the outline without it. */
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { boxOfRings, doubledArea, isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { distanceToRings } from "../../../engine/core/geometry/segments.js"
import { addToList } from "../../../engine/core/lists.js"
import type { Points } from "../../../engine/kernel.js"
import { UnionFind } from "../../geometry/union-find.js"
import { unionPolygons } from "../../geometry/union-polygons.js"
import { type CellGrid, growGrid } from "../../grid/cell-grid.js"
import type { FootprintMember } from "../../handover/footprint/footprint.js"
import { ownCells, pointCells } from "../../handover/patch/cells.js"
import { boxDirections } from "../roof/lines.js"
import { bestRectangle, type Field, grown, type Rectangle } from "./rectangles.js"

/** What the points say of open ground in an outline; lists of several tiles may be joined. */
export interface YardCells {
  /** Cells of 0.5 m with ground points and no class 6 point in the 3 × 3 around: column, row. */
  readonly open: Int32Array
  /** Class 6 points near these cells: x, y, mm of the CRS. May repeat. */
  readonly roof: Float64Array
}

/** Side of a cell, mm. */
export const yardCell = 500
const side = yardCell
/** Class 6 points up to this many cells from an open one bound it. */
const reach = 3
/** The outline without its yards is at most this far from open cells, mm. */
export const yardReach = 1500

/**
 * Open cells in outlines, among the tile's own cells. Points come from at least 3 m around the
 * tile. O(points + cells of the boxes).
 */
export const yardCells = (
  members: readonly FootprintMember[],
  roof: Points,
  ground: Points | undefined,
  cell: Box2,
): YardCells[] => {
  const own = ownCells(cell, side)
  const grid = growGrid(own, 2 * reach)
  const { column, row, columns, rows } = grid
  const state = new Uint8Array(columns * rows)
  const mark = (points: Points, bit: number): Int32Array => {
    const cells = pointCells(points, grid, new Int32Array(points.count))
    for (let i = 0; i < cells.length; i++) if (cells[i] >= 0) state[cells[i]] |= bit
    return cells
  }
  const roofCells = mark(roof, ROOF)
  if (ground !== undefined) mark(ground, GROUND)
  const isFree = (c: number, r: number): boolean => {
    const at = (r - row) * columns + c - column
    for (let k = at - columns; k <= at + columns; k += columns)
      if (((state[k - 1] | state[k] | state[k + 1]) & ROOF) !== 0) return false
    return (state[at] & GROUND) !== 0
  }
  const open = members.map(({ rings }): number[] => {
    const [west, south, east, north] = boxOfRings([rings[0]]).map((value) => Math.floor(value / side))
    const cells: number[] = []
    for (let r = Math.max(south, own.row); r <= Math.min(north, own.row + own.rows - 1); r++)
      for (let c = Math.max(west, own.column); c <= Math.min(east, own.column + own.columns - 1); c++)
        if (isFree(c, r) && isInsideHalfOpen(rings, (c + 0.5) * side, (r + 0.5) * side)) cells.push(c, r)
    return cells
  })
  const around = open.map((cells) => aroundCells(cells, grid))
  const near = roofNear(around, roof, roofCells)
  return open.map((cells, m) => ({ open: Int32Array.from(cells), roof: near[m] }))
}

const [ROOF, GROUND] = [1, 2]

/** The cells up to `reach` away from some: column, row pairs in, cells of the grid out. */
const aroundCells = (pairs: readonly number[], { column, row, columns }: CellGrid): Set<number> => {
  const found = new Set<number>()
  for (let k = 0; k < pairs.length; k += 2)
    for (let r = pairs[k + 1] - row - reach; r <= pairs[k + 1] - row + reach; r++)
      for (let c = pairs[k] - column - reach; c <= pairs[k] - column + reach; c++) found.add(r * columns + c)
  return found
}

/** For each set of cells, its points: x, y, mm of the CRS. */
const roofNear = (
  lists: readonly ReadonlySet<number>[],
  { origin, x, y, count }: Points,
  cells: Int32Array,
): Float64Array[] => {
  const takers = new Map<number, number[]>()
  for (const [m, own] of lists.entries()) for (const cell of own) addToList(takers, cell, m)
  const found = lists.map((): number[] => [])
  const [ox, oy] = [Math.round(origin[0] * 1000), Math.round(origin[1] * 1000)]
  for (let i = 0; i < count && takers.size > 0; i++)
    for (const m of takers.get(cells[i]) ?? []) found[m].push(ox + x[i], oy + y[i])
  return found.map((own) => Float64Array.from(own))
}

/** Least number of cells of a yard, and of those well inside the outline. */
const [leastCells, leastDeep] = [8, 4]
/** Ground at least this far inside the outline, mm, is no margin of it. */
const deep = 400
/** Side of the cells in which rectangles are fitted, mm. */
const step = 250
/** Distance of the rectangles from class 6 points, mm, and from the middles of their cells. */
const [room, roomOfCell] = [150, 60]
/** Most rectangles of a yard, and most directions that are tried. */
const [mostRectangles, mostDirections] = [4, 4]
/** Least side of a rectangle, least gain, and least area of a yard, in cells of `step`. */
const [leastSide, leastGain, leastYard] = [3, 16, 64]
/** Parts of an outline below this area, mm², without class 6 points near a yard go with it. */
const leastPart = 4e6

/**
 * An outline without its yards: places around open cells of at least 4 m², of them 1 m² of cells at
 * least 0.4 m inside the outline. Rectangles along the outline's directions cover a yard, free of
 * class 6 points. One that ends less than a metre from the outline's edge reaches through it, so
 * that no thin strip remains; others become holes. No rectangle reaches into another outline.
 *
 * @returns rings of the parts that remain; undefined if there is no yard
 */
export const withoutYards = (
  rings: readonly Float64Array[],
  { open, roof }: YardCells,
): readonly (readonly Float64Array[])[] | undefined => {
  if (open.length === 0) return undefined
  const origin = [rings[0][0], rings[0][1]] as const
  const local = rings.map((ring) => ring.map((value, i) => value - origin[i % 2]))
  const holes = findYards(rings, open, roof).flatMap((yard) => coverYard(rings, local, yard, roof))
  if (holes.length === 0) return undefined
  const left = unionPolygons([[...local, ...holes]])
  if (left === undefined) return undefined
  return groupRings(left).flatMap((part) => {
    const placed = part.map((ring) => Float64Array.from(ring, (value, i) => value + origin[i % 2]))
    return doubledArea(placed[0]) / 2 >= leastPart || hasPoint(placed, roof) ? [placed] : []
  })
}

/** Open places of sufficient size, as sets of cells; free cells beside open ones belong to them. */
const findYards = (rings: readonly Float64Array[], open: Int32Array, roof: Float64Array): Set<string>[] => {
  const closed = new Set<string>()
  for (let k = 0; k < roof.length; k += 2)
    for (const [c, r] of around(Math.floor(roof[k] / side), Math.floor(roof[k + 1] / side))) closed.add(`${c} ${r}`)
  const isInside = (c: number, r: number): boolean => isInsideHalfOpen(rings, (c + 0.5) * side, (r + 0.5) * side)
  const places = new Map<string, readonly [number, number]>()
  for (let k = 0; k < open.length; k += 2)
    for (const [c, r] of around(open[k], open[k + 1]))
      if (!closed.has(`${c} ${r}`) && isInside(c, r)) places.set(`${c} ${r}`, [c, r])
  const cells = [...places.values()].sort((a, b) => a[1] - b[1] || a[0] - b[0])
  const index = new Map(cells.map(([c, r], i) => [`${c} ${r}`, i]))
  const parent = UnionFind.make(cells.length)
  cells.forEach(([c, r], i) => {
    for (const j of [index.get(`${c + 1} ${r}`), index.get(`${c} ${r + 1}`)])
      if (j !== undefined) UnionFind.unite(parent, i, j)
  })
  const isDeep = ([c, r]: readonly [number, number]): boolean =>
    distanceToRings(rings, (c + 0.5) * side, (r + 0.5) * side) >= deep
  return UnionFind.groups(parent)
    .map((group) => group.map((i) => cells[i]))
    .filter((group) => group.length >= leastCells && group.filter(isDeep).length >= leastDeep)
    .map((group) => new Set(group.map(([c, r]) => `${c} ${r}`)))
}

const around = (c: number, r: number): [number, number][] =>
  [-1, 0, 1].flatMap((dr) => [-1, 0, 1].map((dc): [number, number] => [c + dc, r + dr]))

/** Clockwise rectangles that cover most of a yard, in the direction that covers most. */
const coverYard = (
  rings: readonly Float64Array[],
  local: readonly Float64Array[],
  yard: ReadonlySet<string>,
  roof: Float64Array,
): Float64Array[] => {
  let best: { readonly covered: number; readonly holes: Float64Array[] } = { covered: 0, holes: [] }
  const directions = boxDirections(local).filter((_, i) => i % 2 === 0)
  for (const direction of directions.slice(0, mostDirections)) {
    const field = makeField(rings, direction, yard, roof)
    const wanted = field.weight.reduce((sum, weight) => sum + (weight > 0 ? 1 : 0), 0)
    const taken: Rectangle[] = []
    for (let n = 0; n < mostRectangles; n++) {
      const found = bestRectangle(field)
      if (found === undefined || found.gain < leastGain) break
      if (Math.min(found.east - found.west, found.north - found.south) + 1 < leastSide) break
      const rectangle = grown(field, found, taken)
      taken.push(rectangle)
      for (let r = rectangle.south; r <= rectangle.north; r++)
        field.weight.fill(0, r * field.columns + rectangle.west, r * field.columns + rectangle.east + 1)
    }
    const isTaken = (at: number): boolean =>
      taken.some(({ west, south, east, north }) => {
        const [c, r] = [at % field.columns, Math.floor(at / field.columns)]
        return c >= west && c <= east && r >= south && r <= north
      })
    const area = field.inside.reduce((sum, is, at) => sum + (is === 1 && isTaken(at) ? 1 : 0), 0)
    if (area < leastYard) continue
    const covered = wanted - field.weight.reduce((sum, weight) => sum + (weight > 0 ? 1 : 0), 0)
    if (covered > best.covered) best = { covered, holes: taken.map((one) => field.outline(one)) }
  }
  return best.holes
}

/** A field with the frame that turns rectangles into rings, relative to the first vertex. */
interface YardField extends Field {
  outline(rectangle: Rectangle): Float64Array
}

const makeField = (
  rings: readonly Float64Array[],
  [dx, dy]: readonly [number, number],
  yard: ReadonlySet<string>,
  roof: Float64Array,
): YardField => {
  const [ox, oy] = rings[0]
  const frame = (x: number, y: number): [number, number] => [
    dx * (x - ox) + dy * (y - oy),
    dx * (y - oy) - dy * (x - ox),
  ]
  const middles = [...yard].map((key) => {
    const [c, r] = key.split(" ").map(Number)
    return frame((c + 0.5) * side, (r + 0.5) * side)
  })
  const [us, vs] = [middles.map(([u]) => u), middles.map(([, v]) => v)]
  const first = (values: readonly number[]): number =>
    Math.floor((values.reduce((a, b) => Math.min(a, b)) - 2000) / step)
  const last = (values: readonly number[]): number => Math.ceil((values.reduce((a, b) => Math.max(a, b)) + 2000) / step)
  const [west, south] = [first(us), first(vs)]
  const [columns, rows] = [last(us) - west, last(vs) - south]
  const weight = new Int8Array(columns * rows)
  const inside = new Uint8Array(columns * rows)
  const blocked = new Uint8Array(columns * rows)
  for (let at = 0; at < weight.length; at++) {
    const [u, v] = [(west + (at % columns) + 0.5) * step, (south + Math.floor(at / columns) + 0.5) * step]
    const [x, y] = [ox + dx * u - dy * v, oy + dy * u + dx * v]
    if (!isInsideHalfOpen(rings, x, y)) continue
    const [c, r] = [Math.floor(x / side), Math.floor(y / side)]
    inside[at] = 1
    weight[at] = yard.has(`${c} ${r}`) ? 2 : -1
    if (weight[at] < 0 && !around(c, r).some(([p, q]) => around(p, q).some(([s, t]) => yard.has(`${s} ${t}`))))
      blocked[at] = 1
  }
  const block = (x: number, y: number, margin: number): void => {
    const [u, v] = frame(x, y)
    const from = (value: number, low: number): number => Math.max(0, Math.floor((value - margin) / step) - low)
    const to = (value: number, low: number, count: number): number =>
      Math.min(count - 1, Math.floor((value + margin) / step) - low)
    for (let r = from(v, south); r <= to(v, south, rows); r++)
      for (let c = from(u, west); c <= to(u, west, columns); c++) blocked[r * columns + c] = 1
  }
  for (let k = 0; k < roof.length; k += 2) {
    if (!isInsideHalfOpen(rings, roof[k], roof[k + 1])) continue
    block(roof[k], roof[k + 1], room)
    block((Math.floor(roof[k] / side) + 0.5) * side, (Math.floor(roof[k + 1] / side) + 0.5) * side, roomOfCell)
  }
  return {
    ...{ columns, rows, weight, inside, blocked },
    outline: (one) => {
      const [u0, u1] = [(west + one.west) * step, (west + one.east + 1) * step]
      const [v0, v1] = [(south + one.south) * step, (south + one.north + 1) * step]
      const corner = (u: number, v: number): [number, number] => [
        Math.round(dx * u - dy * v),
        Math.round(dy * u + dx * v),
      ]
      return Float64Array.from([corner(u0, v0), corner(u0, v1), corner(u1, v1), corner(u1, v0)].flat())
    },
  }
}

/** The polygons of a union: each outer ring with its holes, which lie in no smaller outer ring. */
export const groupRings = (rings: readonly Int32Array[]): Int32Array[][] => {
  const outers = rings.filter((ring) => doubledArea(ring) > 0)
  // The middle of an edge, no vertex: rings of a union share no such place.
  const findOuter = (hole: Int32Array): Int32Array | undefined =>
    outers
      .filter((ring) => isInsideHalfOpen([ring], (hole[0] + hole[2]) / 2, (hole[1] + hole[3]) / 2))
      .sort((a, b) => doubledArea(a) - doubledArea(b))[0]
  const holes = rings.filter((ring) => doubledArea(ring) < 0)
  return outers.map((outer) => [outer, ...holes.filter((hole) => findOuter(hole) === outer)])
}

const hasPoint = (rings: readonly Float64Array[], places: Float64Array): boolean => {
  for (let k = 0; k < places.length; k += 2) if (isInsideHalfOpen(rings, places[k], places[k + 1])) return true
  return false
}
