/**
 * Chooses one label per face where neighbours should agree: roof planes of a plan, views of a wall.
 * Alpha expansion (Boykov, Veksler and Zabih 2001).
 */

/**
 * Minimum cut between a source and a sink (Dinic 1970) on a small graph. Nodes have capacities from
 * the source and to the sink, edges one capacity each way. Capacities are whole numbers, so the cut
 * is exact.
 *
 * @returns 1 for each node on the source's side of the minimum cut with the fewest such nodes
 *
 * Time: O(n² e) in the worst case, near linear on planar graphs of a few hundred nodes.
 */
export const minimumCut = (
  source: ArrayLike<number>,
  sink: ArrayLike<number>,
  edges: {
    readonly a: ArrayLike<number>
    readonly b: ArrayLike<number>
    readonly forth: ArrayLike<number>
    readonly back: ArrayLike<number>
  },
): Uint8Array => {
  const nodes = source.length
  const [s, t] = [nodes, nodes + 1]
  const arcs = new Arcs(nodes + 2, 2 * nodes + edges.a.length)
  for (let v = 0; v < nodes; v++) {
    // Flow straight through a node does not affect the cut.
    const through = Math.min(source[v], sink[v])
    arcs.add(s, v, source[v] - through, 0)
    arcs.add(v, t, sink[v] - through, 0)
  }
  for (let e = 0; e < edges.a.length; e++) arcs.add(edges.a[e], edges.b[e], edges.forth[e], edges.back[e])
  while (arcs.level(s, t)) arcs.saturate(s, t)
  return Uint8Array.from(arcs.depth.subarray(0, nodes), (depth) => (depth >= 0 ? 1 : 0))
}

/** Arcs in pairs: 2k and its reverse 2k + 1. */
class Arcs {
  readonly depth: Int32Array
  private readonly first: Int32Array
  private readonly current: Int32Array
  private readonly following: Int32Array
  private readonly head: Int32Array
  private readonly capacity: Float64Array
  private readonly queue: Int32Array
  private count = 0

  constructor(nodes: number, pairs: number) {
    this.depth = new Int32Array(nodes)
    this.first = new Int32Array(nodes).fill(-1)
    this.current = new Int32Array(nodes)
    this.queue = new Int32Array(nodes)
    this.following = new Int32Array(2 * pairs)
    this.head = new Int32Array(2 * pairs)
    this.capacity = new Float64Array(2 * pairs)
  }

  add(a: number, b: number, forth: number, back: number): void {
    this.addArc(a, b, forth)
    this.addArc(b, a, back)
  }

  private addArc(tail: number, head: number, capacity: number): void {
    this.head[this.count] = head
    this.capacity[this.count] = capacity
    this.following[this.count] = this.first[tail]
    this.first[tail] = this.count++
  }

  /** Computes distances from s over arcs with room; true if t is reached. */
  level(s: number, t: number): boolean {
    this.depth.fill(-1)
    this.depth[s] = 0
    this.queue[0] = s
    let size = 1
    for (let k = 0; k < size; k++) {
      const v = this.queue[k]
      for (let arc = this.first[v]; arc >= 0; arc = this.following[arc]) {
        const to = this.head[arc]
        if (this.capacity[arc] <= 0 || this.depth[to] >= 0) continue
        this.depth[to] = this.depth[v] + 1
        this.queue[size++] = to
      }
    }
    this.current.set(this.first)
    return this.depth[t] >= 0
  }

  /** Finds a blocking flow along the levels by a walk that remembers its path. */
  saturate(s: number, t: number): void {
    const path: number[] = []
    let v = s
    for (;;) {
      if (v === t) {
        let room = Number.POSITIVE_INFINITY
        for (const arc of path) room = Math.min(room, this.capacity[arc])
        for (const arc of path) {
          this.capacity[arc] -= room
          this.capacity[arc ^ 1] += room
        }
        path.length = 0
        v = s
        continue
      }
      let arc = this.current[v]
      while (arc >= 0 && (this.capacity[arc] <= 0 || this.depth[this.head[arc]] !== this.depth[v] + 1))
        arc = this.following[arc]
      this.current[v] = arc
      if (arc >= 0) {
        path.push(arc)
        v = this.head[arc]
        continue
      }
      const last = path.pop()
      if (last === undefined) return
      this.depth[v] = -1
      v = this.head[last ^ 1]
    }
  }
}

/**
 * Costs of labels: `data[f · labels + l]` for face f with label l, `weight[e]` if faces a[e] and
 * b[e] differ. Whole numbers.
 */
export interface LabelCosts {
  readonly faces: number
  readonly labels: number
  readonly data: Float64Array
  readonly a: ArrayLike<number>
  readonly b: ArrayLike<number>
  readonly weight: ArrayLike<number>
}

