/** Copies vertices where triangles must not share one: different objects, charts or flat faces. */

/** Triangles whose vertices are split by a tag. */
export interface SplitVertices {
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
