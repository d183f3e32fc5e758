/** Joins the networks of tiles: where each depression spills, and what flows over tile borders. */
import { addToList } from "../../../engine/core/lists.js"
import { UnionFind } from "../../geometry/union-find.js"
import { addArrival, beginsReach, orderOf } from "./arrivals.js"
import { LEAVES, PIT, STEP_X, STEP_Y } from "./directions.js"
import type { Network } from "./network.js"

/** A tile's cells on the grid of the CRS; rows count downwards. */
export interface FlowWindow {
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
}

/** Size and place of a tile's cells; `cell` in millimetres. */
export interface FlowGridWindow extends FlowWindow {
  readonly cell: number
}

/** The network of one tile. */
export interface TileNetwork {
  readonly key: string
  readonly window: FlowWindow
  readonly network: Network
}

/** What a tile needs to finish. Cells are indices of the tile's own cells. */
export interface Decisions extends StreamsBelow, ReachesBelow {
  /** For each basin its cell without a receiver in the tile, and the level it is filled to, mm. */
  readonly roots: Uint32Array
  readonly levels: Int32Array
  /** Ways whose cells drain the other way: from … to. */
  readonly turnedFrom: Uint32Array
  readonly turnedTo: Uint32Array
  /** Cells with another direction. */
  readonly set: Uint32Array
  readonly setDirs: Uint8Array
  /** Cells that receive water of other tiles, and how many cells drain there. */
  readonly inflows: Uint32Array
  readonly amounts: Float64Array
  /** Strahler orders of the streams that arrive there; 0 without a stream. */
  readonly orders: Uint8Array
  /** Keys of the tiles whose ways this one needs. */
  readonly reads: readonly string[]
}

/**
 * The first stream below each cell that drains to another tile; cells without one are left out.
 * It is at height `exitHeights`, mm, where `ways` is −1. Else it begins on way `ways` of tile
 * `reads[tiles]`, where `needs` cells have drained to the way; from its end where `reversed`.
 */
export interface StreamsBelow {
  readonly exits: Uint32Array
  readonly exitHeights: Int32Array
  readonly ways: Int32Array
  readonly tiles: Uint32Array
  readonly needs: Float64Array
  readonly reversed: Uint8Array
}

/**
 * The reaches that begin in the tile and leave it, each at a cell of `crossings`. The rest of its
 * line leads through the nodes up to its end in `crossingEnds`, then on way `lineWays` of tile
 * `reads[lineTiles]`; −1: straight to the next node.
 */
export interface ReachesBelow {
  readonly crossings: Uint32Array
  readonly crossingEnds: Uint32Array
  /** On the grid of the CRS. */
  readonly lineColumns: Int32Array
  readonly lineRows: Int32Array
  readonly lineWays: Int32Array
  readonly lineTiles: Uint32Array
  readonly lineReversed: Uint8Array
  /** Cells that drain to the last cell of each reach. */
  readonly lineAmounts: Float64Array
}

/** Where the water of a basin leaves it. */
export interface Outlet {
  readonly tile: number
  /** On the grid of the CRS; rows count downwards. */
  readonly column: number
  readonly row: number
  /** Cells that drain there, those of basins above included. */
  readonly amount: number
  /** Metres from the given place; NaN at the end of the data. */
  readonly distance: number
  /** Number of the next outlet downstream; −1 without one. */
  readonly downstream: number
}

/** The cells that may be an outlet, the best first; only those of streams if `isStream`. */
export interface OutletPlace {
  readonly name: string
  readonly cells: readonly { readonly column: number; readonly row: number; readonly distance: number }[]
  readonly isStream: boolean
}

/** Outlets of basins, and which one each part of a tile's catchments drains to. */
interface Basins {
  readonly outlets: readonly Outlet[]
  /** Number of the outlet of a part of a tile; −1 without one. */
  readonly outletOf: (tile: number, part: number) => number
}

/** Level of a basin that nothing dams. */
const UNDAMMED = -0x80000000

/**
 * Decides the drainage of all tiles.
 *
 * Basins that tile borders cut become whole by following the ways. Of all saddles, those of the
 * minimum spanning tree connect them, with what leaves the data as the root. A cell beside a
 * missing tile is a saddle out of the data. The order of saddles (height, row, column) is strict
 * and the same in every tile, so the tree does not depend on the tiles.
 *
 * @param least cells that drain to a stream, at least
 * @param places outlets of basins, besides those where a stream leaves the data
 * @returns decisions by tile, in order. O(n log n) time; memory: 105 bytes a node
 */
