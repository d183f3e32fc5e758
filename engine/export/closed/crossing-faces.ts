/** Finds the pairs of triangles that cross or touch each other, exactly. */
import { listCells } from "../../core/geometry/triangle-cells.js"

/** Corners of a triangle as vertex numbers. */
type Corners = readonly [number, number, number]

/**
 * Pairs of triangles that share more than vertices and edges: they cross, touch, overlap in a plane
 * or fold back. The signs of determinants are exact. O(n) for triangles of similar size.
 *
 * @param positions x, y, z: whole numbers below 2²⁵; equal places have equal numbers
 */
export const crossingFaces = (positions: Float64Array, triangles: Uint32Array): [number, number][] => {
  if (triangles.length === 0) return []
  const boxes = measureBoxes(positions, triangles)
  const { grid, starts, cells } = sortIntoCells(positions, triangles)
  const pairs: [number, number][] = []
  for (let cell = 0; cell + 1 < starts.length; cell++) {
    for (let i = starts[cell]!; i < starts[cell + 1]!; i++) {
      const a = cells[i]!
      for (let j = i + 1; j < starts[cell + 1]!; j++) {
        const b = cells[j]!
        if (!meetsInCell(boxes, a, b, grid, cell)) continue
        if (facesCross(positions, cornersOf(triangles, a), cornersOf(triangles, b))) pairs.push([a, b])
      }
    }
  }
  return pairs
}

const cornersOf = (triangles: Uint32Array, t: number): Corners => [
  triangles[3 * t]!,
  triangles[3 * t + 1]!,
  triangles[3 * t + 2]!,
]

/** Least and greatest x, y, z of each triangle. */
const measureBoxes = (positions: Float64Array, triangles: Uint32Array): Float64Array => {
  const boxes = new Float64Array(2 * triangles.length)
  for (let t = 0; t < triangles.length / 3; t++)
    for (let axis = 0; axis < 3; axis++) {
      const [a, b, c] = cornersOf(triangles, t).map((v) => positions[3 * v + axis]!) as [number, number, number]
      boxes[6 * t + axis] = Math.min(a, b, c)
      boxes[6 * t + 3 + axis] = Math.max(a, b, c)
    }
  return boxes
}

const sortIntoCells = (positions: Float64Array, triangles: Uint32Array) => {
  const count = triangles.length / 3
  const [min, max] = [
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ]
  for (let i = 0; i < positions.length; i++) {
    const axis = i % 3
    if (axis === 2) continue
    min[axis] = Math.min(min[axis]!, positions[i]!)
    max[axis] = Math.max(max[axis]!, positions[i]!)
  }
  const [width, height] = [max[0]! - min[0]!, max[1]! - min[1]!]
  // About one triangle a cell.
  const side = Math.max(1, Math.sqrt((width * height) / Math.max(1, count)))
  const columns = Math.floor(width / side) + 1
  const grid = { minX: min[0]!, minY: min[1]!, cell: side, columns, rows: Math.floor(height / side) + 1 }
  const { starts, triangles: cells } = listCells(
    positions,
    triangles,
    Uint32Array.from({ length: count }, (_, t) => t),
    grid,
  )
  return { grid, starts, cells }
}

/** True where two boxes meet, and this cell is the first one in which both are listed. */
const meetsInCell = (
  boxes: Float64Array,
  a: number,
  b: number,
  grid: { readonly minX: number; readonly minY: number; readonly cell: number; readonly columns: number },
  cell: number,
): boolean => {
  for (let axis = 0; axis < 3; axis++)
    if (boxes[6 * a + axis]! > boxes[6 * b + 3 + axis]! || boxes[6 * b + axis]! > boxes[6 * a + 3 + axis]!) return false
  const column = Math.floor((Math.max(boxes[6 * a]!, boxes[6 * b]!) - grid.minX) / grid.cell)
  const row = Math.floor((Math.max(boxes[6 * a + 1]!, boxes[6 * b + 1]!) - grid.minY) / grid.cell)
  return cell === row * grid.columns + column
}

const facesCross = (positions: Float64Array, a: Corners, b: Corners): boolean => {
  const at = (v: number): Point => [positions[3 * v]!, positions[3 * v + 1]!, positions[3 * v + 2]!]
  const common = a.filter((v) => b.includes(v))
  if (common.length === 3) return true
  const [one, other] = [a.map(at), b.map(at)] as unknown as [Face, Face]
  const alone = (own: Corners) => own.filter((v) => !common.includes(v)).map(at)
  if (common.length === 2) return foldsBack(one, common.map(at), [...alone(a), ...alone(b)])
  if (common.length === 1) return edgeMeets(alone(a), other) || edgeMeets(alone(b), one)
  const edges = ([p, q, r]: Face) => [
    [p, q],
    [q, r],
    [r, p],
  ]
  return edges(one).some((edge) => edgeMeets(edge, other)) || edges(other).some((edge) => edgeMeets(edge, one))
}

