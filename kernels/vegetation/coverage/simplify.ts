/** Simplifies each boundary of the coverage once for both its sides, without gaps or overlaps. */
import { lowerBound } from "../../../engine/core/lists.js"
import { type CoverageGraph, degreeOf, turns } from "./graph.js"

/** Growing shares of the tolerance: small details vanish before they can block larger ones. */
const PASSES = [0.125, 0.25, 0.5, 1]

/**
 * An edge replaces at most this many steps of the chain, which bounds the cost along straight
 * boundaries of any length.
 */
const LONGEST = 1024

/**
 * √½, rounded down: the least distance of a corner of cells from the line between its neighbours.
 */
const LEAST = 0.7

/**
 * Simplifies the boundaries of a coverage, each once for both its sides. Returns 1 for each vertex
 * of the graph to remove, for `traceCoverage`.
 *
 * A boundary runs between two vertices where three or more patches meet (nodata is one), or is
 * closed. Its ends stay, as do vertices on the window's border and the southernmost, then
 * westernmost vertex of a closed boundary. Another vertex goes if every vertex removed between its
 * two neighbours is within the tolerance of the new edge (1,023 at most). The triangle of the three
 * must contain no other vertex, and the edge must be new. Then no edge can cross the new one, and
 * each patch retains its rings, their neighbours and its holes.
 *
 * Boundaries follow in the graph's order, each in four passes of growing tolerance. The result
 * depends only on the cells of the window and is the same for both sides. About O(vertices · lines
 * a triangle covers). Memory: 2 bytes a vertex, and 16 a vertex of the longest boundary.
 *
 * @param tolerance in cells; below 0.7 nothing goes; from √2 on, a straight boundary that was
 *   rasterised is straight again
 */
export const simplifyCoverage = (graph: CoverageGraph, tolerance: number): Uint8Array => {
  const thinner = new ArcThinner(graph, tolerance)
  const { kinds } = graph
  for (let v = 0; v < kinds.length; v++) {
    if (!thinner.isFixed(v)) continue
    for (let d = 0; d < 4; d++) if ((kinds[v] >> d) & 1) thinner.thinFrom(v, d)
  }
  // The remaining boundaries are closed.
  for (let v = 0; v < kinds.length; v++) {
    if (!thinner.isFixed(v) && thinner.isNew(v)) thinner.thinFrom(v, (kinds[v] & 1) !== 0 ? 0 : 1)
  }
  return thinner.removed
}

class ArcThinner {
  readonly removed: Uint8Array
  private readonly graph: CoverageGraph
  private readonly passes: readonly number[]
  private readonly seen: Uint8Array
  /** Vertices of the current boundary; a closed one repeats its first vertex. */
  private chain = new Int32Array(1024)
  /**
   * Chain positions of the remaining vertices. `error`: for each, a bound on the distance of the
   * vertices removed before the next.
   */
  private left = new Int32Array(1024)
  private error = new Float64Array(1024)

  constructor(graph: CoverageGraph, tolerance: number) {
    this.graph = graph
    this.passes = PASSES.map((share) => share * tolerance).filter((limit) => limit >= LEAST)
    this.removed = new Uint8Array(graph.kinds.length)
    this.seen = new Uint8Array(graph.kinds.length)
  }

  /** True for vertices that no boundary may lose. */
  isFixed(v: number): boolean {
    const { x, y, columns, rows, kinds } = this.graph
    return degreeOf(kinds[v]) > 2 || x[v] === 0 || y[v] === 0 || x[v] === columns || y[v] === rows
  }

  /** True until a boundary through the vertex is thinned. */
  isNew(v: number): boolean {
    return this.seen[v] === 0
  }

  /**
   * Thins the boundary that leaves a vertex in a direction, unless that was done from its other
   * end.
   */
  thinFrom(start: number, direction: number): void {
    const { kinds } = this.graph
    let count = 0
    let v = start
    let d = direction
    let isEnd = false
    this.chain[count++] = v
    while (!isEnd) {
      v = this.step(v, d)
      isEnd = v === start || this.isFixed(v)
      if (!isEnd && this.seen[v] === 1) return
      this.seen[v] = 1
      if (count === this.chain.length) this.grow()
      this.chain[count++] = v
      d = turns[4 * (kinds[v] & 63) + d]
    }
    this.seen[start] = 1
    if (count > 2) this.thin(count)
  }

  private step(v: number, d: number): number {
    return d === 0 ? v + 1 : d === 1 ? this.graph.up[v] : d === 2 ? v - 1 : this.graph.down[v]
  }

