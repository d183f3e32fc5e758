/** Computes a content's vertex normals as signed bytes, for faces that viewers light. */
import type { Faces } from "./mesh-faces.js"

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