export const joinNetworks = (
  tiles: readonly TileNetwork[],
  least: number,
  places: readonly OutletPlace[] = [],
): { readonly decisions: Decisions[]; readonly basins: Basins } => {
  const graph = new Graph(tiles)
  graph.enter()
  const tree = graph.spanningTree()
  graph.drain(tree)
  graph.accumulate()
  graph.findReaches(least)
  return { decisions: graph.decisions(least), basins: graph.basins(least, places) }
}

interface Saddle {
  readonly from: Int32Array
  readonly to: Int32Array
}

/** All nodes, numbered tile by tile. */
class Graph {
  readonly #tiles: readonly TileNetwork[]
  readonly #starts: Int32Array
  readonly #count: number
  readonly #tile: Uint32Array
  readonly #column: Int32Array
  readonly #row: Int32Array
  readonly #height: Int32Array
  readonly #dirs: Uint8Array
  /** −1 where the water leaves the data, or in a pit. */
  readonly #next: Int32Array
  readonly #along: Float64Array
  readonly #own: Float64Array
  /** The node where the way below began at first; another one than the node itself: reversed. */
  readonly #way: Int32Array
  /** Pit below each node; `#count`: out of the data. */
  readonly #root: Int32Array
  readonly #level: Int32Array
  readonly #find: (column: number, row: number) => number
  readonly #turned: [from: number, to: number][] = []
  readonly #set: [node: number, direction: number][] = []
  #order = new Int32Array(0)
  /** Streams that arrive at each node, in ways and on none. */
  readonly #arrivals: Uint8Array
  /** The tile in which the reach that passes a node begins. */
  readonly #origin: Uint32Array

  constructor(tiles: readonly TileNetwork[]) {
    this.#tiles = tiles
    this.#starts = new Int32Array(tiles.length + 1)
    for (const [t, { network }] of tiles.entries()) this.#starts[t + 1] = this.#starts[t]! + network.cells.length
    const count = this.#starts[tiles.length]!
    this.#count = count
    this.#tile = new Uint32Array(count)
    this.#column = new Int32Array(count)
    this.#row = new Int32Array(count)
    this.#height = new Int32Array(count)
    this.#dirs = new Uint8Array(count)
    this.#next = new Int32Array(count)
    this.#along = new Float64Array(count)
    this.#own = new Float64Array(count)
    this.#way = Int32Array.from({ length: count }, (_, n) => n)
    this.#root = new Int32Array(count + 1).fill(-1)
    this.#level = new Int32Array(count + 1).fill(UNDAMMED)
    this.#arrivals = new Uint8Array(count)
    this.#origin = new Uint32Array(count)
    this.#find = finder(tiles, this.#starts)
  }