/** Cost of a labelling. */
export const labelEnergy = ({ faces, labels, data, a, b, weight }: LabelCosts, label: ArrayLike<number>): number => {
  let sum = 0
  for (let f = 0; f < faces; f++) sum += data[f * labels + label[f]]
  for (let e = 0; e < a.length; e++) if (label[a[e]] !== label[b[e]]) sum += weight[e]
  return sum
}

/**
 * Labels of small cost by alpha expansion (Boykov, Veksler, Zabih 2001, Potts model). In each step
 * every face may keep its label or take one common other label; a minimum cut finds the best of
 * these choices. Ends when no label gains. Exact for two labels, else within twice the optimum.
 *
 * Deterministic: labels in their order, integers only.
 */
export const labelFaces = (costs: LabelCosts): Int32Array => {
  const { faces, labels, data, a, b, weight } = costs
  let label: Int32Array = new Int32Array(faces)
  for (let f = 0; f < faces; f++) {
    for (let l = 1; l < labels; l++) if (data[f * labels + l] < data[f * labels + label[f]]) label[f] = l
  }
  const around = new Float64Array(faces)
  for (let e = 0; e < a.length; e++) {
    around[a[e]] += weight[e]
    around[b[e]] += weight[e]
  }
  let energy = labelEnergy(costs, label)
  // Step after which each face last changed its label, and of the last try of each label.
  const changed = new Int32Array(faces)
  const tried = new Int32Array(labels).fill(-1)
  for (let since = 0, l = 0, step = 0; since < labels; since++, l = (l + 1) % labels, step++) {
    const isNew = (face: number): boolean => changed[face] > tried[l]
    const grown = expand(costs, around, label, l, isNew)
    tried[l] = step
    if (grown === undefined) continue
    const now = labelEnergy(costs, grown)
    if (now >= energy) continue
    for (let f = 0; f < faces; f++) if (grown[f] !== label[f]) changed[f] = step
    ;[label, energy, since] = [grown, now, 0]
  }
  return label
}

/**
 * The best labelling in which faces keep their label or take `alpha`. A face that would pay more
 * for `alpha` than all its edges cost keeps its label, so few faces are in the cut.
 *
 * @param around weight of all edges of each face
 * @param isNew true for a face whose label changed since the last try of `alpha`
 * @returns undefined if no face may take `alpha`, or if the last try found the same faces
 */
const expand = (
  { faces, labels, data, a, b, weight }: LabelCosts,
  around: Float64Array,
  label: Int32Array,
  alpha: number,
  isNew: (face: number) => boolean,
): Int32Array | undefined => {
  const node = new Int32Array(faces).fill(-1)
  const open: number[] = []
  for (let f = 0; f < faces; f++)
    if (label[f] !== alpha && data[f * labels + alpha] - data[f * labels + label[f]] <= around[f])
      node[f] = open.push(f) - 1
  let hasNew = open.some(isNew)
  for (let e = 0; e < a.length && !hasNew; e++)
    if (node[a[e]] >= 0 || node[b[e]] >= 0) hasNew = isNew(a[e]) || isNew(b[e])
  if (!hasNew) return undefined
  // A face on the source's side keeps its label and pays for the arc to the sink.
  const keep = new Float64Array(open.length)
  const take = new Float64Array(open.length)
  for (let n = 0; n < open.length; n++) {
    keep[n] = data[open[n] * labels + label[open[n]]]
    take[n] = data[open[n] * labels + alpha]
  }
  const edges: { a: number[]; b: number[]; forth: number[]; back: number[] } = { a: [], b: [], forth: [], back: [] }
  for (let e = 0; e < a.length; e++) {
    const p = node[a[e]]
    const q = node[b[e]]
    if (p < 0 && q < 0) continue
    const w = weight[e]
    const own = label[a[e]]
    const other = label[b[e]]
    if (p >= 0 && q >= 0) {
      // Costs of the pair: both keep `both`, one keeps w, none 0. Kolmogorov and Zabih 2004: two
      // unary terms and one arc.
      const both = own === other ? 0 : w
      keep[p] += w
      keep[q] += both - w
      edges.a.push(p)
      edges.b.push(q)
      edges.forth.push(0)
      edges.back.push(2 * w - both)
    } else {
      const inside = p >= 0 ? p : q
      const beyond = p >= 0 ? other : own
      if (own !== other) keep[inside] += w
      if (beyond !== alpha) take[inside] += w
    }
  }
  for (let n = 0; n < open.length; n++) {
    const least = Math.min(keep[n], take[n])
    keep[n] -= least
    take[n] -= least
  }
  const chosen = minimumCut(take, keep, edges)
  const grown = label.slice()
  open.forEach((f, n) => {
    if (chosen[n] === 0) grown[f] = alpha
  })
  return grown
}
