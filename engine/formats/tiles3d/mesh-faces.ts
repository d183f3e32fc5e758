/** Prepares the faces of a content by material: painted by an image, or in plain colours. */
import { triangleNormal } from "../../core/geometry/triangles.js"
import { shownClasses } from "../../core/shown-classes.js"
import type { Mesh } from "../../kernel.js"
import { classColours, faceColour, linearColour } from "./class-colours.js"
import { splitVertices } from "./mesh-part.js"

/** Height of a face's unit normal below which it counts as a wall. */
const STEEP = 0.1
/**
 * Steps of a normal's components, from −4 to 4. Faces in one step, within about 14°, count as one
 * flat face.
 */
const STEPS = 4
const CODES = 4096
/** More than all charts or colours, so a double can encode object and chart together. */
const CHARTS = 2 ** 32
/**
 * Shading of unlit faces: light from the north-west as on maps, in 16 levels; light of the darkest
 * wall and of undersides.
 */
const [LEVELS, LEAST_LIGHT, UNDER_LIGHT] = [16, 0.72, 0.6]

/**
 * The part of a content's mesh that one material paints. Vertices are copied as the material
 * requires.
 */
export interface Faces {
  /** 3 · n indices into `from`. */
  readonly triangles: Uint32Array
  /** The mesh vertex that each vertex copies. */
  readonly from: Uint32Array
  /** The first corner of the mesh's triangles that uses each vertex. */
  readonly corners: Uint32Array
  /** LiDAR class of each vertex. */
  readonly classes: Uint8Array
  /** Linear RGBA of each vertex; absent for faces that an image paints. */
  readonly colours?: Uint8Array
  /** Near infrared, red and green of each vertex; 0 (no data) where an image has them. */
  readonly infrared?: Uint8Array
  /** Row of `Mesh.objects` of each vertex; absent if the mesh has no objects. */
  readonly rows?: Uint32Array
}

/**
 * Returns faces that an image paints. Vertices are copied only where different objects or charts
 * meet.
 *
 * @param which indices of the mesh's triangles
 * @param chartOf chart of each triangle of the mesh
 * @param hasInfrared true if other faces of the content have infrared by vertex
 */
export const paintedFaces = (mesh: Mesh, which: Uint32Array, chartOf: Uint32Array, hasInfrared: boolean): Faces => {
  const faces = groupFaces(mesh, which, (row, triangle) => row * CHARTS + chartOf[triangle]!)
  return hasInfrared ? { ...faces, infrared: new Uint8Array(3 * faces.from.length) } : faces
}

/**
 * Returns faces in the colour of their class, with another colour for walls.
 *
 * Faces of buildings and decks are split at angles, so each looks flat with averaged normals.
 * Ground and crowns stay smooth. With `lit` false, for materials that viewers do not light, walls
 * are lighter towards the north-west.
 *
 * @param which indices of the mesh's triangles
 * @param stated colours of the mesh's triangles, 0xRRGGBB; values above 0xffffff, or no array, mean
 *   the colours of classes
 * @param infrared near infrared, red and green in the same form
 */
export const plainFaces = (
  mesh: Mesh,
  which: Uint32Array,
  lit: boolean,
  stated?: Uint32Array,
  infrared?: Uint32Array,
): Faces => {
  const { objects } = mesh
  const looks = (row: number, triangle: number): number => {
    const colour = stated?.[triangle] ?? UNKNOWN
    if (colour < UNKNOWN) return row * CHARTS + CODES + colour
    const code = objects?.classes[row] ?? 2
    if (!isBuilt(code) && (lit || code !== 5)) return row * CHARTS
    const normal = normalOf(mesh, triangle)
    return row * CHARTS + (lit ? flatCode(normal) : lightCode(normal))
  }
  if (infrared === undefined) {
    const faces = groupFaces(mesh, which, looks)
    return { ...faces, colours: colourFaces(mesh, faces, lit, stated) }
  }
  // Numbers each pair of looks in the order of the faces, since both do not fit into one double.
  const pairs = new Map<string, number>()
  const faces = groupFaces(mesh, which, (row, triangle) => {
    const pair = `${looks(row, triangle)} ${infrared[triangle]!}`
    const number = pairs.get(pair) ?? pairs.size
    pairs.set(pair, number)
    return number
  })
  return { ...faces, colours: colourFaces(mesh, faces, lit, stated), infrared: averageInfrared(faces, infrared) }
}

const averageInfrared = ({ corners }: Faces, infrared: Uint32Array): Uint8Array => {
  const out = new Uint8Array(3 * corners.length)
  for (let i = 0; i < corners.length; i++) {
    const value = infrared[(corners[i]! / 3) | 0]!
    out.set([value >> 16, (value >> 8) & 255, value & 255], 3 * i)
  }
  return out
}

