/**
 * Chains the edges of a roof plan into lines, in an order and direction that only their places
 * decide.
 */

export type PlanEdge = readonly [from: number, to: number]

/**
 * The longest paths through vertices with two edges, each edge once, as vertex lists; a closed path
 * repeats its first vertex. Only the places of vertices decide order and direction. A path starts
 * at its south-western end (least y, then x); a closed one at its south-western vertex, towards the
 * lesser neighbour. O(n log n).
 */
export const chainEdges = (
  edges: readonly PlanEdge[],
  { x, y }: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> },
): number[][] => {
  const before = (a: number, b: number): number => y[a] - y[b] || x[a] - x[b] || a - b
  const at = new Map<number, number[]>()
  edges.forEach(([from, to], e) => {
    for (const v of [from, to]) at.set(v, [...(at.get(v) ?? []), e])
  })
  const farEnd = (e: number, v: number): number => (edges[e][0] === v ? edges[e][1] : edges[e][0])
  for (const [v, own] of at) own.sort((e, f) => before(farEnd(e, v), farEnd(f, v)))
  const used = new Uint8Array(edges.length)
  const follow = (start: number, first: number): number[] => {
    const path = [start]
    let [v, e] = [start, first]
    while (used[e] === 0) {
      used[e] = 1
      v = farEnd(e, v)
      path.push(v)
      const own = at.get(v) ?? []
      if (own.length !== 2 || v === start) break
      e = own[0] === e ? own[1] : own[0]
    }
    return path
  }
  const order = [...at.keys()].sort(before)
  const ends = order.filter((v) => at.get(v)?.length !== 2)
  return [...ends, ...order].flatMap((v) => (at.get(v) ?? []).flatMap((e) => (used[e] === 0 ? [follow(v, e)] : [])))
}
