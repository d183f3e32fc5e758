/** Heights of the meshes in the picture at a place. */
import { Matrix4, type Mesh, Vector3 } from "three"
import { boxOfRings } from "../../../../engine/core/geometry/rings.js"
import { listCells } from "../../../../engine/core/geometry/triangle-cells.js"
import type { Place } from "../place.js"

/** Heights of the picture at a place, metres of the job. */
export interface SurfaceHeights {
  /** Highest face that is not vegetation: a roof, a deck, the ground. */
  readonly top: number
  /**
   * Lowest face: the ground below trees, the water below a bridge. A roof where the ground is cut
   * out below a building.
   */
  readonly ground: number
  /** LiDAR class of that face; absent where the surface has none. */
  readonly groundClass?: number | undefined
  /** Geometric error of the tile, metres. */
  readonly error: number
}

/** Surface on which vector layers without heights are drawn. */
export interface Surface {
  /**
   * Heights at (x, y) of the planes of the faces at (atX, atY), a place nearby. At the foot of a
   * wall this place decides between roof and ground. Undefined where nothing is shown.
   */
  heightsAt(x: number, y: number, atX: number, atY: number): SurfaceHeights | undefined
}

/** A mesh of the picture, indexed for queries. */
export interface MeshHeights extends Surface {
  /** Box around the mesh, CRS metres. */
  readonly box: readonly [minX: number, minY: number, maxX: number, maxY: number]
}

/** LiDAR classes of vegetation: crowns hide the ground, and no line is drawn on them. */
const isVegetation = (code: number): boolean => code >= 3 && code <= 5

/**
 * Sorts a mesh's triangles into cells of the plane that is tangent to the Earth below it. The plane
 * is horizontal at the mesh's origin; 1 km away it leans by 0.01°, which moves a height of 100 m by
 * 2 cm.
 * @param error geometric error of its tile
 * @param base a height near those of the mesh, metres of the job
 */
export const meshHeights = (mesh: Mesh, place: Place, error: number, base: number): MeshHeights => {
  mesh.updateWorldMatrix(true, false)
  const origin = new Vector3().setFromMatrixPosition(mesh.matrixWorld)
  const [originX, originY] = place.fromScene(origin)
  const { east, north, up } = place.axesAt(originX, originY)
  const toLocal = new Matrix4().makeBasis(east, north, up).transpose()
  toLocal.multiply(new Matrix4().makeTranslation(origin.clone().negate()))
  const local = localPositions(mesh, toLocal)
  const cells = indexCells(mesh, local)
  const codes = mesh.geometry.hasAttribute("_classification")
    ? mesh.geometry.getAttribute("_classification")
    : undefined
  const box = boundBox(cells.bounds, place, toLocal.clone().invert())
  const heightsAt: Surface["heightsAt"] = (x, y, atX, atY) => {
    if (atX < box[0] || atX > box[2] || atY < box[1] || atY > box[3]) return undefined
    const from = place.toScene(atX, atY, base).applyMatrix4(toLocal)
    const to = x === atX && y === atY ? from : place.toScene(x, y, base).applyMatrix4(toLocal)
    let [top, any, ground] = [-Infinity, -Infinity, Infinity]
    let groundClass: number | undefined
    for (const t of cells.at(from.x, from.y)) {
      const height = heightOn(local, cells.triangles, t, from, to)
      if (height === undefined) continue
      const code = codes?.getX(cells.triangles[3 * t + 2] as number)
      any = Math.max(any, height)
      if (code === undefined || !isVegetation(code)) top = Math.max(top, height)
      if (height >= ground) continue
      ground = height
      groundClass = code
    }
    if (any === -Infinity) return undefined
    const lift = base - to.z
    return { top: lift + (top === -Infinity ? any : top), ground: lift + ground, groundClass, error }
  }
  return { box, heightsAt }
}

/** Combines the heights of several meshes. */
export const joinedHeights = (found: Iterable<SurfaceHeights | undefined>): SurfaceHeights | undefined => {
  let all: SurfaceHeights | undefined
  for (const one of found) {
    if (one === undefined || all === undefined) all ??= one
    else {
      const lower = one.ground < all.ground ? one : all
      all = { ...lower, top: Math.max(all.top, one.top), error: Math.max(all.error, one.error) }
    }
  }
  return all
}