/** Values from here on mean no colour. */
const UNKNOWN = 0x1000000

const isBuilt = (code: number): boolean => code === 6 || code === 17
/** Classes with their own objects. A vertex that they share with the ground has their class. */
const isOnGround = (code: number): boolean => isBuilt(code) || code === 9

const groupFaces = (mesh: Mesh, which: Uint32Array, looks: (row: number, triangle: number) => number): Faces => {
  const { owners, objects } = mesh
  const corners = new Uint32Array(3 * which.length)
  const tags = new Float64Array(which.length)
  for (let i = 0; i < which.length; i++) {
    const triangle = which[i]!
    for (let k = 0; k < 3; k++) corners[3 * i + k] = mesh.triangles[3 * triangle + k]!
    tags[i] = looks(owners?.[triangle] ?? 0, triangle)
  }
  const split = splitVertices(mesh.classes.length, corners, tags)
  const faces = {
    from: split.from,
    triangles: split.triangles,
    corners: split.first.map((i) => 3 * which[(i / 3) | 0]! + (i % 3)),
  }
  if (owners === undefined || objects === undefined)
    return { ...faces, classes: Uint8Array.from(split.from, (vertex) => mesh.classes[vertex]!) }
  const rows = faces.corners.map((corner) => owners[(corner / 3) | 0]!)
  return { ...faces, rows, classes: collectClasses(mesh, split.from, rows) }
}

/** An object's faces have the object's class. The ground never has the class of an object on it. */
const collectClasses = (mesh: Mesh, from: Uint32Array, rows: Uint32Array): Uint8Array => {
  const classes = new Uint8Array(from.length)
  for (let i = 0; i < from.length; i++) {
    const own = mesh.classes[from[i]!]!
    const code = mesh.objects?.classes[rows[i]!] ?? 2
    classes[i] = code !== 2 ? code : isOnGround(own) ? 2 : own
  }
  return classes
}

const colourFaces = (mesh: Mesh, faces: Faces, lit: boolean, stated: Uint32Array | undefined): Uint8Array => {
  const colours = new Uint8Array(4 * faces.from.length)
  const shown = shownClasses(mesh)
  const { rows } = faces
  for (let i = 0; i < faces.from.length; i++) {
    const triangle = (faces.corners[i]! / 3) | 0
    const own = stated?.[triangle] ?? UNKNOWN
    if (own < UNKNOWN) {
      colours.set([...linearColour(own), 255], 4 * i)
      continue
    }
    const seen = shown[faces.from[i]!]!
    const code = rows === undefined ? undefined : mesh.objects?.classes[rows[i]!]
    if (code === undefined || code === 2) {
      const ground = code === 2 && isOnGround(seen) ? faces.classes[i]! : seen
      colours.set(classColours.subarray(4 * ground, 4 * ground + 4), 4 * i)
      continue
    }
    const normal = normalOf(mesh, triangle)
    colours.set([...faceColour(code, isSteep(normal), lit ? 1 : lightOf(lightCode(normal))), 255], 4 * i)
  }
  return colours
}

type Vector = readonly [x: number, y: number, z: number]

/** Normal of a triangle, twice its area long, z up. */
const normalOf = ({ positions, triangles }: Mesh, triangle: number): Vector =>
  triangleNormal(positions, triangles[3 * triangle]!, triangles[3 * triangle + 1]!, triangles[3 * triangle + 2]!)

const isSteep = ([x, y, z]: Vector): boolean => z < STEEP * Math.hypot(x, y, z)

/** A code below CODES, equal for faces that count as one flat face. */
const flatCode = (normal: Vector): number => {
  const length = Math.hypot(...normal) || 1
  let code = isSteep(normal) ? 1 : 0
  for (const part of normal) code = code * (2 * STEPS + 1) + Math.round((STEPS * part) / length) + STEPS
  return code
}

/**
 * 0: underside; 1 … LEVELS: walls from south-east to north-west; LEVELS + 1: faces that look up.
 */
const lightCode = ([x, y, z]: Vector): number => {
  const length = Math.hypot(x, y, z) || 1
  if (z < -STEEP * length) return 0
  if (!isSteep([x, y, z])) return LEVELS + 1
  return 1 + Math.round((LEVELS - 1) * (0.5 + (0.5 * (y - x)) / (Math.SQRT2 * length)))
}

const lightOf = (code: number): number =>
  code === 0 ? UNDER_LIGHT : Math.min(1, LEAST_LIGHT + ((1 - LEAST_LIGHT) * (code - 1)) / (LEVELS - 1))
