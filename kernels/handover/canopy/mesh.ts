/**
 * The closed body of a canopy over its grid, for tiles and coarser levels, divided into objects by
 * cells of the CRS.
 * See docs/decisions/09-canopy-grid.md.
 */
import { objectId } from "../../../engine/core/hash.js"
import type { Mesh } from "../../../engine/kernel.js"
import { type CanopyLattice, canopyDepth, objectCellAt, objectSide } from "./grid.js"

/** Facts of the canopy in a square that its surface does not show. */
export interface CellFacts {
  /** Highest place above the ground, mm. */
  readonly height: number
  /** Plan area, mm²; by default the area of the surface. */
  readonly area?: number
  /** Number of squares of the finest level that it represents. */
  readonly members: number
}

/** Column names of a canopy's table of objects. */
export const CANOPY_COLUMNS = { height: "height", area: "canopy_area", error: "errorM", members: "members" } as const

/** ASPRS class 5, high vegetation. */
const LABEL = 5

/**
 * The body of a canopy: its surface over the lattice, walls down at its outline, a floor below the
 * ground. Surface and floor have the same triangles in plan. The surface is above the floor at
 * every vertex, so the body never intersects itself.
 *
 * The body is closed except at the border of the grid, where the adjoining mesh has the same
 * vertices. Objects are squares of ten cells from the CRS origin; squares of one grid have no walls
 * between them. In a saddle of the marching squares the two nodes stay apart. A cell of four nodes
 * is cut along the diagonal whose ends differ least in height.
 *
 * @param factsOf facts of a square by column and row; without them the surface gives height and
 *   area
 * @param error of each object, mm
 * @returns x, y, z in mm from `origin` (metres); counter-clockwise from outside. O(nodes).
 */
export const canopyMesh = (
  lattice: CanopyLattice,
  origin: Mesh["origin"],
  factsOf: (column: number, row: number) => CellFacts | undefined,
  error = 0,
): Mesh & Required<Pick<Mesh, "objects" | "owners">> => {
  const { spacing, columns, rows, x, y, top, ground } = lattice
  const triangles: number[] = []
  const owners: number[] = []
  const cells = new Map<string, ObjectCell>()
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const faces = facesOfCell(lattice, r * columns + c)
      if (faces.length === 0) continue
      const cell = findCell(cells, spacing, (lattice.column + c) * spacing, (lattice.row + r) * spacing)
      for (const v of faces) {
        triangles.push(v)
        cell.height = Math.max(cell.height, top[v >> 1] - ground[v >> 1])
      }
      for (let t = 0; t < faces.length; t += 3) {
        owners.push(cell.row)
        cell.area += measureArea(lattice, faces, t)
      }
    }
  }
  const depth = canopyDepth(spacing)
  const positions = new Int32Array(6 * x.length)
  const [ox, oy, oz] = origin.map((value) => Math.round(1000 * value)) as [number, number, number]
  for (let v = 0; v < x.length; v++) {
    positions.set([x[v] - ox, y[v] - oy, top[v] - oz, x[v] - ox, y[v] - oy, ground[v] - depth - oz], 6 * v)
  }
  return {
    origin,
    positions,
    triangles: Uint32Array.from(triangles),
    classes: new Uint8Array(2 * x.length).fill(LABEL),
    maxError: 0,
    owners: Uint32Array.from(owners),
    objects: tableObjects([...cells.values()], spacing, factsOf, error),
  }
}

/** Rows of the table follow the order in which squares are first met. */
interface ObjectCell {
  readonly row: number
  readonly place: readonly [column: number, row: number]
  area: number
  height: number
}

const findCell = (cells: Map<string, ObjectCell>, spacing: number, x: number, y: number): ObjectCell => {
  const place = objectCellAt(spacing, x, y)
  const key = place.join(" ")
  const known = cells.get(key)
  if (known !== undefined) return known
  const cell = { row: cells.size + 1, place, area: 0, height: 0 }
  cells.set(key, cell)
  return cell
}

