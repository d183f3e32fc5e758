import type { Mesh } from "../../kernel.js"

/**
 * The class that each vertex is coloured by: its own, or that of most of the surface around it. A single tuft of grass is the corner of
 * wide triangles on a road, and its colour would spread over all of them.
 *
 * Counted are the areas in plan of the triangles at the vertex that rise less than 45 degrees (walls have none), shared out among
 * the classes of their two other corners. Vertices of the mesh's outline keep their class: a neighbour sees another half of the
 * surface around them. O(triangles + 256 · vertices of mixed surroundings) time; 4 bytes a triangle corner.
 */
export const shownClasses = (mesh: Mesh): Uint8Array => {
  const { positions: p, triangles, classes } = mesh
  const first = new Int32Array(classes.length + 1)
  for (const v of triangles) first[v + 1]!++
  for (let v = 0; v < classes.length; v++) first[v + 1]! += first[v]!
  const fill = first.slice(0, classes.length)
  const corners = new Uint32Array(triangles.length)
  for (let e = 0; e < triangles.length; e++) corners[fill[triangles[e]!]!++] = e
  const shown = Uint8Array.from(classes)
  const areas = new Float64Array(256)
  for (let v = 0; v < classes.length; v++) {
    const own = classes[v]!
    let mixed = false
    // Around an inner vertex each neighbour is once the next and once the previous corner.
    let ring = 0
    areas.fill(0)
    for (let k = first[v]!; k < first[v + 1]!; k++) {
      const e = corners[k]!
      const b = triangles[e % 3 === 2 ? e - 2 : e + 1]!
      const c = triangles[e % 3 === 0 ? e + 2 : e - 1]!
      ring += b - c
      if (classes[b] === own && classes[c] === own) {
        areas[own]! += 2 * gentleArea(p, v, b, c)
        continue
      }
      mixed = true
      const area = gentleArea(p, v, b, c)
      areas[classes[b]!]! += area
      areas[classes[c]!]! += area
    }
    if (!mixed || ring !== 0) continue
    let best = own
    for (let code = 0; code < 256; code++) if (areas[code]! > areas[best]!) best = code
    shown[v] = best
  }
  return shown
}

/** Twice the area in plan of a triangle; 0 where it is steeper than 45 degrees. */
const gentleArea = (p: Int32Array, a: number, b: number, c: number): number => {
  const ux = p[3 * b]! - p[3 * a]!
  const uy = p[3 * b + 1]! - p[3 * a + 1]!
  const uz = p[3 * b + 2]! - p[3 * a + 2]!
  const vx = p[3 * c]! - p[3 * a]!
  const vy = p[3 * c + 1]! - p[3 * a + 1]!
  const vz = p[3 * c + 2]! - p[3 * a + 2]!
  const plan = ux * vy - uy * vx
  return plan > Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz) ? plan : 0
}
