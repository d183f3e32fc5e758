/** Answers how high the meshes in the picture are at a place. */
import { Matrix4, type Mesh, Vector3 } from "three"
import type { Place } from "../place.js"

/** What the picture shows at a place, heights in metres of the job. */
export interface SurfaceHeights {
  /** Highest face that is not vegetation: a roof, a deck, the ground. */
  readonly top: number
  /** Lowest face: the ground below trees, the water below a bridge; a roof where the ground is cut out below a building. */
  readonly ground: number
  /** LiDAR class of that face; absent where the surface has none. */
  readonly groundClass?: number | undefined
  /** Geometric error of what is shown there, metres. */
  readonly error: number
}

/** What vector layers without heights of their own are drawn on. */
export interface Surface {
  /**
   * Heights at (x, y) of the faces above and below (atX, atY), a place near by: at the foot of a wall both a roof and the ground could
   * be meant, and a place beside it decides. Undefined where nothing is shown.
   */
  heightsAt(x: number, y: number, atX: number, atY: number): SurfaceHeights | undefined
}

/** A mesh of the picture, ready to be asked. */
export interface MeshHeights extends Surface {
  /** Box that holds the mesh, CRS metres. */
  readonly box: readonly [minX: number, minY: number, maxX: number, maxY: number]
}

/** LiDAR classes of vegetation: crowns hide what lies below them, and nothing lies on them. */
const isVegetation = (code: number): boolean => code >= 3 && code <= 5

/**
 * Sorts a mesh's triangles into cells of a plane that touches the Earth below it. The plane's normal is vertical at the mesh's origin;
 * 1 km away it leans by 0.01°, which moves a height of 100 m by 2 cm.
 *
 * @param error geometric error of its tile
 * @param base a height near to those of the mesh, metres of the job
 */
export const meshHeights = (mesh: Mesh, place: Place, error: number, base: number): MeshHeights => {
  mesh.updateWorldMatrix(true, false)
  const origin = new Vector3().setFromMatrixPosition(mesh.matrixWorld)
  const [originX, originY] = place.fromScene(origin)
  const { east, north, up } = place.axesAt(originX, originY)
  const toLocal = new Matrix4().makeBasis(east, north, up).transpose()
  toLocal.multiply(new Matrix4().makeTranslation(origin.clone().negate()))
  const local = localPositions(mesh, toLocal)
  const cells = cellsOf(mesh, local)
  const codes = mesh.geometry.hasAttribute("_classification")
    ? mesh.geometry.getAttribute("_classification")
    : undefined
  const box = boxOf(cells.bounds, place, toLocal.clone().invert())
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

/** What several meshes show together. */
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

interface Cells {
  readonly triangles: ArrayLike<number>
  /** Of the vertices, in the plane. */
  readonly bounds: readonly [minX: number, minY: number, maxX: number, maxY: number]
  /** Triangles whose box meets the cell of a place. */
  at(x: number, y: number): Uint32Array
}

/** About as many cells as triangles. Counts first, one array for all. */
const cellsOf = ({ geometry }: Mesh, local: Float64Array): Cells => {
  const triangles = geometry.getIndex()?.array ?? Uint32Array.from({ length: local.length / 3 }, (_, i) => i)
  const count = Math.floor(triangles.length / 3)
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < local.length; i += 3) {
    bounds[0] = Math.min(bounds[0], local[i] as number)
    bounds[1] = Math.min(bounds[1], local[i + 1] as number)
    bounds[2] = Math.max(bounds[2], local[i] as number)
    bounds[3] = Math.max(bounds[3], local[i + 1] as number)
  }
  const [minX, minY, maxX, maxY] = bounds
  const side = Math.max(1e-3, Math.sqrt(((maxX - minX) * (maxY - minY)) / Math.max(1, count)))
  const columns = Math.max(1, Math.ceil((maxX - minX) / side))
  const rows = Math.max(1, Math.ceil((maxY - minY) / side))
  const column = (x: number): number => Math.min(columns - 1, Math.max(0, Math.floor((x - minX) / side)))
  const row = (y: number): number => Math.min(rows - 1, Math.max(0, Math.floor((y - minY) / side)))
  const eachCell = (t: number, visit: (cell: number) => void): void => {
    const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!]
    const left = column(Math.min(local[a]!, local[b]!, local[c]!))
    const right = column(Math.max(local[a]!, local[b]!, local[c]!))
    const low = row(Math.min(local[a + 1]!, local[b + 1]!, local[c + 1]!))
    const high = row(Math.max(local[a + 1]!, local[b + 1]!, local[c + 1]!))
    for (let r = low; r <= high; r++) for (let k = left; k <= right; k++) visit(r * columns + k)
  }
  const ends = new Uint32Array(columns * rows + 1)
  for (let t = 0; t < count; t++) eachCell(t, (cell) => ends[cell + 1]!++)
  for (let cell = 0; cell < columns * rows; cell++) ends[cell + 1]! += ends[cell]!
  const listed = new Uint32Array(ends[columns * rows]!)
  const next = ends.slice()
  for (let t = 0; t < count; t++) {
    eachCell(t, (cell) => {
      listed[next[cell]!++] = t
    })
  }
  const at = (x: number, y: number): Uint32Array => {
    const cell = row(y) * columns + column(x)
    return listed.subarray(ends[cell], ends[cell + 1])
  }
  return { triangles, bounds, at }
}

/** How far beyond the edge of a triangle a place is still on it, in parts of the triangle: neighbours leave no gap. */
const EDGE = 1e-7

/** Height at `to` of the plane of a triangle that `from` lies over or under; undefined where it does not. */
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
  // A steep face is not followed beyond itself.
  const reach = 2 * Math.hypot(to.x - from.x, to.y - from.y)
  const own = rise([u, v])
  return own + Math.min(reach, Math.max(-reach, rise(share(to.x, to.y)) - own))
}

/** Box of the CRS around bounds in the plane, with room for the bend of its sides. */
const boxOf = (bounds: Cells["bounds"], place: Place, toScene: Matrix4): MeshHeights["box"] => {
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
