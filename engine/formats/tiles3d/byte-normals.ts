/** Vertex normals of a content as signed bytes, for faces that viewers light. */
import type { Faces } from "./mesh-faces.js"

/**
 * Area-weighted normals of the vertices of faces, y up, as signed bytes, 3 a vertex. What a vertex of vegetation was copied for, being that of several objects, has one normal:
 * the squares of a canopy meet without an edge.
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

/** Adds the normal of each face, as long as twice its area, to the sums of its corners. Each loop is a function of its own: V8 compiles it once, and not what follows with it. */
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

/** Unit vectors along the sums, y up, as signed bytes. */
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

/** Gives the copies of a vertex of vegetation their common sum, which is of whole numbers: exact in any order. */
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
