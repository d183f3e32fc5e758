/**
 * Merges the regions of a roof that it hardly needs, so that few planes and few, long lines remain.
 * A region is a connected set of cells of one plane and one member of the block.
 */
import { Heap } from "../../../engine/core/heap.js"
import { UnionFind } from "../../geometry/union-find.js"
import type { BlockPoints } from "../block/block.js"
import { cellAt, type LabelledGrid, withLabels } from "../block/grid.js"
import { PlaneSums } from "./planes.js"
import type { RoofPlane } from "./raise.js"

/** Adjacent planes whose gradients differ by less, 6°, have no ridge: they become one plane … */
export const leastBend = 0.105
/** … unless their points would then be this much farther from it, root mean square, mm. */
const mostRise = 80
/** … or a step runs between them, as between row houses: of more than this height, mm … */
const leastStep = 400
/** … over at least this length, mm … */
const leastStepLength = 4000
/** … where both have more points: fewer are a patch of one roof. */
const leastStepPoints = 20
/** Points nearer to a plane are on it, mm. */
const onPlane = 200
/** Side of a square of cells, 0.5 m, that a region must hold. */
const leastWidth = 2

/**
 * Cells with their planes, and the points of these planes. Made with all keys in this order:
 * objects of other shapes slow their readers.
 */
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
  const { cells, pointLabel, points, members } = roof
  const planes = [...roof.planes]
  const parent = UnionFind.make(planes.length)
  const sums = planes.map(() => sumsFrom(points))
  pointLabel.forEach((plane, i) => {
    if (plane >= 0) sums[plane].add(points.x[i], points.y[i], points.z[i])
  })
  const nearby = planes.map(() => new Map<number, Border>())
  eachSide(roof, (cell, other) => {
    const [p, q] = [cells.label[cell], cells.label[other]]
    if (p < 0 || q < 0 || p === q) return
    const side = { sides: 1, columns: cell % cells.columns, rows: Math.floor(cell / cells.columns) }
    addBorder(nearby[p], q, side)
    addBorder(nearby[q], p, side)
  })
  const queue = new Heap<Rise>(
    (f, g) => f.rise < g.rise || (f.rise === g.rise && (f.p < g.p || (f.p === g.p && f.q < g.q))),
  )
  // A plane's version rises when it takes another; an entry counts while neither did.
  const version = new Int32Array(planes.length)
  const measure = (p: number, q: number): void => {
    if (bendOf(planes[p], planes[q]) > leastBend) return
    const border = nearby[p].get(q) as Border
    const isWide = border.sides * cells.side >= leastStepLength && Math.min(sums[p].n, sums[q].n) > leastStepPoints
    if (isWide && stepAt(border, planes[p], planes[q], cells.side) > leastStep) return
    const sum = sumsFrom(points)
    sum.join(sums[p])
    sum.join(sums[q])
    if (!sum.fit()) return
    const rise = Math.max(...[p, q].map((k) => sums[k].distanceTo(sum.plane(0, 0)) - sums[k].distanceTo(planes[k])))
    if (rise <= mostRise) queue.push({ p, q, rise, sum, versions: version[p] + version[q] })
  }
  nearby.forEach((others, p) => {
    for (const q of others.keys()) if (p < q) measure(p, q)
  })
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { p, q, sum, versions } = next
    if (parent[p] !== p || parent[q] !== q || version[p] + version[q] !== versions) continue
    UnionFind.unite(parent, p, q)
    sums[p] = sum
    const [low, high] = [Math.min(planes[p].low, planes[q].low), Math.max(planes[p].high, planes[q].high)]
    planes[p] = sum.plane(low, high)
    version[p]++
    for (const [other, border] of nearby[q]) {
      nearby[other].delete(q)
      if (other === p) continue
      addBorder(nearby[other], p, border)
      addBorder(nearby[p], other, border)
    }
    for (const other of nearby[p].keys()) measure(Math.min(p, other), Math.max(p, other))
  }
  const joined = (plane: number): number => (plane < 0 ? plane : UnionFind.find(parent, plane))
  const drawn = withLabels(cells, cells.label.map(joined), cells.points)
  return { cells: drawn, planes, pointLabel: pointLabel.map(joined), points, members }
}

