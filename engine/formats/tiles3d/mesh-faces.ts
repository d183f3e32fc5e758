import { shownClasses } from "../../core/shown-classes.js"
import type { Mesh } from "../../kernel.js"
import { classColours, faceColour } from "./class-colours.js"
import { splitVertices } from "./split-vertices.js"

/** Least height of a face's unit normal for what an image from above can colour: steeper, a texel would be drawn out over 10. */
const DRAPED = 0.1
/** Steps of each component of a normal, from −4 to 4: faces in one step are taken as one flat face (within about 14 degrees). */
const STEPS = 4
const CODES = 4096
/** What rounding to 32 bits may put a vertex out of the image, in its sides. */
const BEYOND = 1e-5
/** Levels of the light on faces that viewers do not light, over north-west as on maps, and the darkest. */
const [LEVELS, LEAST_LIGHT, UNDER_LIGHT] = [16, 0.72, 0.6]

/** A part of a content's mesh that one material paints, its vertices told apart as the material needs. */
export interface Faces {
  /** 3 · n numbers of `from`. */
  readonly triangles: Uint32Array
  /** Vertex of the mesh that each is. */
  readonly from: Uint32Array
  /** LiDAR class of each vertex. */
  readonly classes: Uint8Array
  /** Linear RGBA of each vertex; none for what an image paints. */
  readonly colours?: Uint8Array
  /** Row of `Mesh.objects` of each vertex; none where the mesh has none. */
  readonly rows?: Uint32Array
}

/**
 * Which faces an image from above colours, of a mesh that knows its objects: not walls, not undersides, nothing that stands out of the image (its last texels would be drawn out).
 *
 * @param uv one (u, v) a vertex
 */
export const isDraped = (mesh: Mesh, uv: Float32Array, triangle: number): boolean => {
  for (let k = 0; k < 3; k++) {
    const vertex = mesh.triangles[3 * triangle + k]!
    const [u, v] = [uv[2 * vertex]!, uv[2 * vertex + 1]!]
    if (u < -BEYOND || v < -BEYOND || u > 1 + BEYOND || v > 1 + BEYOND) return false
  }
  return !isSteep(normalOf(mesh, triangle))
}

/**
 * Faces that an image paints. Vertices are copied only where faces of different objects meet.
 *
 * @param which numbers of the mesh's triangles
 */
export const drapedFaces = (mesh: Mesh, which: Uint32Array): Faces => facesOf(mesh, which, (row) => row * CODES)

/**
 * Faces that have the colour of their class; walls another than roofs.
 *
 * Faces of buildings and decks are split where they meet at an angle, so that each looks flat under averaged normals; ground and crowns stay round.
 * With `lit` false, for materials that viewers do not light, walls are lighter towards north-west.
 *
 * @param which numbers of the mesh's triangles
 */
export const plainFaces = (mesh: Mesh, which: Uint32Array, lit: boolean): Faces => {
  const { objects } = mesh
  const looks = (row: number, triangle: number): number => {
    const code = objects?.classes[row] ?? 2
    if (!isBuilt(code) && (lit || code !== 5)) return row * CODES
    const normal = normalOf(mesh, triangle)
    return row * CODES + (lit ? flatCode(normal) : lightCode(normal))
  }
  const faces = facesOf(mesh, which, looks)
  return { ...faces, colours: coloursOf(mesh, faces, which, lit) }
}

const isBuilt = (code: number): boolean => code === 6 || code === 17
/** Classes of what has rows of its own: a vertex that it shares with the ground has its class. */
const isOnGround = (code: number): boolean => isBuilt(code) || code === 9

interface SplitFaces extends Faces {
  /** First triangle of each vertex, an index into `which`. */
  readonly first: Uint32Array
}

