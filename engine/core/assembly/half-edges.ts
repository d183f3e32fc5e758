/**
 * The triangles of a mesh by half-edges, 32 bytes each, in one line of the cache: half-edge e of
 * triangle e >> 3 has lane e & 7 (0 to 2), leaves corner `triangles[e]` and has the opposite
 * half-edge `triangles[e + 4]`, negative on the border. Two words a triangle are left to the mesh.
 */

/** Address of the first triangle. */
export let triangles: usize = 0

/** Says where the triangles lie. */
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
