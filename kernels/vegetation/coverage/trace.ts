/** Traces the areas of the coverage as valid polygons with shared vertices. */
import type { LabelledRuns } from "./class-runs.js"
import { type CoverageGraph, degreeOf, turns } from "./graph.js"

/**
 * The polygons of all patches of a window. Rings of patch g are `patchEnds[g − 1] … patchEnds[g]`:
 * the outer one first, counter-clockwise, then the holes, clockwise, by their southernmost, then
 * westernmost vertex. Vertices of ring r are `xy[2 · ringStarts[r]] … xy[2 · ringEnds[r]]`: x and y
 * in cells from the CRS origin, not closed.
 */
export interface PatchRings {
  readonly xy: Int32Array
  readonly ringStarts: Uint32Array
  readonly ringEnds: Uint32Array
  readonly patchEnds: Uint32Array
}

/**
 * Traces the patches of labelled runs with their holes.
 *
 * Without `removed` the outlines are exact, without collinear vertices. With it (see
 * `simplifyCoverage`), rings have every remaining vertex of the graph, so that neighbours share
 * their vertices. Where cells of a patch, or of its hole, meet only at a corner, rings touch. No
 * ring passes a vertex twice, and the interior of a patch is connected: polygons are valid by OGC's
 * rules.
 *
 * O(runs + vertices). Memory: 8 bytes for each vertex of a ring, 12 a ring, and 1 a vertex of the
 * graph.
 */
export const traceCoverage = (runs: LabelledRuns, graph: CoverageGraph, removed?: Uint8Array): PatchRings => {
  const walker = new RingWalker(graph, removed)
  const { columns, rows, rowEnds, starts, labels } = runs
  const { x, kinds, lineEnds } = graph
  const seen = walker.seen
  for (let line = 0, v = 0; line < rows; line++) {
    // Every ring has a first vertex in this order, from which it runs east (outer rings) or north
    // (holes).
    let k = line > 0 ? rowEnds[line - 1] : 0
    const first = k
    for (const end = lineEnds[line]; v < end; v++) {
      if ((kinds[v] & 3) === 0) continue
      const at = x[v]
      while (at < columns && starts[k + 1] <= at) k++
      if ((kinds[v] & 1) !== 0 && (seen[v] & 1) === 0 && labels[k] >= 0) walker.walk(v, 0, labels[k])
      if ((kinds[v] & 2) === 0 || (seen[v] & 2) !== 0) continue
      const west = at === columns ? rowEnds[line] - 2 : k - 1
      if (at > 0 && west >= first && labels[west] >= 0) walker.walk(v, 1, labels[west])
    }
  }
  return walker.result(runs.classes.length)
}

class RingWalker {
  /** Bits of each vertex: a ring left it to the east (1), to the north (2). */
  readonly seen: Uint8Array
  private readonly graph: CoverageGraph
  private readonly removed: Uint8Array | undefined
  private readonly xy: Int32Array
  private starts = new Uint32Array(1024)
  private patches = new Int32Array(1024)
  private rings = 0
  private length = 0

  constructor(graph: CoverageGraph, removed: Uint8Array | undefined) {
    this.graph = graph
    this.removed = removed
    this.seen = new Uint8Array(graph.kinds.length)
    this.xy = new Int32Array(2 * mostCorners(graph, removed))
  }

  /** Follows the ring that leaves a vertex in a direction, with the patch on its left. */
  walk(start: number, direction: number, patch: number): void {
    const { xy, seen, removed } = this
    const { column, row, x, y, up, down, kinds } = this.graph
    if (this.rings === this.starts.length) this.grow()
    this.starts[this.rings] = this.length
    this.patches[this.rings++] = patch
    let at = 2 * this.length
    let v = start
    let d = direction
    let next = direction
    do {
      if (removed === undefined ? next !== d || v === start : removed[v] === 0) {
        xy[at++] = column + x[v]
        xy[at++] = row + y[v]
      }
      d = next
      if (d === 0) seen[v++] |= 1
      else if (d === 1) {
        seen[v] |= 2
        v = up[v]
      } else if (d === 2) v--
      else v = down[v]
      next = turns[4 * (kinds[v] & 63) + d]
    } while (v !== start || next !== direction)
    this.length = at / 2
  }

  /** The rings in order of their patches. */
  result(patchCount: number): PatchRings {
    const patchEnds = new Uint32Array(patchCount)
    for (let r = 0; r < this.rings; r++) patchEnds[this.patches[r]]++
    const next = new Uint32Array(patchCount)
    for (let g = 0, sum = 0; g < patchCount; g++) {
      next[g] = sum
      sum += patchEnds[g]
      patchEnds[g] = sum
    }
    const ringStarts = new Uint32Array(this.rings)
    const ringEnds = new Uint32Array(this.rings)
    for (let r = 0; r < this.rings; r++) {
      const place = next[this.patches[r]]++
      ringStarts[place] = this.starts[r]
      ringEnds[place] = r + 1 < this.rings ? this.starts[r + 1] : this.length
    }
    return { xy: this.xy.subarray(0, 2 * this.length), ringStarts, ringEnds, patchEnds }
  }

  private grow(): void {
    const starts = new Uint32Array(2 * this.starts.length)
    const patches = new Int32Array(2 * this.patches.length)
    starts.set(this.starts)
    patches.set(this.patches)
    this.starts = starts
    this.patches = patches
  }
}

/** Bound on the corners of all rings, including those of nodata. */
const mostCorners = ({ kinds }: CoverageGraph, removed: Uint8Array | undefined): number => {
  let count = 0
  for (let v = 0; v < kinds.length; v++) {
    const degree = degreeOf(kinds[v])
    // Where three boundaries meet, one of the three rings goes straight on.
    if (removed === undefined) count += degree === 3 ? 2 : degree
    else if (removed[v] === 0) count += degree
  }
  return count
}
