/** Checks a solid by ISO 19107, level by level: rings, polygons, shells, the solid. */
import { polygonFaults } from "./polygon-faults.js"
import { shellTopology } from "./shell-faults.js"
import { meetingFaces, type ShellTriangles, shellsMeet, shellVolume, vertexInShell } from "./shell-triangles.js"
import { type Face, type SolidFault, type SolidGeometry, type Tolerances, tolerances } from "./solid-fault.js"

export interface SolidCheck {
  /** Ordered by shell, face and code; empty for a valid solid. */
  readonly faults: readonly SolidFault[]
  /** By vertices and edges only, over all shells, even where polygons are invalid. */
  readonly closed: boolean
  readonly manifold: boolean
  readonly oriented: boolean
  /** Enclosed volume, m³; NaN where a polygon is invalid or a shell is not closed. */
  readonly volume: number
}

/**
 * Checks a solid by ISO 19107, in levels: rings, polygons, topology of shells, geometry of shells,
 * shells against each other.
 *
 * A level runs only if earlier ones found no fault, which reports each fault once. Topology figures
 * are always present. Written from the public description of val3dity's codes; agrees with its test
 * files. O(n log n) in faces for solids of buildings.
 */
export const checkSolid = (solid: SolidGeometry, limits: Tolerances = tolerances): SolidCheck => {
  const vertices = nearOrigin(solid)
  const standIns = snapVertices(vertices, limits.snap)
  const shells = solid.shells.map((shell) =>
    shell.map((face) => face.map((ring) => ring.map((vertex) => standIns[vertex]!))),
  )
  const faults: SolidFault[] = []
  const triangles: ShellTriangles[] = []
  for (const [shell, faces] of shells.entries()) {
    const found = checkPolygons({ vertices, faces, shell, limits }, faults)
    triangles.push({ vertices, ...found })
  }
  const topologies = shells.map((faces) => shellTopology(withoutRepeats(faces)))
  if (faults.length === 0) {
    for (const [shell, { codes, face }] of topologies.entries()) {
      for (const code of codes) faults.push({ code, shell, face: code === 301 || code === 305 ? -1 : face })
    }
  }
  if (faults.length === 0) {
    for (const [shell, mesh] of triangles.entries()) {
      const face = meetingFaces(mesh)
      if (face >= 0) faults.push({ code: 306, shell, face })
      else if (shellVolume(mesh) > 0 !== (shell === 0)) faults.push({ code: 405, shell, face: -1 })
    }
  }
  const sound = faults.length === 0
  if (sound) compareShells(triangles, shells, faults)
  return {
    faults,
    closed: topologies.length > 0 && topologies.every(({ closed }) => closed),
    manifold: topologies.every(({ manifold }) => manifold),
    oriented: topologies.every(({ oriented }) => oriented),
    volume: sound ? triangles.reduce((sum, mesh) => sum + shellVolume(mesh), 0) : Number.NaN,
  }
}

/**
 * Positions relative to the first used vertex: products of CRS coordinates would lose the
 * millimetres.
 */
const nearOrigin = ({ vertices, shells }: SolidGeometry): Float64Array => {
  const first = 3 * (shells[0]?.[0]?.[0]?.[0] ?? 0)
  return vertices.map((value, i) => value - vertices[first + (i % 3)]!)
}

interface Shell {
  readonly vertices: Float64Array
  readonly faces: readonly Face[]
  readonly shell: number
  readonly limits: Tolerances
}

const checkPolygons = (
  { vertices, faces, shell, limits }: Shell,
  faults: SolidFault[],
): { triangles: Uint32Array; faces: Uint32Array } => {
  const all: number[] = []
  const owners: number[] = []
  for (const [face, rings] of faces.entries()) {
    const { codes, triangles } = polygonFaults(vertices, rings, limits)
    for (const code of codes) faults.push({ code, shell, face })
    for (const corner of triangles) all.push(corner)
    for (let i = 0; i < triangles.length; i += 3) owners.push(face)
  }
  return { triangles: Uint32Array.from(all), faces: Uint32Array.from(owners) }
}

/** Rings without repeats of consecutive vertices, which snapping creates and which are no edges. */
const withoutRepeats = (faces: readonly Face[]): Face[] =>
  faces.map((rings) =>
    rings.map((ring) => ring.filter((vertex, i) => ring.length === 1 || vertex !== ring[(i + 1) % ring.length])),
  )

const compareShells = (
  meshes: readonly ShellTriangles[],
  shells: readonly (readonly Face[])[],
  faults: SolidFault[],
): void => {
  const vertices = meshes.map(({ triangles }) => [...new Set(triangles)].sort((a, b) => a - b).join())
  for (let b = 1; b < meshes.length; b++) {
    for (let a = 0; a < b; a++) {
      const [one, other] = [meshes[a]!, meshes[b]!]
      const same = vertices[a] === vertices[b] && shells[a]?.length === shells[b]?.length
      if (same) faults.push({ code: 402, shell: b, face: -1 })
      else if (shellsMeet(one, other)) faults.push({ code: 401, shell: b, face: -1 })
      else {
        const place = vertexInShell(one, other)
        if (a === 0 && place < 0) faults.push({ code: 403, shell: b, face: -1 })
        if (a > 0 && (place > 0 || vertexInShell(other, one) > 0)) faults.push({ code: 401, shell: b, face: -1 })
      }
    }
  }
}

/**
 * Maps each vertex to its representative: the first, in order of x, y, z, of a chain of vertices
 * nearer than the tolerance. Sweeps along x, O(n log n) unless thousands of vertices share an x.
 *
 * @param vertices x, y, z, metres
 */
const snapVertices = (vertices: Float64Array, snap: number): Uint32Array => {
  const count = vertices.length / 3
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => compare(vertices, a, b))
  const first = new Uint32Array(count)
  // Differences of doubles near a multiple of a millimetre are off by less than this.
  const reach = snap - 1e-9
  const taken: number[] = []
  let start = 0
  for (const vertex of order) {
    const x = vertices[3 * vertex]!
    while (start < taken.length && vertices[3 * taken[start]!]! < x - reach) start++
    let own = vertex
    for (let i = start; i < taken.length; i++) {
      if (distance(vertices, taken[i]!, vertex) > reach) continue
      own = first[taken[i]!]!
      break
    }
    first[vertex] = own
    taken.push(vertex)
  }
  return first
}

const compare = (p: Float64Array, a: number, b: number): number =>
  p[3 * a]! - p[3 * b]! || p[3 * a + 1]! - p[3 * b + 1]! || p[3 * a + 2]! - p[3 * b + 2]! || a - b

const distance = (p: Float64Array, a: number, b: number): number =>
  Math.hypot(p[3 * a]! - p[3 * b]!, p[3 * a + 1]! - p[3 * b + 1]!, p[3 * a + 2]! - p[3 * b + 2]!)