  /** Takes the nodes in and leads the ways across the borders of tiles. */
  enter(): void {
    for (const [t, { window, network }] of this.#tiles.entries()) {
      const start = this.#starts[t]!
      this.#tile.fill(t, start, this.#starts[t + 1])
      this.#height.set(network.heights, start)
      this.#dirs.set(network.dirs, start)
      this.#along.set(network.along, start)
      this.#own.set(network.own, start)
      this.#arrivals.set(network.arrivals, start)
      for (const [k, cell] of network.cells.entries()) {
        this.#column[start + k] = window.column + (cell % window.columns)
        this.#row[start + k] = window.row + Math.floor(cell / window.columns)
        this.#next[start + k] = network.next[k]! < 0 ? -1 : start + network.next[k]!
      }
    }
    for (let n = 0; n < this.#count; n++) {
      if (this.#next[n]! < 0 && this.#dirs[n]! < PIT) this.#next[n] = this.#neighbour(n, this.#dirs[n]!)
    }
    for (let n = 0; n < this.#count; n++) this.#findRoot(n)
  }

  #neighbour(node: number, direction: number): number {
    return this.#find(this.#column[node]! + STEP_X[direction]!, this.#row[node]! + STEP_Y[direction]!)
  }

  #findRoot(first: number): void {
    let [node, root] = [first, -1]
    while (root < 0) {
      if (this.#root[node]! >= 0) root = this.#root[node]!
      else if (this.#next[node]! >= 0) node = this.#next[node]!
      else root = this.#dirs[node] === PIT ? node : this.#count
    }
    for (node = first; node >= 0 && this.#root[node]! < 0; node = this.#next[node]!) this.#root[node] = root
  }

  /** Saddles in tiles, between tiles, and out of the data. `from` is the first cell by place. */
  #saddles(): Saddle {
    const [from, to]: [number[], number[]] = [[], []]
    const offer = (a: number, b: number): void => {
      if (this.#root[a] === (b < 0 ? this.#count : this.#root[b]!)) return
      const swap = b >= 0 && (this.#row[b]! - this.#row[a]! || this.#column[b]! - this.#column[a]!) < 0
      from.push(swap ? b : a)
      to.push(swap ? a : b)
    }
    for (const [t, { window, network }] of this.#tiles.entries()) {
      const start = this.#starts[t]!
      for (const [k, a] of network.saddleFrom.entries()) {
        const b = network.saddleTo[k]!
        offer(start + a, b < 0 ? -1 : start + b)
      }
      for (let n = start; n < this.#starts[t + 1]!; n++) {
        const [c, r] = [this.#column[n]! - window.column, this.#row[n]! - window.row]
        if (c > 0 && r > 0 && c < window.columns - 1 && r < window.rows - 1) continue
        let isEnd = false
        for (let d = 0; d < 8; d++) {
          const [x, y] = [c + STEP_X[d]!, r + STEP_Y[d]!]
          if (x >= 0 && y >= 0 && x < window.columns && y < window.rows) continue
          const other = this.#neighbour(n, d)
          if (other < 0) isEnd = true
          else if (other > n) offer(n, other)
        }
        if (isEnd) offer(n, -1)
      }
    }
    return { from: Int32Array.from(from), to: Int32Array.from(to) }
  }

  /** The saddles of the minimum spanning tree (Kruskal). */
  spanningTree(): Saddle {
    const { from, to } = this.#saddles()
    const z = from.map((a, k) => Math.max(this.#height[a]!, to[k]! < 0 ? UNDAMMED : this.#height[to[k]!]!))
    const place = (a: number, b: number): number =>
      a < 0 || b < 0
        ? Number(a < 0) - Number(b < 0)
        : this.#row[a]! - this.#row[b]! || this.#column[a]! - this.#column[b]!
    const order = Int32Array.from(from, (_, k) => k)
    order.sort((a, b) => z[a]! - z[b]! || place(from[a]!, from[b]!) || place(to[a]!, to[b]!))
    const sets = UnionFind.make(this.#count + 1)
    const rootOf = (node: number): number => UnionFind.find(sets, node < 0 ? this.#count : this.#root[node]!)
    const tree = order.filter((k) => {
      const [a, b] = [rootOf(from[k]!), rootOf(to[k]!)]
      UnionFind.unite(sets, a, b)
      return a !== b
    })
    return { from: tree.map((k) => from[k]!), to: tree.map((k) => to[k]!) }
  }

  /** From what leaves the data upwards, each basin gets its level and drains to the one below. */
  drain({ from, to }: Saddle): void {
    const first = new Int32Array(this.#count + 1).fill(-1)
    const following = new Int32Array(2 * from.length)
    const rootAt = (end: number): number => {
      const node = end % 2 === 0 ? from[end >> 1]! : to[end >> 1]!
      return node < 0 ? this.#count : this.#root[node]!
    }
    for (let end = 0; end < following.length; end++) {
      following[end] = first[rootAt(end)]!
      first[rootAt(end)] = end
    }
    const done = new Uint8Array(this.#count + 1)
    const reached = [this.#count]
    done[this.#count] = 1
    for (let basin = reached.pop(); basin !== undefined; basin = reached.pop()) {
      for (let end = first[basin]!; end >= 0; end = following[end]!) {
        const upper = rootAt(end ^ 1)
        if (done[upper] === 1) continue
        done[upper] = 1
        const [a, b] = [from[end >> 1]!, to[end >> 1]!]
        const [inner, outer] = end % 2 === 0 ? [b, a] : [a, b]
        const z = Math.max(this.#height[inner]!, outer < 0 ? UNDAMMED : this.#height[outer]!)
        this.#level[upper] = Math.max(this.#level[basin]!, z)
        this.#turn(inner, outer)
        reached.push(upper)
      }
    }
  }

  /** Drains a node to a neighbour (−1: out of the data), and the nodes down to its pit to it. */
  #turn(start: number, target: number): void {
    this.#set.push([start, target < 0 ? LEAVES : this.#directionTo(start, target)])
    let [node, below, along, way] = [start, target, 0, start]
    for (;;) {
      const [next, oldAlong] = [this.#next[node]!, this.#along[node]!]
      this.#next[node] = below
      this.#along[node] = along
      this.#way[node] = way
      if (next < 0) return
      if (this.#tile[node] === this.#tile[next]) this.#turned.push([node, next])
      else this.#set.push([next, (this.#dirs[node]! + 4) & 7])
      ;[node, below, along, way] = [next, node, oldAlong, node]
    }
  }

  #directionTo(a: number, b: number): number {
    const [x, y] = [this.#column[b]! - this.#column[a]!, this.#row[b]! - this.#row[a]!]
    return STEP_X.findIndex((step, d) => step === x && STEP_Y[d] === y)
  }

  /** Sums the cells that drain to each node, which replace its own ones. */
  accumulate(): void {
    const waiting = new Uint32Array(this.#count)
    for (const next of this.#next) if (next >= 0) waiting[next]!++
    const order = new Int32Array(this.#count)
    let end = 0
    for (let n = 0; n < this.#count; n++) if (waiting[n] === 0) order[end++] = n
    for (let at = 0; at < end; at++) {
      const node = order[at]!
      const next = this.#next[node]!
      if (next < 0) continue
      this.#own[next]! += this.#own[node]! + this.#along[node]!
      if (--waiting[next]! === 0) order[end++] = next
    }
    this.#order = order.subarray(0, end)
  }

  /** Leads the streams to the nodes that they meet. All confluences on ways are nodes. */
  findReaches(least: number): void {
    this.#origin.set(this.#tile)
    for (const node of this.#order) {
      const next = this.#next[node]!
      const isStream = this.#own[node]! >= least
      // A reach that arrives on no way begins in the node's own tile, as one of several does.
      if (beginsReach(this.#arrivals[node]!)) this.#origin[node] = this.#tile[node]!
      if (next < 0 || this.#own[node]! + this.#along[node]! < least) continue
      this.#arrivals[next] = addArrival(this.#arrivals[next]!, isStream ? orderOf(this.#arrivals[node]!) : 1)
      if (isStream) this.#origin[next] = this.#origin[node]!
    }
  }

  decisions(least: number): Decisions[] {
    const [stream, need] = this.#streams(least)
    const turned = this.#byTile(this.#turned.map(([node]) => node))
    const set = this.#byTile(this.#set.map(([node]) => node))
    const crossing: number[] = []
    for (const [node, next] of this.#next.entries())
      if (next >= 0 && this.#tile[node] !== this.#tile[next]) crossing.push(node)
    const arriving = this.#byTile(crossing.map((node) => this.#next[node]!))
    const leaving = this.#byTile(crossing)
    return this.#tiles.map(({ network }, t) => {
      const start = this.#starts[t]!
      const cell = (node: number): number => network.cells[node - start]!
      const roots = Array.from(network.next, (next, k) => (next < 0 ? start + k : -1)).filter((node) => node >= 0)
      const inflows = arriving[t]!.map((k) => crossing[k]!)
      const exits = leaving[t]!.map((k) => crossing[k]!)
      const reads = new Map<number, number>()
      const read = (tile: number): number => {
        const place = reads.get(tile) ?? reads.size
        reads.set(tile, place)
        return place
      }
      return {
        roots: Uint32Array.from(roots, cell),
        levels: Int32Array.from(roots, (node) => this.#level[this.#root[node]!]!),
        turnedFrom: Uint32Array.from(turned[t]!, (k) => cell(this.#turned[k]![0])),
        turnedTo: Uint32Array.from(turned[t]!, (k) => cell(this.#turned[k]![1])),
        set: Uint32Array.from(set[t]!, (k) => cell(this.#set[k]![0])),
        setDirs: Uint8Array.from(set[t]!, (k) => this.#set[k]![1]),
        inflows: Uint32Array.from(inflows, (node) => cell(this.#next[node]!)),
        amounts: Float64Array.from(inflows, (node) => this.#own[node]!),
        orders: Uint8Array.from(inflows, (node) => (this.#own[node]! < least ? 0 : orderOf(this.#arrivals[node]!))),
        ...this.#streamsBelow(exits, cell, stream, need, read),
        ...this.#reachesBelow(
          exits.filter((node) => this.#own[node]! >= least && this.#origin[node] === t),
          cell,
          read,
        ),
        reads: Array.from(reads.keys(), (tile) => this.#tiles[tile]!.key),
      }
    })
  }

  /** Outlets where streams leave the data and at places; each node drains to the first below. */
  basins(least: number, places: readonly OutletPlace[]): Basins {
    const distances = new Map<number, number>()
    for (const place of places) {
      const [node, distance] = this.#outletAt(place, least)
      distances.set(node, Math.min(distance, distances.get(node) ?? distance))
    }
    const isOutlet = (node: number): boolean =>
      distances.has(node) || (this.#next[node]! < 0 && this.#own[node]! >= least)
    const nodes: number[] = []
    for (let node = 0; node < this.#count; node++) if (isOutlet(node)) nodes.push(node)
    // By place, not by tile.
    nodes.sort((a, b) => this.#row[a]! - this.#row[b]! || this.#column[a]! - this.#column[b]!)
    const numbers = new Map(nodes.map((node, k) => [node, k]))
    const below = new Int32Array(this.#count).fill(-1)
    const downstream = new Int32Array(nodes.length).fill(-1)
    for (const node of this.#order.toReversed()) {
      const [number, next] = [numbers.get(node), this.#next[node]!]
      const under = next < 0 ? -1 : below[next]!
      below[node] = number ?? under
      if (number !== undefined) downstream[number] = under
    }
    // The node that a way leads on from: of a reversed one, that at its end.
    const upper = new Int32Array(this.#count)
    for (let node = 0; node < this.#count; node++) if (this.#along[node]! > 0) upper[this.#way[node]!] = node
    return {
      outlets: nodes.map((node, k) => ({
        ...{ tile: this.#tile[node]!, column: this.#column[node]!, row: this.#row[node]!, amount: this.#own[node]! },
        ...{ distance: distances.get(node) ?? Number.NaN, downstream: downstream[k]! },
      })),
      outletOf: (tile, part) => {
        const node = this.#starts[tile]! + (part >> 1)
        return part % 2 === 0 ? below[node]! : below[this.#next[upper[node]!]!]!
      },
    }
  }

  #outletAt({ name, cells, isStream }: OutletPlace, least: number): [node: number, distance: number] {
    for (const { column, row, distance } of cells) {
      const node = this.#find(column, row)
      if (node >= 0 && (!isStream || this.#own[node]! >= least)) return [node, distance]
    }
    throw new Error(
      isStream
        ? `outlet ${name}: no stream so near. Give a place at a stream, a larger snap, or snap=0 for the ground that drains to the place itself`
        : `outlet ${name} is outside the data`,
    )
  }

  /** Indices of nodes in a list, by tile. */
  #byTile(nodes: readonly number[]): number[][] {
    const lists = this.#tiles.map((): number[] => [])
    for (const [k, node] of nodes.entries()) lists[this.#tile[node]!]!.push(k)
    return lists
  }

  /**
   * The first stream of each node or below: the node whose way it begins on, and what must drain to
   * the way before; 0 where the node itself is in a stream. −1 without a stream.
   */
  #streams(least: number): [node: Int32Array, need: Float64Array] {
    const [stream, need] = [new Int32Array(this.#count).fill(-1), new Float64Array(this.#count)]
    for (const node of this.#order.toReversed()) {
      const [sum, next] = [this.#own[node]!, this.#next[node]!]
      if (sum >= least) stream[node] = node
      else if (next >= 0 && this.#along[node]! > 0 && sum + this.#along[node]! >= least) {
        stream[node] = node
        need[node] = least - sum
      } else if (next >= 0) {
        stream[node] = stream[next]!
        need[node] = need[next]!
      }
    }
    return [stream, need]
  }

  /**
   * @param nodes that drain to another tile
   * @param read place of a tile among those whose ways are read
   */
  #streamsBelow(
    nodes: readonly number[],
    cell: (node: number) => number,
    stream: Int32Array,
    need: Float64Array,
    read: (tile: number) => number,
  ): StreamsBelow {
    const found = nodes.filter((node) => stream[node]! >= 0)
    const at = found.map((node) => stream[node]!)
    const ways = at.map((node, k) => (need[found[k]!]! > 0 ? this.#way[node]! : -1))
    return {
      exits: Uint32Array.from(found, cell),
      exitHeights: Int32Array.from(at, (node) => this.#height[node]!),
      ways: Int32Array.from(ways, (way) => this.#inTile(way)),
      tiles: Uint32Array.from(ways, (way) => (way < 0 ? 0 : read(this.#tile[way]!))),
      needs: Float64Array.from(found, (node) => need[node]!),
      reversed: Uint8Array.from(ways, (way, k) => (way >= 0 && way !== at[k] ? 1 : 0)),
    }
  }

  /** Number of a node in its own tile. */
  #inTile(node: number): number {
    return node < 0 ? -1 : node - this.#starts[this.#tile[node]!]!
  }

  /** @param nodes where reaches leave the tile in which they begin */
  #reachesBelow(
    nodes: readonly number[],
    cell: (node: number) => number,
    read: (tile: number) => number,
  ): ReachesBelow {
    const passed: number[] = []
    const ends: number[] = []
    const amounts: number[] = []
    for (const node of nodes) {
      let [at, before] = [this.#next[node]!, node]
      passed.push(at)
      while (!beginsReach(this.#arrivals[at]!) && this.#next[at]! >= 0) {
        ;[before, at] = [at, this.#next[at]!]
        passed.push(at)
      }
      const isEnd = !beginsReach(this.#arrivals[at]!)
      ends.push(passed.length)
      amounts.push(isEnd ? this.#own[at]! : this.#own[before]! + this.#along[before]!)
    }
    const isLast = new Set(ends)
    const ways = passed.map((node, k) => (isLast.has(k + 1) || this.#along[node] === 0 ? -1 : this.#way[node]!))
    return {
      crossings: Uint32Array.from(nodes, cell),
      crossingEnds: Uint32Array.from(ends),
      lineColumns: Int32Array.from(passed, (node) => this.#column[node]!),
      lineRows: Int32Array.from(passed, (node) => this.#row[node]!),
      lineWays: Int32Array.from(ways, (way) => this.#inTile(way)),
      lineTiles: Uint32Array.from(ways, (way) => (way < 0 ? 0 : read(this.#tile[way]!))),
      lineReversed: Uint8Array.from(ways, (way, k) => (way >= 0 && way !== passed[k] ? 1 : 0)),
      lineAmounts: Float64Array.from(amounts),
    }
  }
}

/**
 * Finds the node at a column and row of the CRS grid, by the tile's window and the ascending cells
 * of its network; −1 where there is none.
 */
const finder = (tiles: readonly TileNetwork[], starts: Int32Array): ((column: number, row: number) => number) => {
  const side = tiles.reduce((most, { window: w }) => Math.max(most, w.columns, w.rows), 1)
  const squares = new Map<string, number[]>()
  for (const [t, { window: w }] of tiles.entries()) {
    for (let y = Math.floor(w.row / side); y <= Math.floor((w.row + w.rows - 1) / side); y++)
      for (let x = Math.floor(w.column / side); x <= Math.floor((w.column + w.columns - 1) / side); x++)
        addToList(squares, `${x} ${y}`, t)
  }
  let last = 0
  const holds = (t: number, column: number, row: number): boolean => {
    const { window: w } = tiles[t]!
    return column >= w.column && row >= w.row && column < w.column + w.columns && row < w.row + w.rows
  }
  return (column, row) => {
    if (!holds(last, column, row)) {
      const near = squares.get(`${Math.floor(column / side)} ${Math.floor(row / side)}`) ?? []
      const found = near.find((t) => holds(t, column, row))
      if (found === undefined) return -1
      last = found
    }
    const { window: w, network } = tiles[last]!
    const cell = (row - w.row) * w.columns + column - w.column
    const { cells } = network
    let [low, high] = [0, cells.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (cells[middle]! < cell) low = middle + 1
      else high = middle
    }
    return cells[low] === cell ? starts[last]! + low : -1
  }
}
