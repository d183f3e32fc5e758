/**
 * Outline and vertices of a canopy on a grid, by marching squares, identical in all tiles that
 * share a line.
 */
import type { Mesh } from "../../../engine/kernel.js"
import { CANOPY_SHARE, NO_GROUND } from "./nodes.js"

/**
 * A grid of nodes x = (column + c) · spacing, y = (row + r) · spacing of the CRS, with c < columns,
 * r < rows. Node number: r · columns + c.
 */
export interface CanopyGrid {
  /** mm. */
  readonly spacing: number
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
}

/**
 * Vertices of a canopy on a grid (marching squares): one at each canopy node, and one on each edge
 * between a canopy node and another. Vertex numbers, −1 for none; mm of the CRS.
 */
export interface CanopyLattice extends CanopyGrid {
  /** At the nodes. */
  readonly node: Int32Array
  /** On the edge from a node to the one east of it; `north`: to the one north of it. */
  readonly east: Int32Array
  readonly north: Int32Array
  readonly x: Float64Array
  readonly y: Float64Array
  readonly top: Int32Array
  readonly ground: Int32Array
}

/** Canopy and ground at the nodes of a grid. */
export interface CanopyField extends CanopyGrid {
  /** ‰; canopy above {@link CANOPY_SHARE}. */
  readonly share: Int32Array
  /** Height above the ground, mm. */
  readonly height: Int32Array
  /** mm, {@link NO_GROUND} where unknown. */
  readonly ground: Int32Array
}

/** Height of a canopy at its outline as a share of that at the node inside: crowns are round. */
const RIM = 0.6
/**
 * Least distance between outline and node as a share of the spacing, so that no sliver is thinner.
 */
const NEAREST = 0.1

/**
 * Depth of a canopy's floor below the ground, mm, so that bends of the ground between nodes do not
 * expose it.
 */
export const canopyDepth = (spacing: number): number => spacing / 5

/**
 * Side of the CRS squares that are a canopy's objects, mm: ten grid steps, so 25 m on the finest
 * level.
 */
export const objectSide = (spacing: number): number => 10 * spacing

/** Column and row of the square that contains a place, mm of the CRS. */
export const objectCellAt = (spacing: number, x: number, y: number): readonly [column: number, row: number] => {
  const side = objectSide(spacing)
  return [Math.floor(x / side), Math.floor(y / side)]
}

/**
 * The grid of the nodes on and in a square box, mm of the CRS. Throws if its sides are not
 * multiples of the spacing.
 */
export const canopyGrid = (box: readonly [number, number, number, number], spacing: number): CanopyGrid => {
  const [column, row, endColumn, endRow] = box.map((value) => value / spacing) as [number, number, number, number]
  if (![column, row, endColumn, endRow].every(Number.isInteger))
    throw new Error(`canopies need a tile size that is a multiple of ${spacing / 1000} m. Choose another --tile-size.`)
  return { spacing, column, row, columns: endColumn - column + 1, rows: endRow - row + 1 }
}

/**
 * Places outline and vertices. A vertex depends only on the two nodes of its edge and on the node
 * beyond the inner one. Tiles therefore agree on common lines. O(nodes).
 */
