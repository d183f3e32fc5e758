/** Merges vertices that are nearer to each other than the snap tolerance. */

/**
 * For each vertex the one that stands for it: the first, in order of x, y, z, of a chain of vertices nearer than `snap` to it. Sweep along x, O(n log n) for
 * vertices that do not stand above each other in thousands.
 *
 * @param vertices x, y, z, metres
 */
export const snapVertices = (vertices: Float64Array, snap: number): Uint32Array => {
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
