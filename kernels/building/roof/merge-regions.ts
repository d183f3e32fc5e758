/**
 * Merges the regions of a roof that it hardly needs, so that few planes and few, long lines remain.
 * A region is a connected set of cells of one plane and one member of the block.
 */
import { UnionFind } from "../../geometry/union-find.js"
import type { BlockPoints } from "../solid/block.js"
import { cellAt, type LabelledGrid } from "./grid.js"
import { PlaneSums } from "./planes.js"
import type { RoofPlane } from "./raise.js"

/** Adjacent planes whose gradients differ by less, 6°, become one plane … */
const leastBend = 0.105
/** … unless their points would then be this much farther from it, root mean square, mm. */
const mostRise = 80
/** Side of a square of cells, 0.5 m, that a region must hold. */
const leastWidth = 2

/** Cells with their planes, and the points of these planes. */
export interface RoofCells {
  readonly cells: LabelledGrid
  readonly planes: readonly RoofPlane[]
  /** Plane of each point, −1 without one. */
  readonly pointLabel: Int32Array
  readonly points: BlockPoints
  /** Member of each cell, −1 outside. */
  readonly members: Int32Array
}

/**
 * Adjacent planes that are nearly coplanar become the plane of all their points, the most alike
 * first. The first of them has the common plane; the others have no cells any more.
 */
export const joinPlanes = (roof: RoofCells): RoofCells => {
  const { cells, pointLabel, points } = roof
  const planes = [...roof.planes]
  const parent = UnionFind.make(planes.length)
  const sums = planes.map(() => sumsFrom(points))
  pointLabel.forEach((plane, i) => {
    if (plane >= 0) sums[plane].add(points.x[i], points.y[i], points.z[i])
  })
  const pairs = new Set<number>()
  eachSide(roof, (cell, other) => {
    const [p, q] = [cells.label[cell], cells.label[other]]
    if (p >= 0 && q >= 0 && p !== q) pairs.add(Math.min(p, q) * planes.length + Math.max(p, q))
  })
  for (;;) {
    let best: { p: number; q: number; sum: PlaneSums; rise: number } | undefined
    for (const pair of pairs) {
      const p = UnionFind.find(parent, Math.floor(pair / planes.length))
      const q = UnionFind.find(parent, pair % planes.length)
      if (p === q || bendOf(planes[p], planes[q]) > leastBend) continue
      const sum = sumsFrom(points)
      sum.join(sums[p])
      sum.join(sums[q])
      if (!sum.fit()) continue
      const rise = Math.max(...[p, q].map((k) => sums[k].distanceTo(sum.plane()) - sums[k].distanceTo(planes[k])))
      if (rise <= mostRise && (!best || rise < best.rise)) best = { p, q, sum, rise }
    }
    if (!best) break
    const { p, q, sum } = best
    UnionFind.unite(parent, p, q)
    const first = UnionFind.find(parent, p)
    sums[first] = sum
    const [low, high] = [Math.min(planes[p].low, planes[q].low), Math.max(planes[p].high, planes[q].high)]
    planes[first] = { ...sum.plane(), low, high }
  }
  const joined = (plane: number): number => (plane < 0 ? plane : UnionFind.find(parent, plane))
  return { ...roof, planes, cells: { ...cells, label: cells.label.map(joined) }, pointLabel: pointLabel.map(joined) }
}

/** Tangent of the angle between two planes, for small angles. */
const bendOf = (p: RoofPlane, q: RoofPlane): number => Math.hypot(p.a - q.a, p.b - q.b) / (1 + p.a * q.a + p.b * q.b)

const sumsFrom = ({ x, y, z }: BlockPoints): PlaneSums => {
  const sums = new PlaneSums()
  sums.clear(x[0] ?? 0, y[0] ?? 0, z[0] ?? 0)
  return sums
}

/** Calls `visit` for each side between two inner cells. */
const eachSide = (
  { cells: { columns }, members }: Pick<RoofCells, "cells" | "members">,
  visit: (cell: number, other: number) => void,
): void => {
  for (let cell = 0; cell < members.length; cell++) {
    if (members[cell] < 0) continue
    if ((cell + 1) % columns > 0 && members[cell + 1] >= 0) visit(cell, cell + 1)
    if (cell + columns < members.length && members[cell + columns] >= 0) visit(cell, cell + columns)
  }
}

interface Region {
  readonly plane: number
  /** Cells in a square of {@link leastWidth} cells of the region. */
  wide: number
  /** Points in those cells. */
  readonly sums: PlaneSums
  /** Number of common sides with each neighbour of the same member. */
  readonly beside: Map<number, number>
}

/** A region must save this squared misfit, m² · m², in a building of up to `smallArea`, m². */
const savedAtLeast = 2
const smallArea = 50

/**
 * Gives regions to the neighbour that fits them best, the least loss first, until each remaining
 * one saves enough squared misfit: 2 m² · m² times `simplicity`, more in proportion in buildings
 * over 50 m². Regions narrower than 0.5 m save nothing.
 *
 * @returns plane of each cell
 */
