/** Copies vertices where triangles must not share one: different objects, charts or flat faces. */

/** Triangles whose corners are told apart by a tag. */
export interface SplitVertices {
  /** The vertex that each new one is a copy of. */
  readonly from: Uint32Array
  /** The corner, an index into the given triangles, that each new vertex was first met at. */
  readonly first: Uint32Array
  /** The triangles, by new vertices. */
  readonly triangles: Uint32Array
}

/**
 * Copies vertices so that no triangles of different tags share one; those of one tag still do. A vertex that only triangles of one tag
 * meet stays one. New vertices are numbered as the triangles first meet them. O(corners · tags at a vertex) time, 20 bytes a corner.
 *
 * @param vertices how many there are
 * @param triangles 3 · n vertex numbers
 * @param tags n numbers
 */
export const splitVertices = (vertices: number, triangles: Uint32Array, tags: Float64Array): SplitVertices => {
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