export const placeCanopy = (field: CanopyField): CanopyLattice => {
  const { share, height, ground, ...grid } = field
  const { columns, rows, spacing } = grid
  const count = columns * rows
  const { vertices, ...lattice } = emptyLattice(grid)
  const put = (x: number, y: number, low: number, high: number): number => {
    vertices.x.push(x)
    vertices.y.push(y)
    vertices.ground.push(low)
    vertices.top.push(low + high)
    return vertices.x.length - 1
  }
  const isCanopy = (i: number): boolean => share[i] > CANOPY_SHARE
  const placeOf = (i: number): [x: number, y: number] => [
    (field.column + (i % columns)) * spacing,
    (field.row + Math.floor(i / columns)) * spacing,
  ]
  /**
   * Adds the vertex between canopy node `inner` and `outer`; `behind` is the node on the other side
   * of `inner`, or −1.
   */
  const cross = (inner: number, outer: number, behind: number): number => {
    const part = (share[inner] - CANOPY_SHARE) / (share[inner] - share[outer])
    const away = Math.round(spacing * Math.min(1 - NEAREST, Math.max(NEAREST, part)))
    const [x, y] = placeOf(inner)
    const [toX, toY] = placeOf(outer)
    let rise = 0
    if (ground[outer] !== NO_GROUND) rise = ground[outer] - ground[inner]
    else if (behind >= 0 && ground[behind] !== NO_GROUND) rise = ground[inner] - ground[behind]
    const low = ground[inner] + Math.round((rise * away) / spacing)
    return put(x + Math.sign(toX - x) * away, y + Math.sign(toY - y) * away, low, Math.round(RIM * height[inner]))
  }
  for (let i = 0; i < count; i++) {
    const [column, row] = [i % columns, Math.floor(i / columns)]
    if (isCanopy(i)) lattice.node[i] = put(...placeOf(i), ground[i], height[i])
    for (const [edges, step, isLast, isFirst, isBeforeLast] of [
      [lattice.east, 1, column + 1 === columns, column === 0, column + 2 === columns],
      [lattice.north, columns, row + 1 === rows, row === 0, row + 2 === rows],
    ] as const) {
      if (isLast || isCanopy(i) === isCanopy(i + step)) continue
      edges[i] = isCanopy(i)
        ? cross(i, i + step, isFirst ? -1 : i - step)
        : cross(i + step, i, isBeforeLast ? -1 : i + 2 * step)
    }
  }
  return { ...lattice, ...finished(vertices) }
}

/** A lattice without vertices, and lists for them. */
const emptyLattice = (grid: CanopyGrid) => {
  const none = (): Int32Array => new Int32Array(grid.columns * grid.rows).fill(-1)
  const [x, y, top, ground]: number[][] = [[], [], [], []]
  return { ...grid, node: none(), east: none(), north: none(), vertices: { x, y, top, ground } }
}

type Vertices = ReturnType<typeof emptyLattice>["vertices"]

const finished = ({ x, y, top, ground }: Vertices): Pick<CanopyLattice, keyof Vertices> => ({
  x: Float64Array.from(x),
  y: Float64Array.from(y),
  top: Int32Array.from(top),
  ground: Int32Array.from(ground),
})

/**
 * True for the upper side of a canopy: it winds counter-clockwise in plan. Walls have no area in
 * plan; the floor winds clockwise.
 */
export const isCanopyTop = ({ positions: p, triangles }: Mesh, triangle: number): boolean => {
  const t = 3 * triangle
  return turnOf(p, 3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]) > 0
}

const turnOf = (p: Int32Array, a: number, b: number, c: number): number =>
  (p[b] - p[a]) * (p[c + 1] - p[a + 1]) - (p[b + 1] - p[a + 1]) * (p[c] - p[a])

/**
 * Recovers the lattice from canopy meshes side by side on one grid; they share the vertices on
 * common lines. Throws if a vertex is not on an edge of the grid. O(triangles).
 */
export const latticeOfMeshes = (meshes: readonly Mesh[], grid: CanopyGrid): CanopyLattice => {
  const { spacing, column, row, columns, rows } = grid
  const { vertices, ...lattice } = emptyLattice(grid)
  const depth = canopyDepth(spacing)
  for (const mesh of meshes) {
    const [ox, oy, oz] = mesh.origin.map((value) => Math.round(1000 * value)) as [number, number, number]
    const { positions: p, triangles } = mesh
    for (let t = 0; t < triangles.length; t += 3) {
      const turn = turnOf(p, 3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2])
      if (turn === 0) continue
      for (let e = t; e < t + 3; e++) {
        const at = 3 * triangles[e]
        const [x, y, z] = [p[at] + ox, p[at + 1] + oy, p[at + 2] + oz]
        const [c, r] = [Math.floor(x / spacing) - column, Math.floor(y / spacing) - row]
        const [offX, offY] = [x % spacing !== 0, y % spacing !== 0]
        if (c < 0 || r < 0 || c >= columns || r >= rows || (offX && offY))
          throw new Error("the canopies of two levels do not fit. Run again with --force.")
        const list = offX ? lattice.east : offY ? lattice.north : lattice.node
        const i = r * columns + c
        if (list[i] < 0) {
          list[i] = vertices.x.length
          vertices.x.push(x)
          vertices.y.push(y)
          vertices.top.push(z)
          vertices.ground.push(z)
        }
        if (turn > 0) vertices.top[list[i]] = z
        else vertices.ground[list[i]] = z + depth
      }
    }
  }
  return { ...lattice, ...finished(vertices) }
}
