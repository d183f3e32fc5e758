/**
 * Charts of a mesh: finds its walls, gives each a rectangle of texels, and converts between texels
 * and places.
 */
import { triangleNormal } from "../../../engine/core/geometry/triangles.js"
import type { Chart, Mesh } from "../../../engine/kernel.js"

type Vector = readonly [x: number, y: number, z: number]

/**
 * Projects a place (metres in the mesh's frame) onto a chart along its normal: column and row,
 * whole numbers at the edges of texels.
 */
export const placeOnChart = ({ origin, u, v, texel }: Chart, x: number, y: number, z: number): [number, number] => {
  const [dx, dy, dz] = [x - origin[0], y - origin[1], z - origin[2]]
  return [(dx * u[0] + dy * u[1] + dz * u[2]) / texel, (dx * v[0] + dy * v[1] + dz * v[2]) / texel]
}

/** Unit normal of a chart's plane, out of the surface. */
export const chartNormal = ({ u, v }: Pick<Chart, "u" | "v">): [number, number, number] => cross(v, u)

/** Largest height of a wall's unit normal, up or down: within about 12 degrees of upright. */
export const WALL_STEEPNESS = 0.2
/** Maximum distance of a face from the plane of the wall that it joins, millimetres. */
const OFFSET = 100
/** Cosine of the maximum angle between such a face and the plane: about 8 degrees. */
const TURN = 0.99
/**
 * Width, metres, that rounding of vertices to the millimetre may add to a wall: it adds no column.
 */
const ROUNDED = 0.002
/** Classes without walls: ground, trees, water. */
const NO_WALLS = [2, 3, 4, 5, 9]

/**
 * The walls of a mesh with objects, a chart each: steep faces of one object that share vertices and
 * a plane.
 *
 * Rows are level, row 0 the highest; columns run to the right as seen from outside. The rectangle
 * is the smallest around the faces; its plane has their mean normal and height.
 *
 * A wall grows from its largest face and compares with that face: chains of slightly turned faces
 * do not bend it. Seeds are ordered by area, then by number, so the order depends only on the mesh.
 * Faces without area are in no chart. O(faces log faces) time, 24 bytes a face.
 */
export const wallCharts = (mesh: Mesh, { texel }: { readonly texel: number }): Chart[] => {
  const normals = faceNormals(mesh)
  return wallFaces(mesh, normals).map((faces) => placeChart(mesh, faces, normals, texel))
}

/** The faces of each of those walls, ascending. */
export const wallFaces = (mesh: Mesh, normals: Float64Array): Uint32Array[] => {
  const steep = steepFaces(mesh, normals)
  const seeds = steep.toSorted((a, b) => normals[4 * b + 3] - normals[4 * a + 3] || a - b)
  const around = facesByVertex(mesh, steep)
  const chosen = new Uint8Array(mesh.triangles.length / 3)
  const walls: Uint32Array[] = []
  for (const seed of seeds) {
    if (chosen[seed] === 1) continue
    walls.push(grow(mesh, seed, normals, around, chosen).sort())
  }
  return walls
}

/** The axes of a wall's chart: along it to the right, and down. */
export const wallAxes = (faces: Uint32Array, normals: Float64Array): Pick<Chart, "u" | "v"> =>
  axesOf(wallNormal(faces, normals))

const axesOf = (normal: Vector): Pick<Chart, "u" | "v"> => {
  const u = unit(cross([0, 0, 1], normal))
  return { u, v: cross(u, normal) }
}

const wallNormal = (faces: Uint32Array, normals: Float64Array): Vector => {
  let [x, y, z] = [0, 0, 0]
  for (let i = 0; i < faces.length; i++) {
    const t = 4 * faces[i]
    x += normals[t] * normals[t + 3]
    y += normals[t + 1] * normals[t + 3]
    z += normals[t + 2] * normals[t + 3]
  }
  return unit([x, y, z])
}

/** Unit normal and area, mm², of each face: four numbers, all zero for a face without area. */
export const faceNormals = ({ positions: p, triangles }: Mesh): Float64Array => {
  const normals = new Float64Array((4 * triangles.length) / 3)
  for (let t = 0; t < triangles.length / 3; t++) {
    const [x, y, z] = triangleNormal(p, triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2])
    // Not hypot, whose last digits differ between versions.
    const length = Math.sqrt(x * x + y * y + z * z)
    if (length === 0) continue
    normals[4 * t] = x / length
    normals[4 * t + 1] = y / length
    normals[4 * t + 2] = z / length
    normals[4 * t + 3] = length / 2
  }
  return normals
}