type Face = readonly [Point, Point, Point]

/** True where triangles with a common edge are in one plane and on one side of that edge. */
const foldsBack = (face: Face, edge: readonly Point[], apexes: readonly Point[]): boolean => {
  const [[p, q], [c, d]] = [edge, apexes] as [[Point, Point], [Point, Point]]
  if (!isCoplanar(face, d)) return false
  const plane = planeAxes(face)
  return plane !== undefined && sideInPlan(p, q, c, plane) * sideInPlan(p, q, d, plane) > 0
}

/** True where an edge meets a triangle, its border included. */
const edgeMeets = (edge: readonly Point[], face: Face): boolean => {
  const [p, q] = edge as [Point, Point]
  const [a, b, c] = face
  const above = sideOfPlane(a, b, c, p)
  const below = sideOfPlane(a, b, c, q)
  if (above * below > 0) return false
  if (above === 0 && below === 0) return meetsInPlane(p, q, face)
  const sides = [sideOfPlane(p, q, a, b), sideOfPlane(p, q, b, c), sideOfPlane(p, q, c, a)]
  return sides.every((side) => side >= 0) || sides.every((side) => side <= 0)
}

const meetsInPlane = (p: Point, q: Point, face: Face): boolean => {
  const plane = planeAxes(face)
  if (plane === undefined) return false
  const [a, b, c] = face
  const turn = (u: Point, v: Point, w: Point): number => sideInPlan(u, v, w, plane)
  const isInside = (v: Point): boolean => {
    const sides = [turn(a, b, v), turn(b, c, v), turn(c, a, v)]
    return sides.every((side) => side >= 0) || sides.every((side) => side <= 0)
  }
  if (isInside(p) || isInside(q)) return true
  // Neither end is in the triangle, so the edge meets it only through a side.
  return (
    [
      [a, b],
      [b, c],
      [c, a],
    ] as const
  ).some(([u, v]) => {
    const [first, second] = [turn(u, v, p), turn(u, v, q)]
    if (first === 0 && second === 0) return isBetween(u, p, q)
    return first * second <= 0 && turn(p, q, u) * turn(p, q, v) <= 0
  })
}

/** True where a point of the line through p and q is between them. */
const isBetween = (u: Point, p: Point, q: Point): boolean =>
  [0, 1, 2].every((axis) => (p[axis]! - u[axis]!) * (q[axis]! - u[axis]!) <= 0)

/** Two axes in whose plan a triangle has an area. */
const planeAxes = (face: Face): readonly [number, number] | undefined =>
  (
    [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const
  ).find((axes) => sideInPlan(face[0], face[1], face[2], axes) !== 0)

// ----- exact signs of determinants of whole numbers

/** x, y, z: whole numbers, differences below 2²⁶. */
type Point = readonly [x: number, y: number, z: number]

/** The sign of a · b − c · d is exact in doubles for differences below 2²⁶. */
const sideInPlan = (a: Point, b: Point, c: Point, [u, v]: readonly [number, number]): number =>
  Math.sign((b[u]! - a[u]!) * (c[v]! - a[v]!) - (b[v]! - a[v]!) * (c[u]! - a[u]!))

/** On which side of the plane through a, b, c a point is: −1, 0 or 1. */
export const sideOfPlane = (a: Point, b: Point, c: Point, d: Point): number => {
  const [ux, uy, uz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]]
  const [vx, vy, vz] = [c[0] - a[0], c[1] - a[1], c[2] - a[2]]
  const [wx, wy, wz] = [d[0] - a[0], d[1] - a[1], d[2] - a[2]]
  const [x, y, z] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx]
  const found = x * wx + y * wy + z * wz
  // Minors are exact; products and sums add at most 5 roundings.
  const bound = 2 ** -50 * (Math.abs(x * wx) + Math.abs(y * wy) + Math.abs(z * wz))
  if (Math.abs(found) > bound) return Math.sign(found)
  const exact = BigInt(x) * BigInt(wx) + BigInt(y) * BigInt(wy) + BigInt(z) * BigInt(wz)
  return exact > 0n ? 1 : exact < 0n ? -1 : 0
}

const isCoplanar = ([a, b, c]: readonly [Point, Point, Point], d: Point): boolean => sideOfPlane(a, b, c, d) === 0
