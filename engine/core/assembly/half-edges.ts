/**
 * Stores the triangles of a mesh as half-edges, 32 bytes a triangle: half a cache line. Half-edge
 * `e` is lane `e & 7` (0 to 2) of triangle `e >> 3`. It leaves corner `triangles[e]`. Its twin is
 * `triangles[e + 4]`, negative on the border. Two words of a triangle are free for the mesh.
 */

/** Address of the first triangle. */
export let triangles: usize = 0

export function placeTriangles(at: usize): void {
  triangles = at
}

@inline
export function cornerOf(e: i32): i32 {
  return load<i32>(triangles + (<usize>e << 2))
}

@inline
export function setCorner(e: i32, corner: i32): void {
  store<i32>(triangles + (<usize>e << 2), corner)
}

@inline
export function twinOf(e: i32): i32 {
  return load<i32>(triangles + (<usize>e << 2), 16)
}

@inline
export function setTwin(e: i32, twin: i32): void {
  store<i32>(triangles + (<usize>e << 2), twin, 16)
}

@inline
export function nextEdge(e: i32): i32 {
  return (e & 3) === 2 ? e - 2 : e + 1
}

@inline
export function previousEdge(e: i32): i32 {
  return (e & 3) === 0 ? e + 2 : e - 1
}