const steepFaces = ({ owners, objects }: Mesh, normals: Float64Array): Uint32Array => {
  if (owners === undefined || objects === undefined) return new Uint32Array(0)
  const hasWalls = Array.from(objects.classes, (code) => !NO_WALLS.includes(code))
  const out = new Uint32Array(owners.length)
  let count = 0
  for (let t = 0; t < owners.length; t++) {
    if (hasWalls[owners[t]] && normals[4 * t + 3] > 0 && Math.abs(normals[4 * t + 2]) < WALL_STEEPNESS) out[count++] = t
  }
  return out.slice(0, count)
}

/** Faces by vertex: those of vertex v are `faces[ends[v − 1] … ends[v])`. */
interface FacesByVertex {
  readonly ends: Uint32Array
  readonly faces: Uint32Array
}

/** The chosen faces at each vertex. O(faces + vertices). */
export const facesByVertex = ({ classes, triangles }: Mesh, which: Uint32Array): FacesByVertex => {
  const ends = new Uint32Array(classes.length)
  for (const t of which) for (let k = 0; k < 3; k++) ends[triangles[3 * t + k]]++
  let total = 0
  for (let v = 0; v < ends.length; v++) {
    total += ends[v]
    ends[v] = total - ends[v]
  }
  const faces = new Uint32Array(total)
  // Each start advances to the end of its own range.
  for (const t of which) for (let k = 0; k < 3; k++) faces[ends[triangles[3 * t + k]]++] = t
  return { ends, faces }
}

/** The faces of the seed's object that are connected with it on its plane; marks them as chosen. */
const grow = (
  { positions: p, triangles, owners }: Mesh,
  seed: number,
  normals: Float64Array,
  { ends, faces }: FacesByVertex,
  chosen: Uint8Array,
): Uint32Array => {
  const [x, y, z] = normals.subarray(4 * seed, 4 * seed + 3)
  const at = 3 * triangles[3 * seed]
  const isNear = (v: number): boolean =>
    Math.abs(x * (p[3 * v] - p[at]) + y * (p[3 * v + 1] - p[at + 1]) + z * (p[3 * v + 2] - p[at + 2])) <= OFFSET
  const joins = (t: number): boolean =>
    chosen[t] === 0 &&
    owners?.[t] === owners?.[seed] &&
    x * normals[4 * t] + y * normals[4 * t + 1] + z * normals[4 * t + 2] >= TURN &&
    isNear(triangles[3 * t]) &&
    isNear(triangles[3 * t + 1]) &&
    isNear(triangles[3 * t + 2])
  const found = [seed]
  chosen[seed] = 1
  for (let i = 0; i < found.length; i++) {
    for (let k = 0; k < 3; k++) {
      const v = triangles[3 * found[i] + k]
      for (let at = v > 0 ? ends[v - 1] : 0; at < ends[v]; at++) {
        if (!joins(faces[at])) continue
        chosen[faces[at]] = 1
        found.push(faces[at])
      }
    }
  }
  return Uint32Array.from(found)
}

const placeChart = (
  { positions: p, triangles }: Mesh,
  faces: Uint32Array,
  normals: Float64Array,
  texel: number,
): Chart => {
  const normal = wallNormal(faces, normals)
  const { u, v } = axesOf(normal)
  const [low, high] = [
    [Infinity, Infinity, Infinity],
    [-Infinity, -Infinity, -Infinity],
  ]
  let [depth, area] = [0, 0]
  for (const t of faces) {
    for (let k = 0; k < 3; k++) {
      const at = 3 * triangles[3 * t + k]
      const place: Vector = [p[at] / 1000, p[at + 1] / 1000, p[at + 2] / 1000]
      for (const [axis, along] of [u, v].entries()) {
        low[axis] = Math.min(low[axis], dot(place, along))
        high[axis] = Math.max(high[axis], dot(place, along))
      }
      depth += dot(place, normal) * normals[4 * t + 3]
      area += normals[4 * t + 3]
    }
  }
  const sizeOf = (axis: number): number => Math.max(1, Math.ceil((high[axis] - low[axis] - ROUNDED) / texel))
  const cornerOf = (k: number): number => low[0] * u[k] + low[1] * v[k] + (depth / area) * normal[k]
  return { faces, origin: [cornerOf(0), cornerOf(1), cornerOf(2)], u, v, width: sizeOf(0), height: sizeOf(1), texel }
}

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

const cross = (a: Vector, b: Vector): [number, number, number] => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]

const unit = (vector: Vector): [number, number, number] => {
  const length = Math.sqrt(dot(vector, vector))
  return [vector[0] / length, vector[1] / length, vector[2] / length]
}
