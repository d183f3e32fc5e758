/** The nodes of all tiles as one graph: basins that spill, and what drains to each node. */
import { elementAt, lowerBound } from "../../../engine/core/lists.js"
import { UnionFind } from "../../geometry/union-find.js"
import { LEAVES, PIT, STEP_X, STEP_Y } from "../ground/directions.js"
import { type FlowWindow, windowFinder } from "../ground/window.js"
import { addArrival, beginsReach, orderOf } from "./arrivals.js"
import { OWN_END, WAY_END } from "./data-end.js"
import type { Network } from "./network.js"

/** The network of one tile. */
export interface TileNetwork {
  readonly key: string
  readonly window: FlowWindow
  readonly network: Network
}

/** Level of a basin that nothing dams. */
const UNDAMMED = -0x80000000

interface Saddle {
  readonly from: Int32Array
  readonly to: Int32Array
}

/** All nodes, numbered tile by tile. */
export class NodeGraph {
  readonly tiles: readonly TileNetwork[]
  readonly starts: Int32Array
  readonly count: number
  readonly tile: Uint32Array
  readonly column: Int32Array
  readonly row: Int32Array
  readonly height: Int32Array
  readonly #dirs: Uint8Array
  /** −1 where the water leaves the data, or in a pit. */
  readonly next: Int32Array
  readonly along: Float64Array
  readonly own: Float64Array
  /** The node where the way below began at first; another one than the node itself: reversed. */
  readonly way: Int32Array
  /** Pit below each node; `count`: out of the data. */
  readonly root: Int32Array
  readonly level: Int32Array
  readonly find: (column: number, row: number) => number
  readonly turned: [from: number, to: number][] = []
  readonly redirected: [node: number, direction: number][] = []
  order = new Int32Array(0)
  /** Streams that arrive at each node, in ways and on none. */
  readonly arrivals: Uint8Array
  /** The tile in which the reach that passes a node begins. */
  readonly origin: Uint32Array
  /** 1 at a border of a tile where the data end beyond it. */
  readonly isAtEnd: Uint8Array
  /** Bits: cells at the end of the data drain to the node; to the way that leads from it. */
  readonly ends: Uint8Array

  constructor(tiles: readonly TileNetwork[]) {
    this.tiles = tiles
    this.starts = new Int32Array(tiles.length + 1)
    for (const [t, { network }] of tiles.entries()) this.starts[t + 1] = this.starts[t]! + network.cells.length
    const count = this.starts[tiles.length]!
    this.count = count
    this.tile = new Uint32Array(count)
    this.column = new Int32Array(count)
    this.row = new Int32Array(count)
    this.height = new Int32Array(count)
    this.#dirs = new Uint8Array(count)
    this.next = new Int32Array(count)
    this.along = new Float64Array(count)
    this.own = new Float64Array(count)
    this.way = Int32Array.from({ length: count }, (_, n) => n)
    this.root = new Int32Array(count + 1).fill(-1)
    this.level = new Int32Array(count + 1).fill(UNDAMMED)
    this.arrivals = new Uint8Array(count)
    this.origin = new Uint32Array(count)
    this.isAtEnd = new Uint8Array(count)
    this.ends = new Uint8Array(count)
    this.find = finder(tiles, this.starts)
  }

  /** Takes the nodes in and leads the ways across the borders of tiles. */
  enter(): void {
    for (const [t, { window, network }] of this.tiles.entries()) {
      const start = this.starts[t]!
      this.tile.fill(t, start, this.starts[t + 1])
      this.height.set(network.heights, start)
      this.#dirs.set(network.dirs, start)
      this.along.set(network.along, start)
      this.own.set(network.own, start)
      this.arrivals.set(network.arrivals, start)
      this.ends.set(network.ends, start)
      for (const [k, cell] of network.cells.entries()) {
        this.column[start + k] = window.column + (cell % window.columns)
        this.row[start + k] = window.row + Math.floor(cell / window.columns)
        this.next[start + k] = network.next[k]! < 0 ? -1 : start + network.next[k]!
      }
    }
    for (let n = 0; n < this.count; n++) {
      if (this.next[n]! < 0 && this.#dirs[n]! < PIT) this.next[n] = this.#neighbour(n, this.#dirs[n]!)
    }
    for (let n = 0; n < this.count; n++) this.#findRoot(n)
  }

  #neighbour(node: number, direction: number): number {
    return this.find(this.column[node]! + STEP_X[direction]!, this.row[node]! + STEP_Y[direction]!)
  }