const localPositions = (mesh: Mesh, toLocal: Matrix4): Float64Array => {
  const position = mesh.geometry.getAttribute("position")
  const matrix = toLocal.clone().multiply(mesh.matrixWorld)
  const out = new Float64Array(3 * position.count)
  const at = new Vector3()
  for (let i = 0; i < position.count; i++)
    at.fromBufferAttribute(position, i)
      .applyMatrix4(matrix)
      .toArray(out, 3 * i)
  return out
}

type Cells = ReturnType<typeof indexCells>

/** A grid with about as many cells as triangles. */
const indexCells = ({ geometry }: Mesh, local: Float64Array) => {
  const triangles = geometry.getIndex()?.array ?? Uint32Array.from({ length: local.length / 3 }, (_, i) => i)
  const count = Math.floor(triangles.length / 3)
  const bounds = boxOfRings([local], 3)
  const [minX, minY, maxX, maxY] = bounds
  const cell = Math.max(1e-3, Math.sqrt(((maxX - minX) * (maxY - minY)) / Math.max(1, count)))
  const along = (length: number): number => Math.floor(length / cell) + 1
  const grid = { minX, minY, cell, columns: along(maxX - minX), rows: along(maxY - minY) }
  const all = Uint32Array.from({ length: count }, (_, t) => t)
  const lists = listCells(local, triangles, all, grid)
  const within = (value: number, least: number, cells: number): number =>
    Math.min(cells - 1, Math.max(0, Math.floor((value - least) / cell)))
  // Triangles whose box meets the cell of a place.
  const at = (x: number, y: number): Uint32Array => {
    const place = within(y, minY, grid.rows) * grid.columns + within(x, minX, grid.columns)
    return lists.triangles.subarray(lists.starts[place], lists.starts[place + 1])
  }
  return { triangles, bounds, at }
}

/** Tolerance at the edges of a triangle, as a share of it: neighbours leave no gap. */
const EDGE = 1e-7

/** Height at `to` on the plane of a triangle that contains `from`; undefined where it does not. */
const heightOn = (
  local: Float64Array,
  triangles: ArrayLike<number>,
  t: number,
  from: Vector3,
  to: Vector3,
): number | undefined => {
  const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!]
  const [ax, ay, az] = [local[a]!, local[a + 1]!, local[a + 2]!]
  const [bx, by] = [local[b]! - ax, local[b + 1]! - ay]
  const [cx, cy] = [local[c]! - ax, local[c + 1]! - ay]
  const area = bx * cy - by * cx
  if (Math.abs(area) < 1e-9) return undefined
  const share = (x: number, y: number): [u: number, v: number] => [
    ((x - ax) * cy - (y - ay) * cx) / area,
    ((y - ay) * bx - (x - ax) * by) / area,
  ]
  const [u, v] = share(from.x, from.y)
  if (u < -EDGE || v < -EDGE || u + v > 1 + EDGE) return undefined
  const rise = ([p, q]: readonly [number, number]): number => az + p * (local[b + 2]! - az) + q * (local[c + 2]! - az)
  if (from === to) return rise([u, v])
  // Limit the extrapolation of a steep face.
  const reach = 2 * Math.hypot(to.x - from.x, to.y - from.y)
  const own = rise([u, v])
  return own + Math.min(reach, Math.max(-reach, rise(share(to.x, to.y)) - own))
}

/** CRS box around bounds in the plane, with a margin for the curvature of its sides. */
const boundBox = (bounds: Cells["bounds"], place: Place, toScene: Matrix4): MeshHeights["box"] => {
  const [minX, minY, maxX, maxY] = bounds
  const corners = [
    [minX, minY],
    [maxX, minY],
    [minX, maxY],
    [maxX, maxY],
  ].map(([x = 0, y = 0]) => place.fromScene(new Vector3(x, y, 0).applyMatrix4(toScene)))
  const room = 1 + 0.01 * Math.max(maxX - minX, maxY - minY)
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)]
  return [Math.min(...xs) - room, Math.min(...ys) - room, Math.max(...xs) + room, Math.max(...ys) + room]
}