/** How much farther the points of two planes would be from their common plane, mm. */
interface Rise {
  /** The planes, p < q. */
  readonly p: number
  readonly q: number
  readonly rise: number
  readonly sum: PlaneSums
  /** Sum of the planes' versions then. */
  readonly versions: number
}

/** Cell sides between two planes: their number, and the sums of their columns and rows. */
interface Border {
  readonly sides: number
  readonly columns: number
  readonly rows: number
}

const addBorder = (borders: Map<number, Border>, beyond: number, { sides, columns, rows }: Border): void => {
  const own = borders.get(beyond)
  borders.set(beyond, {
    sides: sides + (own?.sides ?? 0),
    columns: columns + (own?.columns ?? 0),
    rows: rows + (own?.rows ?? 0),
  })
}

/** Mean height of the step between two planes along their border, mm. */
const stepAt = ({ sides, columns, rows }: Border, p: RoofPlane, q: RoofPlane, side: number): number => {
  const [x, y] = [(columns / sides + 1) * side, (rows / sides + 1) * side]
  return Math.abs(p.c - q.c + (p.a - q.a) * x + (p.b - q.b) * y)
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
  cells: number
  /** Cells in a square of {@link leastWidth} cells of the region. */
  wide: number
  /** Points in those cells. */
  readonly sums: PlaneSums
  /** Number of common sides with each neighbour of the same member. */
  readonly beside: Map<number, number>
}

/** Loss of a region in its best neighbour, as a multiple of what a region must save. */
interface Loss {
  readonly id: number
  readonly loss: number
  readonly to: number
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
  const regionOf = labelRegions(roof)
  const isWide = wideCells(roof)
  const regions = new Map<number, Region>()
  const cellArea = (side / 1000) ** 2
  const cellsOf = new Map<number, number>()
  let inside = 0
  for (let cell = 0; cell < regionOf.length; cell++) {
    const id = regionOf[cell]
    if (id < 0) continue
    inside += cellArea
    let region = regions.get(id)
    if (region === undefined) {
      region = { plane: label[cell], cells: 0, wide: 0, sums: sumsFrom(points), beside: new Map() }
      regions.set(id, region)
    }
    region.cells++
    region.wide += isWide[cell]
  }
  for (const [id, { cells: own }] of regions) cellsOf.set(members[id], (cellsOf.get(members[id]) ?? 0) + own)
  let onRoof = 0
  for (let i = 0; i < pointLabel.length; i++) {
    const cell = cellAt(cells, points, i)
    if (pointLabel[i] < 0 || isWide[cell] !== 1 || pointLabel[i] !== label[cell]) continue
    regions.get(regionOf[cell])?.sums.add(points.x[i], points.y[i], points.z[i])
    onRoof++
  }
  eachSide(roof, (cell, other) => {
    const [p, q] = [regionOf[cell], regionOf[other]]
    if (p === q || p < 0 || q < 0 || members[cell] !== members[other]) return
    const [f, g] = [regions.get(p) as Region, regions.get(q) as Region]
    f.beside.set(q, (f.beside.get(q) ?? 0) + 1)
    g.beside.set(p, (g.beside.get(p) ?? 0) + 1)
  })
  // A point stands for this area, m²; squares are in mm².
  const unit = inside / Math.max(1, onRoof) / 1e6
  const findLeastLoss = (id: number): Loss => {
    const { plane, wide, sums, beside } = regions.get(id) as Region
    const least = savedAtLeast * simplicity * Math.max(1, ((cellsOf.get(members[id]) as number) * cellArea) / smallArea)
    let best = { loss: Number.POSITIVE_INFINITY, to: -1, sides: 0 }
    for (const [to, sides] of beside) {
      const other = planes[(regions.get(to) as Region).plane]
      const loss = wide === 0 ? 0 : (unit * (sums.misfitTo(other) - sums.misfitTo(planes[plane]))) / least
      if (loss < best.loss || (loss === best.loss && sides > best.sides)) best = { loss, to, sides }
    }
    return { id, loss: best.loss, to: best.to }
  }
  // An entry counts while its loss is that of its region.
  const queue = new Heap<Loss>((p, q) => p.loss < q.loss || (p.loss === q.loss && p.id < q.id))
  const losses = new Map<number, Loss>()
  const measure = (id: number): void => {
    const own = findLeastLoss(id)
    losses.set(id, own)
    if (own.loss < 1) queue.push(own)
  }
  for (const id of regions.keys()) measure(id)
  const taken = new Map<number, number>()
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { id, to } = next
    if (losses.get(id) !== next) continue
    taken.set(id, to)
    losses.delete(id)
    const [region, other] = [regions.get(id) as Region, regions.get(to) as Region]
    other.wide += region.wide
    other.sums.join(region.sums)
    for (const one of joinNeighbours(regions, id, to)) measure(one)
  }
  // Plane of the region that took each one, directly or not.
  const planeOf = (id: number): number => {
    let last = id
    for (let next = taken.get(last); next !== undefined; next = taken.get(last)) last = next
    return (regions.get(last) as Region).plane
  }
  const drawn = label.slice()
  for (let cell = 0; cell < drawn.length; cell++) {
    const id = regionOf[cell]
    // A region's first cell comes before the others.
    if (id >= 0) drawn[cell] = id === cell ? planeOf(id) : drawn[id]
  }
  return drawn
}