const facesOf = (mesh: Mesh, which: Uint32Array, looks: (row: number, triangle: number) => number): SplitFaces => {
  const { owners, objects } = mesh
  const corners = new Uint32Array(3 * which.length)
  const tags = new Uint32Array(which.length)
  for (let i = 0; i < which.length; i++) {
    const triangle = which[i]!
    for (let k = 0; k < 3; k++) corners[3 * i + k] = mesh.triangles[3 * triangle + k]!
    if (owners !== undefined) tags[i] = looks(owners[triangle]!, triangle)
  }
  const split = splitVertices(mesh.classes.length, corners, tags)
  if (owners === undefined || objects === undefined) {
    const classes = Uint8Array.from(split.from, (vertex) => mesh.classes[vertex]!)
    return { ...split, classes }
  }
  const rows = split.first.map((i) => owners[which[i]!]!)
  return { ...split, rows, classes: classesOf(mesh, split.from, rows) }
}

/** Of an object's faces the object's class; of the ground never that of what stands on it. */
const classesOf = (mesh: Mesh, from: Uint32Array, rows: Uint32Array): Uint8Array => {
  const classes = new Uint8Array(from.length)
  for (let i = 0; i < from.length; i++) {
    const own = mesh.classes[from[i]!]!
    const code = mesh.objects?.classes[rows[i]!] ?? 2
    classes[i] = code !== 2 ? code : isOnGround(own) ? 2 : own
  }
  return classes
}

const coloursOf = (mesh: Mesh, faces: SplitFaces, which: Uint32Array, lit: boolean): Uint8Array => {
  const colours = new Uint8Array(4 * faces.from.length)
  const shown = shownClasses(mesh)
  const { rows } = faces
  for (let i = 0; i < faces.from.length; i++) {
    const seen = shown[faces.from[i]!]!
    const code = rows === undefined ? undefined : mesh.objects?.classes[rows[i]!]
    if (code === undefined || code === 2) {
      const ground = code === 2 && isOnGround(seen) ? faces.classes[i]! : seen
      colours.set(classColours.subarray(4 * ground, 4 * ground + 4), 4 * i)
      continue
    }
    const normal = normalOf(mesh, which[faces.first[i]!]!)
    colours.set([...faceColour(code, isSteep(normal), lit ? 1 : lightOf(lightCode(normal))), 255], 4 * i)
  }
  return colours
}

type Vector = readonly [x: number, y: number, z: number]

/** Normal of a triangle, twice its area long, z up. */
const normalOf = ({ positions: p, triangles }: Mesh, triangle: number): Vector => {
  const a = 3 * triangles[3 * triangle]!
  const b = 3 * triangles[3 * triangle + 1]!
  const c = 3 * triangles[3 * triangle + 2]!
  const ux = p[b]! - p[a]!
  const uy = p[b + 1]! - p[a + 1]!
  const uz = p[b + 2]! - p[a + 2]!
  const vx = p[c]! - p[a]!
  const vy = p[c + 1]! - p[a + 1]!
  const vz = p[c + 2]! - p[a + 2]!
  return [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx]
}

const isSteep = ([x, y, z]: Vector): boolean => z < DRAPED * Math.hypot(x, y, z)

/** Below CODES; equal for faces that count as one flat face. */
const flatCode = (normal: Vector): number => {
  const length = Math.hypot(...normal) || 1
  let code = isSteep(normal) ? 1 : 0
  for (const part of normal) code = code * (2 * STEPS + 1) + Math.round((STEPS * part) / length) + STEPS
  return code
}

/** 0 from below, 1 … LEVELS a wall from south-east to north-west, then what looks up. */
const lightCode = ([x, y, z]: Vector): number => {
  const length = Math.hypot(x, y, z) || 1
  if (z < -DRAPED * length) return 0
  if (!isSteep([x, y, z])) return LEVELS + 1
  return 1 + Math.round((LEVELS - 1) * (0.5 + (0.5 * (y - x)) / (Math.SQRT2 * length)))
}

const lightOf = (code: number): number =>
  code === 0 ? UNDER_LIGHT : Math.min(1, LEAST_LIGHT + ((1 - LEAST_LIGHT) * (code - 1)) / (LEVELS - 1))