  private thin(size: number): void {
    const { chain, left, error, removed } = this
    for (let i = 0; i < size; i++) {
      left[i] = i
      error[i] = 0
    }
    let count = size
    for (const limit of this.passes) {
      let retained = 1
      for (let i = 1; i < count - 1; i++) {
        const [p, v, n] = [left[retained - 1], left[i], left[i + 1]]
        const off = this.chordError(p, v, n, Math.max(error[retained - 1], error[i]), limit)
        if (
          off <= limit &&
          this.mayVanish(retained + count - i - 1, size) &&
          this.isFree(chain[p], chain[v], chain[n])
        ) {
          removed[chain[v]] = 1
          error[retained - 1] = off
          continue
        }
        left[retained] = v
        error[retained++] = error[i]
      }
      left[retained++] = size - 1
      count = retained
    }
  }

  /**
   * A bound on the distance from edge p–n of the chain vertices in between. The distance of v plus
   * the bounds of its two edges if that is within the limit, else the largest distance.
   */
  private chordError(p: number, v: number, n: number, before: number, limit: number): number {
    if (n - p > LONGEST) return Number.POSITIVE_INFINITY
    const bound = before + this.distance(p, v, n)
    if (bound <= limit) return bound
    let largest = 0
    for (let i = p + 1; i < n && largest <= limit; i++) largest = Math.max(largest, this.distance(p, i, n))
    return largest
  }

  /** Distance of a vertex of the chain from the segment p–n. */
  private distance(p: number, v: number, n: number): number {
    const { x, y } = this.graph
    const { chain } = this
    const dx = x[chain[n]] - x[chain[p]]
    const dy = y[chain[n]] - y[chain[p]]
    let ux = x[chain[v]] - x[chain[p]]
    let uy = y[chain[v]] - y[chain[p]]
    const lengthSquared = dx * dx + dy * dy
    if (lengthSquared > 0) {
      const share = Math.min(1, Math.max(0, (ux * dx + uy * dy) / lengthSquared))
      ux -= share * dx
      uy -= share * dy
    }
    return Math.sqrt(ux * ux + uy * uy)
  }

  /**
   * False if, with `rest` vertices left, the chain would coincide with itself or with another chain
   * between its ends.
   */
  private mayVanish(rest: number, size: number): boolean {
    const [first, last] = [this.chain[0], this.chain[size - 1]]
    if (first === last) return rest >= 4
    if (rest > 2) return true
    const { kinds } = this.graph
    for (let direction = 0; direction < 4; direction++) {
      if (((kinds[first] >> direction) & 1) === 0) continue
      let d = direction
      let w = this.step(first, d)
      while (this.removed[w] === 1) {
        d = turns[4 * (kinds[w] & 63) + d]
        w = this.step(w, d)
      }
      if (w === last) return false
    }
    return true
  }

  /** True if no remaining vertex is in the closed triangle, except its corners. */
  private isFree(p: number, v: number, n: number): boolean {
    const { x, y, lineEnds } = this.graph
    const { removed } = this
    const lowest = Math.min(y[p], y[v], y[n])
    const highest = Math.max(y[p], y[v], y[n])
    for (let line = lowest; line <= highest; line++) {
      let [west, east] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      for (let side = 0; side < 3; side++) {
        const a = side === 0 ? p : side === 1 ? v : n
        const b = side === 0 ? v : side === 1 ? n : p
        if ((y[a] < line && y[b] < line) || (y[a] > line && y[b] > line)) continue
        const flat = y[a] === y[b]
        const from = flat ? x[a] : x[a] + ((x[b] - x[a]) * (line - y[a])) / (y[b] - y[a])
        const to = flat ? x[b] : from
        west = Math.min(west, from, to)
        east = Math.max(east, from, to)
      }
      // A fractional crossing is at least 1 / lines from a whole number, so the margin covers
      // rounding.
      west -= 1e-9
      east += 1e-9
      const end = lineEnds[line]
      const low = lowerBound(x, west, line > 0 ? lineEnds[line - 1] : 0, end)
      for (let w = low; w < end && x[w] <= east; w++) {
        if (removed[w] === 0 && w !== p && w !== v && w !== n) return false
      }
    }
    return true
  }

  private grow(): void {
    const chain = new Int32Array(2 * this.chain.length)
    chain.set(this.chain)
    this.chain = chain
    this.left = new Int32Array(chain.length)
    this.error = new Float64Array(chain.length)
  }
}