export const mergeRegions = (roof: RoofCells, simplicity: number): Int32Array => {
  const { cells, planes, pointLabel, points, members } = roof
  const { label, side } = cells
  const regionOf = regionsOf(roof)
  const isWide = wideCells(roof)
  const regions = new Map<number, Region>()
  const cellArea = (side / 1000) ** 2
  const areas = new Map<number, number>()
  let inside = 0
  regionOf.forEach((id, cell) => {
    if (id < 0) return
    inside += cellArea
    areas.set(members[cell], (areas.get(members[cell]) ?? 0) + cellArea)
    const region = regions.get(id) ?? { plane: label[cell], wide: 0, sums: sumsFrom(points), beside: new Map() }
    region.wide += isWide[cell]
    regions.set(id, region)
  })
  let onRoof = 0
  for (let i = 0; i < pointLabel.length; i++) {
    const cell = cellAt(cells, points, i)
    if (pointLabel[i] < 0 || isWide[cell] !== 1 || pointLabel[i] !== label[cell]) continue
    regions.get(regionOf[cell])?.sums.add(points.x[i], points.y[i], points.z[i])
    onRoof++
  }
  eachSide(roof, (cell, other) => {
    const [f, g] = [regions.get(regionOf[cell]), regions.get(regionOf[other])]
    if (!f || !g || f === g || members[cell] !== members[other]) return
    f.beside.set(regionOf[other], (f.beside.get(regionOf[other]) ?? 0) + 1)
    g.beside.set(regionOf[cell], (g.beside.get(regionOf[cell]) ?? 0) + 1)
  })
  // A point stands for this area, m²; squares are in mm².
  const unit = inside / Math.max(1, onRoof) / 1e6
  /** Loss as a multiple of what the region must save. */
  const lossOf = (id: number): { loss: number; to: number } => {
    const { plane, wide, sums, beside } = regions.get(id) as Region
    const least = savedAtLeast * simplicity * Math.max(1, (areas.get(members[id]) as number) / smallArea)
    let best = { loss: Number.POSITIVE_INFINITY, to: -1, sides: 0 }
    for (const [to, sides] of beside) {
      const other = planes[(regions.get(to) as Region).plane]
      const loss = wide === 0 ? 0 : (unit * (sums.squaresTo(other) - sums.squaresTo(planes[plane]))) / least
      if (loss < best.loss || (loss === best.loss && sides > best.sides)) best = { loss, to, sides }
    }
    return best
  }
  const losses = new Map([...regions.keys()].map((id) => [id, lossOf(id)]))
  const taken = new Map<number, number>()
  for (;;) {
    let [id, least] = [-1, 1]
    for (const [one, { loss }] of losses) if (loss < least) [id, least] = [one, loss]
    if (id < 0) break
    const to = (losses.get(id) as { to: number }).to
    taken.set(id, to)
    for (const one of take(regions, id, to)) losses.set(one, lossOf(one))
    losses.delete(id)
  }
  return label.map((plane, cell) => {
    let id = regionOf[cell]
    for (let next = taken.get(id); next !== undefined; next = taken.get(id)) id = next
    return regions.get(id)?.plane ?? plane
  })
}

/** Makes a region part of another; the regions whose neighbours changed. */
const take = (regions: Map<number, Region>, id: number, to: number): Set<number> => {
  const [f, g] = [regions.get(id) as Region, regions.get(to) as Region]
  g.wide += f.wide
  g.sums.join(f.sums)
  const changed = new Set([to])
  for (const [beside, sides] of f.beside) {
    const other = regions.get(beside) as Region
    other.beside.delete(id)
    if (beside === to) continue
    other.beside.set(to, (other.beside.get(to) ?? 0) + sides)
    g.beside.set(beside, (g.beside.get(beside) ?? 0) + sides)
    changed.add(beside)
  }
  regions.delete(id)
  return changed
}

/** 1 for cells in a square of {@link leastWidth} cells of one region. */
const wideCells = ({ cells: { label, columns, rows }, members }: RoofCells): Uint8Array => {
  const wide = new Uint8Array(label.length)
  const square: number[] = []
  for (let r = 0; r < leastWidth; r++) for (let c = 0; c < leastWidth; c++) square.push(r * columns + c)
  for (let row = 0; row + leastWidth <= rows; row++) {
    for (let column = 0; column + leastWidth <= columns; column++) {
      const cell = row * columns + column
      if (members[cell] < 0 || label[cell] < 0) continue
      const isWhole = square.every((d) => label[cell + d] === label[cell] && members[cell + d] === members[cell])
      if (isWhole) for (const d of square) wide[cell + d] = 1
    }
  }
  return wide
}

/** Region of each cell, its first cell; −1 outside and for cells without a plane. */
export const regionsOf = (roof: Pick<RoofCells, "cells" | "members">): Int32Array => {
  const { cells, members } = roof
  const { label } = cells
  const parent = UnionFind.make(label.length)
  eachSide(roof, (cell, other) => {
    if (label[cell] === label[other] && members[cell] === members[other]) UnionFind.unite(parent, cell, other)
  })
  return label.map((plane, cell) => (plane < 0 || members[cell] < 0 ? -1 : UnionFind.find(parent, cell)))
}