  #findRoot(first: number): void {
    let [node, root] = [first, -1]
    while (root < 0) {
      if (this.root[node]! >= 0) root = this.root[node]!
      else if (this.next[node]! >= 0) node = this.next[node]!
      else root = this.#dirs[node] === PIT ? node : this.count
    }
    for (node = first; node >= 0 && this.root[node]! < 0; node = this.next[node]!) this.root[node] = root
  }

  /** Saddles in tiles, between tiles, and out of the data. `from` is the first cell by place. */
  #saddles(): Saddle {
    const [from, to]: [number[], number[]] = [[], []]
    const offer = (a: number, b: number): void => {
      if (this.root[a] === (b < 0 ? this.count : this.root[b]!)) return
      const swap = b >= 0 && (this.row[b]! - this.row[a]! || this.column[b]! - this.column[a]!) < 0
      from.push(swap ? b : a)
      to.push(swap ? a : b)
    }
    for (const [t, { window, network }] of this.tiles.entries()) {
      const start = this.starts[t]!
      for (const [k, a] of network.saddleFrom.entries()) {
        const b = network.saddleTo[k]!
        offer(start + a, b < 0 ? -1 : start + b)
      }
      for (let n = start; n < this.starts[t + 1]!; n++) {
        const [c, r] = [this.column[n]! - window.column, this.row[n]! - window.row]
        if (c > 0 && r > 0 && c < window.columns - 1 && r < window.rows - 1) continue
        let isEnd = false
        for (let d = 0; d < 8; d++) {
          const [x, y] = [c + STEP_X[d]!, r + STEP_Y[d]!]
          if (x >= 0 && y >= 0 && x < window.columns && y < window.rows) continue
          const other = this.#neighbour(n, d)
          if (other < 0) isEnd = true
          else if (other > n) offer(n, other)
        }
        if (!isEnd) continue
        this.isAtEnd[n] = 1
        this.ends[n]! |= OWN_END
        offer(n, -1)
      }
    }
    return { from: Int32Array.from(from), to: Int32Array.from(to) }
  }

  /** The saddles of the minimum spanning tree (Kruskal). */
  spanningTree(): Saddle {
    const { from, to } = this.#saddles()
    const z = from.map((a, k) => Math.max(this.height[a]!, to[k]! < 0 ? UNDAMMED : this.height[to[k]!]!))
    const place = (a: number, b: number): number =>
      a < 0 || b < 0 ? Number(a < 0) - Number(b < 0) : this.row[a]! - this.row[b]! || this.column[a]! - this.column[b]!
    const order = Int32Array.from(from, (_, k) => k)
    order.sort((a, b) => z[a]! - z[b]! || place(from[a]!, from[b]!) || place(to[a]!, to[b]!))
    const sets = UnionFind.make(this.count + 1)
    const rootOf = (node: number): number => UnionFind.find(sets, node < 0 ? this.count : this.root[node]!)
    const tree = order.filter((k) => {
      const [a, b] = [rootOf(from[k]!), rootOf(to[k]!)]
      UnionFind.unite(sets, a, b)
      return a !== b
    })
    return { from: tree.map((k) => from[k]!), to: tree.map((k) => to[k]!) }
  }

  /** From what leaves the data upwards, each basin gets its level and drains to the one below. */
  drain({ from, to }: Saddle): void {
    const first = new Int32Array(this.count + 1).fill(-1)
    const following = new Int32Array(2 * from.length)
    const rootAt = (end: number): number => {
      const node = end % 2 === 0 ? from[end >> 1]! : to[end >> 1]!
      return node < 0 ? this.count : this.root[node]!
    }
    for (let end = 0; end < following.length; end++) {
      following[end] = first[rootAt(end)]!
      first[rootAt(end)] = end
    }
    const done = new Uint8Array(this.count + 1)
    const reached = [this.count]
    done[this.count] = 1
    for (let basin = reached.pop(); basin !== undefined; basin = reached.pop()) {
      for (let end = first[basin]!; end >= 0; end = following[end]!) {
        const upper = rootAt(end ^ 1)
        if (done[upper] === 1) continue
        done[upper] = 1
        const [a, b] = [from[end >> 1]!, to[end >> 1]!]
        const [inner, outer] = end % 2 === 0 ? [b, a] : [a, b]
        const z = Math.max(this.height[inner]!, outer < 0 ? UNDAMMED : this.height[outer]!)
        this.level[upper] = Math.max(this.level[basin]!, z)
        this.#turn(inner, outer)
        reached.push(upper)
      }
    }
  }

  /** Drains a node to a neighbour (−1: out of the data), and the nodes down to its pit to it. */
  #turn(start: number, target: number): void {
    this.redirected.push([start, target < 0 ? LEAVES : this.#directionTo(start, target)])
    let [node, below, along, way, wayEnd] = [start, target, 0, start, 0]
    for (;;) {
      const [next, oldAlong, oldEnd] = [this.next[node]!, this.along[node]!, this.ends[node]! & WAY_END]
      this.next[node] = below
      this.along[node] = along
      this.way[node] = way
      this.ends[node] = (this.ends[node]! & OWN_END) | wayEnd
      if (next < 0) return
      if (this.tile[node] === this.tile[next]) this.turned.push([node, next])
      else this.redirected.push([next, (this.#dirs[node]! + 4) & 7])
      ;[node, below, along, way, wayEnd] = [next, node, oldAlong, node, oldEnd]
    }
  }

  #directionTo(a: number, b: number): number {
    const [x, y] = [this.column[b]! - this.column[a]!, this.row[b]! - this.row[a]!]
    return STEP_X.findIndex((step, d) => step === x && STEP_Y[d] === y)
  }

  /** Sums the cells that drain to each node, which replace its own ones, and unites their ends. */
  accumulate(): void {
    const waiting = new Uint32Array(this.count)
    for (const next of this.next) if (next >= 0) waiting[next]!++
    const order = new Int32Array(this.count)
    let end = 0
    for (let n = 0; n < this.count; n++) if (waiting[n] === 0) order[end++] = n
    for (let at = 0; at < end; at++) {
      const node = order[at]!
      const next = this.next[node]!
      if (next < 0) continue
      this.own[next]! += this.own[node]! + this.along[node]!
      if (this.ends[node] !== 0) this.ends[next]! |= OWN_END
      if (--waiting[next]! === 0) order[end++] = next
    }
    this.order = order.subarray(0, end)
  }

  /** Leads the streams to the nodes that they meet. All confluences on ways are nodes. */
  findReaches(least: number): void {
    this.origin.set(this.tile)
    for (const node of this.order) {
      const next = this.next[node]!
      const isStream = this.own[node]! >= least
      // A reach that arrives on no way begins in the node's own tile, as one of several does.
      if (beginsReach(this.arrivals[node]!)) this.origin[node] = this.tile[node]!
      if (next < 0 || this.own[node]! + this.along[node]! < least) continue
      this.arrivals[next] = addArrival(this.arrivals[next]!, isStream ? orderOf(this.arrivals[node]!) : 1)
      if (isStream) this.origin[next] = this.origin[node]!
    }
  }
}

/**
 * Finds the node at a column and row of the CRS grid, by the tile's window and the ascending cells
 * of its network; −1 where there is none.
 */
const finder = (tiles: readonly TileNetwork[], starts: Int32Array): ((column: number, row: number) => number) => {
  const findTile = windowFinder(tiles.map(({ window }) => window))
  return (column, row) => {
    const tile = findTile(column, row)
    if (tile < 0) return -1
    const { window: w, network } = elementAt(tiles, tile)
    const cell = (row - w.row) * w.columns + column - w.column
    const { cells } = network
    const at = lowerBound(cells, cell)
    return cells[at] === cell ? starts[tile]! + at : -1
  }
}
