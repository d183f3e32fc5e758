/**
 * Prepares the faces of a content by material, painted by an image or in plain colours: their
 * vertices, colours and normals.
 */
import { classColour } from "../../core/colours.js"
import { triangleNormal } from "../../core/geometry/triangles.js"
import { shownClasses } from "../../core/shown-classes.js"
import type { Mesh } from "../../kernel.js"

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
 * Returns faces in stated colours, else in the colour of their class, with another one for walls.
 *
 * Faces of buildings and decks in the colour of their class are split at angles, so each looks flat
 * with averaged normals. Ground and crowns stay smooth.
 *
 * @param which indices of the mesh's triangles
 * @param stated colours of the mesh's triangles, 0xRRGGBB; values above 0xffffff, or no array, mean
 *   the colours of classes
 * @param infrared near infrared, red and green in the same form
 */
export const plainFaces = (mesh: Mesh, which: Uint32Array, stated?: Uint32Array, infrared?: Uint32Array): Faces => {
  const { objects } = mesh
  const looks = (row: number, triangle: number): number => {
    const colour = stated?.[triangle] ?? UNKNOWN
    if (colour < UNKNOWN) return row * CHARTS + CODES + colour
    if (!isBuilt(objects?.classes[row] ?? 2)) return row * CHARTS
    return row * CHARTS + flatCode(normalOf(mesh, triangle))
  }
  if (infrared === undefined) {
    const faces = groupFaces(mesh, which, looks)
    return { ...faces, colours: colourFaces(mesh, faces, stated) }
  }
  // Numbers each pair of looks in the order of the faces, since both do not fit into one double.
  const pairs = new Map<string, number>()
  const faces = groupFaces(mesh, which, (row, triangle) => {
    const pair = `${looks(row, triangle)} ${infrared[triangle]!}`
    const number = pairs.get(pair) ?? pairs.size
    pairs.set(pair, number)
    return number
  })
  return { ...faces, colours: colourFaces(mesh, faces, stated), infrared: averageInfrared(faces, infrared) }
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

/** Whether a triangle has a stated colour; without one it has that of its class. */
export const hasColour = (stated: Uint32Array | undefined, triangle: number): boolean =>
  (stated?.[triangle] ?? UNKNOWN) < UNKNOWN

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

const colourFaces = (mesh: Mesh, faces: Faces, stated: Uint32Array | undefined): Uint8Array => {
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
    colours.set([...faceColour(code, isSteep(normalOf(mesh, triangle))), 255], 4 * i)
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

/** IEC 61966-2-1: glTF vertex colours are linear. */
const linear = (value: number): number => {
  const s = value / 255
  return Math.round(255 * (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4))
}

/** Linear RGBA of the 256 classes, 4 bytes each. */
const classColours: Uint8Array = (() => {
  const table = new Uint8Array(1024)
  for (let code = 0; code < 256; code++) {
    const [r, g, b] = classColour(code)
    table.set([linear(r), linear(g), linear(b), 255], code * 4)
  }
  return table
})()

/** sRGB colours of steep faces: plaster below roof tiles, the dark side of a deck. */
const STEEP_COLOURS: ReadonlyMap<number, readonly [number, number, number]> = new Map([
  [6, [226, 214, 196]],
  [17, [112, 114, 120]],
])

/** Linear RGB of a face of an object; `steep`: a wall or an underside. */
const faceColour = (code: number, steep: boolean): [red: number, green: number, blue: number] => {
  const colour = (steep ? STEEP_COLOURS.get(code) : undefined) ?? classColour(code)
  return colour.map(linear) as [number, number, number]
}

/** Linear RGB of an sRGB colour 0xRRGGBB. */
const linearColour = (colour: number): [red: number, green: number, blue: number] => [
  linear(colour >> 16),
  linear((colour >> 8) & 255),
  linear(colour & 255),
]

/**
 * Area-weighted vertex normals of faces, y up, 3 signed bytes a vertex. Copies of a vegetation
 * vertex that several objects share get one normal, so the squares of a canopy meet without an
 * edge.
 */
export const byteNormals = (
  lattice: Int32Array,
  { triangles, from, classes }: Pick<Faces, "triangles" | "from" | "classes">,
): Int8Array => {
  const sums = new Float64Array(3 * from.length)
  addNormals(lattice, triangles, from, sums)
  shareSums(sums, from, classes)
  const out = new Int8Array(sums.length)
  roundNormals(sums, out)
  return out
}

/**
 * Adds each face's normal, twice its area long, to the sums of its corners. Each loop is a function
 * of its own, so V8 optimises it once and separately.
 */
const addNormals = (lattice: Int32Array, triangles: Uint32Array, from: Uint32Array, sums: Float64Array): void => {
  for (let i = 0; i < triangles.length; i += 3) {
    const a = 3 * from[triangles[i]!]!
    const b = 3 * from[triangles[i + 1]!]!
    const c = 3 * from[triangles[i + 2]!]!
    const ux = lattice[b]! - lattice[a]!
    const uy = lattice[b + 1]! - lattice[a + 1]!
    const uz = lattice[b + 2]! - lattice[a + 2]!
    const vx = lattice[c]! - lattice[a]!
    const vy = lattice[c + 1]! - lattice[a + 1]!
    const vz = lattice[c + 2]! - lattice[a + 2]!
    for (let k = i; k < i + 3; k++) {
      const at = 3 * triangles[k]!
      sums[at]! += uy * vz - uz * vy
      sums[at + 1]! += uz * vx - ux * vz
      sums[at + 2]! += ux * vy - uy * vx
    }
  }
}

/** Rounds unit vectors along the sums, y up, to signed bytes. */
const roundNormals = (sums: Float64Array, out: Int8Array): void => {
  for (let i = 0; i < sums.length; i += 3) {
    const length = Math.hypot(sums[i]!, sums[i + 1]!, sums[i + 2]!)
    // A vertex whose triangles cancel out still needs a unit vector.
    const scale = length === 0 ? 0 : 127 / length
    out[i] = Math.round(sums[i]! * scale)
    out[i + 1] = length === 0 ? 127 : Math.round(sums[i + 2]! * scale)
    out[i + 2] = Math.round(-sums[i + 1]! * scale)
  }
}

const VEGETATION = 5

/**
 * Gives copies of a vegetation vertex their common sum. The terms are integers, so any order is
 * exact.
 */
const shareSums = (sums: Float64Array, from: Uint32Array, classes: Uint8Array): void => {
  const copies = new Map<number, number[]>()
  for (let i = 0; i < from.length; i++) {
    if (classes[i] !== VEGETATION) continue
    const known = copies.get(from[i]!)
    if (known === undefined) copies.set(from[i]!, [i])
    else known.push(i)
  }
  for (const list of copies.values()) {
    if (list.length < 2) continue
    for (let axis = 0; axis < 3; axis++) {
      const sum = list.reduce((total, i) => total + sums[3 * i + axis]!, 0)
      for (const i of list) sums[3 * i + axis] = sum
    }
  }
}

/** Triangles whose vertices are split by a tag. */
interface SplitVertices {
  /** The original of each new vertex. */
  readonly from: Uint32Array
  /** The first corner, an index into the given triangles, that uses each new vertex. */
  readonly first: Uint32Array
  /** The triangles, with new vertex indices. */
  readonly triangles: Uint32Array
}

/**
 * Copies vertices so that triangles of different tags share none. Triangles of one tag still share
 * theirs. New vertices are numbered as the triangles first use them. O(corners · tags at a vertex)
 * time, 20 bytes a corner.
 *
 * @param vertices number of vertices
 * @param triangles 3 · n vertex indices
 * @param tags n numbers
 */
const splitVertices = (vertices: number, triangles: Uint32Array, tags: Float64Array): SplitVertices => {
  const head = new Int32Array(vertices).fill(-1)
  const next = new Int32Array(triangles.length)
  const from = new Uint32Array(triangles.length)
  const first = new Uint32Array(triangles.length)
  const out = new Uint32Array(triangles.length)
  let count = 0
  for (let i = 0; i < triangles.length; i++) {
    const vertex = triangles[i]!
    const tag = tags[(i / 3) | 0]!
    let copy = head[vertex]!
    while (copy >= 0 && tags[(first[copy]! / 3) | 0] !== tag) copy = next[copy]!
    if (copy < 0) {
      copy = count++
      from[copy] = vertex
      first[copy] = i
      next[copy] = head[vertex]!
      head[vertex] = copy
    }
    out[i] = copy
  }
  return { from: from.slice(0, count), first: first.slice(0, count), triangles: out }
}
