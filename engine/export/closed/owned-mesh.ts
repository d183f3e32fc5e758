/** A mesh whose triangles belong to objects. */
import { disjointSets } from "../../core/geometry/disjoint-sets.js"

/** A mesh with an owner per triangle. */
export interface OwnedMesh {
  /** 3 · n, metres. */
  readonly positions: Float64Array
  /** 3 · m, counter-clockwise seen from outside. */
  readonly triangles: Uint32Array
  /** m rows in a table of objects. */
  readonly owners: Uint32Array
}

/** Some faces of a mesh, as a mesh with only their vertices. */
export const pickFaces = ({ positions, triangles, owners }: OwnedMesh, faces: readonly number[]): OwnedMesh => {
  const numbers = new Map<number, number>()
  const own = Uint32Array.from({ length: 3 * faces.length }, (_, i) => {
    const v = triangles[3 * faces[Math.floor(i / 3)]! + (i % 3)]!
    const number = numbers.get(v) ?? numbers.size
    numbers.set(v, number)
    return number
  })
  const places = Float64Array.from([...numbers.keys()].flatMap((v) => [...positions.subarray(3 * v, 3 * v + 3)]))
  return { positions: places, triangles: own, owners: Uint32Array.from(faces, (t) => owners[t]!) }
}

/** Volume of a closed mesh, m³. */
export const measureVolume = ({ positions: p, triangles }: OwnedMesh): number => {
  let six = 0
  for (let i = 0; i < triangles.length; i += 3) {
    const [a, b, c] = [3 * triangles[i]!, 3 * triangles[i + 1]!, 3 * triangles[i + 2]!]
    six += p[a]! * (p[b + 1]! * p[c + 2]! - p[b + 2]! * p[c + 1]!)
    six += p[a + 1]! * (p[b + 2]! * p[c]! - p[b]! * p[c + 2]!)
    six += p[a + 2]! * (p[b]! * p[c + 1]! - p[b + 1]! * p[c]!)
  }
  return six / 6
}

/** The parts on the base as one mesh, their number, and the objects that had loose parts. */
export interface JoinedMesh {
  readonly joined: OwnedMesh
  readonly parts: number
  readonly loose: ReadonlySet<number>
}

/** Leaves out parts above the base: crowns whose trunk is outside the box, decks without piers. */
export const withoutLoose = (mesh: OwnedMesh, base: number): JoinedMesh => {
  const { positions, triangles, owners } = mesh
  const sets = disjointSets<number>()
  for (let i = 0; i < triangles.length; i += 3) for (const k of [1, 2]) sets.join(triangles[i]!, triangles[i + k]!)
  const grounded = new Set<number>()
  // The union rounds heights to 32-bit floats.
  const lowest = base + 1e-3
  for (let v = 0; 3 * v < positions.length; v++) if (positions[3 * v + 2]! < lowest) grounded.add(sets.find(v))
  const faces: number[] = []
  const loose = new Set<number>()
  for (let t = 0; t < owners.length; t++) {
    if (grounded.has(sets.find(triangles[3 * t]!))) faces.push(t)
    else loose.add(owners[t]!)
  }
  const joined = loose.size === 0 ? mesh : pickFaces(mesh, faces)
  return { joined, parts: grounded.size, loose }
}