const tableObjects = (
  cells: readonly ObjectCell[],
  spacing: number,
  factsOf: (column: number, row: number) => CellFacts | undefined,
  error: number,
): NonNullable<Mesh["objects"]> => {
  const side = objectSide(spacing)
  const facts = cells.map(({ place, area, height }) => ({ area, height, members: 1, ...factsOf(...place) }))
  const column = (value: (row: number) => number) =>
    ({ type: "number", values: Float64Array.from([Number.NaN, ...cells.map((_, i) => value(i))]) }) as const
  return {
    ids: [
      "",
      ...cells.map(({ place: [c, r] }) => objectId("canopy", ((c + 0.5) * side) / 1000, ((r + 0.5) * side) / 1000)),
    ],
    classes: Uint8Array.from([2, ...cells.map(() => LABEL)]),
    columns: {
      [CANOPY_COLUMNS.height]: column((i) => facts[i].height / 1000),
      [CANOPY_COLUMNS.area]: column((i) => Math.round(facts[i].area / 1e4) / 100),
      [CANOPY_COLUMNS.error]: column(() => error / 1000),
      [CANOPY_COLUMNS.members]: column((i) => facts[i].members),
    },
  }
}

/** Plan area of a triangle of the surface, mm²; 0 for walls and floor. */
const measureArea = ({ x, y }: CanopyLattice, faces: readonly number[], t: number): number => {
  // Vertices of the surface are even, those of the floor odd.
  if (faces[t] % 2 !== 0 || faces[t + 1] % 2 !== 0 || faces[t + 2] % 2 !== 0) return 0
  const [a, b, c] = [faces[t] / 2, faces[t + 1] / 2, faces[t + 2] / 2]
  return ((x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])) / 2
}

/**
 * Triangles of the cell north-east of node `i`, as mesh vertices: 2 v on the surface, 2 v + 1 on
 * the floor.
 */
const facesOfCell = (lattice: CanopyLattice, i: number): number[] => {
  const { columns, node, east, north, top } = lattice
  // Corners counter-clockwise from south-west, and the edge after each.
  const corners = [node[i], node[i + 1], node[i + columns + 1], node[i + columns]] as const
  const edges = [east[i], north[i + 1], east[i + columns], north[i]] as const
  const inside = corners.filter((v) => v >= 0).length
  const faces: number[] = []
  if (inside === 0) return faces
  // A cell of a tile that is not there: only its corners on the border are known.
  if (corners.some((v, k) => v >= 0 !== corners[(k + 1) % 4] >= 0 && edges[k] < 0)) return faces
  const isSaddle = inside === 2 && corners[0] >= 0 === corners[2] >= 0
  if (inside === 1 || isSaddle) {
    for (let k = 0; k < 4; k++) {
      if (corners[k] < 0) continue
      addPiece(faces, [corners[k], edges[k], edges[(k + 3) % 4]])
      addWall(faces, edges[k], edges[(k + 3) % 4])
    }
    return faces
  }
  // A fan from the corner opposite the missing one has no degenerate triangle.
  const missing = corners.findIndex((v) => v < 0)
  const flat = Math.abs(top[corners[0]] - top[corners[2]]) <= Math.abs(top[corners[1]] - top[corners[3]])
  const first = inside === 3 ? (missing + 2) % 4 : inside === 4 && !flat ? 1 : 0
  const ring: number[] = []
  for (let k = first; k < first + 4; k++) {
    const [own, next] = [corners[k % 4], corners[(k + 1) % 4]]
    if (own >= 0) ring.push(own)
    if (own >= 0 !== next >= 0) ring.push(edges[k % 4])
    if (own >= 0 && next < 0) addWall(faces, edges[k % 4], entryAfter(corners, edges, k))
  }
  addPiece(faces, ring)
  return faces
}

/** The vertex where the outline that leaves a cell's piece after corner `k` meets it again. */
const entryAfter = (corners: readonly number[], edges: readonly number[], k: number): number => {
  let at = k + 1
  while (corners[(at + 1) % 4] < 0) at++
  return edges[at % 4]
}

/** Adds a convex piece of the surface, and the floor below it, as fans from the first vertex. */
const addPiece = (faces: number[], ring: readonly number[]): void => {
  for (let k = 1; k + 1 < ring.length; k++) {
    const [a, b, c] = [2 * ring[0], 2 * ring[k], 2 * ring[k + 1]]
    faces.push(a, b, c, a + 1, c + 1, b + 1)
  }
}

/** Adds the wall under the edge from a to b, with the surface to its left. */
const addWall = (faces: number[], a: number, b: number): void => {
  faces.push(2 * a + 1, 2 * b + 1, 2 * b, 2 * a + 1, 2 * b, 2 * a)
}