/** The planes with the heights of all points on them in the cells that they now have. */
export const reachOfCells = ({ cells, planes, points }: RoofCells): RoofPlane[] => {
  const reaching = planes.map(({ a, b, c, low, high }) => ({ a, b, c, low, high }))
  points.z.forEach((z, i) => {
    const plane = reaching[cells.label[cellAt(cells, points, i)]]
    if (plane === undefined || Math.abs(plane.c + plane.a * points.x[i] + plane.b * points.y[i] - z) > onPlane) return
    plane.low = Math.min(plane.low, z)
    plane.high = Math.max(plane.high, z)
  })
  return reaching
}

/**
 * Joins a node to its neighbour: neighbours of the one become those of the other. Returns the nodes
 * whose neighbours changed.
 */
export const joinNeighbours = (
  nodes: Map<number, { readonly beside: Map<number, number> }>,
  id: number,
  to: number,
): Set<number> => {
  const nodeOf = (one: number): Map<number, number> => (nodes.get(one) as { beside: Map<number, number> }).beside
  const changed = new Set([to])
  for (const [beside, length] of nodeOf(id)) {
    nodeOf(beside).delete(id)
    if (beside === to) continue
    nodeOf(beside).set(to, (nodeOf(beside).get(to) ?? 0) + length)
    nodeOf(to).set(beside, (nodeOf(to).get(beside) ?? 0) + length)
    changed.add(beside)
  }
  nodes.delete(id)
  return changed
}

/** 1 for cells in a square of {@link leastWidth} cells of one region. */
const wideCells = ({ cells: { label, columns, rows }, members }: RoofCells): Uint8Array => {
  const wide = new Uint8Array(label.length)
  for (let row = 0; row + leastWidth <= rows; row++) {
    for (let column = 0; column + leastWidth <= columns; column++) {
      const first = row * columns + column
      const plane = label[first]
      const member = members[first]
      if (member < 0 || plane < 0) continue
      let isWhole = true
      for (let r = first; isWhole && r < first + leastWidth * columns; r += columns)
        for (let cell = r; isWhole && cell < r + leastWidth; cell++)
          isWhole = label[cell] === plane && members[cell] === member
      if (!isWhole) continue
      for (let r = first; r < first + leastWidth * columns; r += columns) wide.fill(1, r, r + leastWidth)
    }
  }
  return wide
}

/** Region of each cell, its first cell; −1 outside and for cells without a plane. */
export const labelRegions = ({ cells, members }: Pick<RoofCells, "cells" | "members">): Int32Array => {
  const { label, columns, rows } = cells
  // First cell of a region by way of earlier cells.
  const region = new Int32Array(label.length).fill(-1)
  for (let row = 0, cell = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, cell++) {
      const plane = label[cell]
      const member = members[cell]
      if (plane < 0 || member < 0) continue
      region[cell] = cell
      const below = cell - columns
      if (column > 0 && label[cell - 1] === plane && members[cell - 1] === member) region[cell] = region[cell - 1]
      if (row > 0 && label[below] === plane && members[below] === member) UnionFind.unite(region, cell, below)
    }
  }
  for (let cell = 0; cell < region.length; cell++) if (region[cell] >= 0) region[cell] = region[region[cell]]
  return region
}
