/** Pours water on basins, which it fills. Then it spills over their lowest saddles and merges. */
import { Heap } from "../../../engine/core/heap.js"
import { elementAt } from "../../../engine/core/lists.js"
import { EngineError } from "../../../engine/errors.js"
import { UnionFind } from "../../geometry/union-find.js"
import { OUTSIDE } from "../ground/basins.js"
import { PIT, STEP_X, STEP_Y } from "../ground/directions.js"
import { isIn } from "../ground/window.js"
import { type LowBasins, spanningSaddles } from "./low-basins.js"
import { borderFinder, type FloodBody, listBorderCells } from "./rise.js"

/** Where the water stands, and of each place what does not, mm · cells. */
export interface Poured {
  readonly bodies: readonly FloodBody[]
  /** For each tile the last cells of basins under water, ascending, and the level there, mm. */
  readonly shares: readonly { readonly flooded: Uint32Array; readonly levels: Float64Array }[]
  readonly lost: Float64Array
  /** Would stand above the level up to which basins are known. */
  readonly above: Float64Array
}

/**
 * Fills, spills and merges (Barnes, Callaghan and Wickert 2021), exact for any division into tiles:
 *
 * - A basin is all cells whose steepest way down ends in one pit. The ground up to a height z that
 *   is connected with a pit is then that of all basins joined by saddles up to z. So a body of
 *   water is a set of basins, and the sums of their profiles give its volume at each level.
 * - Saddles in the order of height, then place, build a binary tree: each node is two bodies that
 *   meet at a saddle. Until both stand at the saddle, the full one spills over it into the basin of
 *   the saddle's other cell. What leaves the data is one basin that never fills.
 * - Tiles hand on basins, the saddles of their own trees, and profiles up to the level. A saddle
 *   outside the tree of a tile is in no tree of more tiles. Ways that leave a tile go on in the
 *   basin of the next tile's cell.
 *
 * Profiles are read only where water comes. Heights are whole millimetres and their sums exact.
 *
 * @param volumes of each place, mm · cells
 * @param nameOf a place in messages
 * @returns O(n log n) for n basins and saddles, plus the profiles of basins with water
 */
export const pourWater = (
  tiles: readonly LowBasins[],
  level: number,
  volumes: readonly number[],
  nameOf: (place: number) => string,
): Poured => {
  const land = new Land(tiles)
  const basins = volumes.map((_, place) => checkedBasin(land, place, nameOf(place)))
  const water = new Water(land, new Tree(land, level))
  const [lost, above] = [new Float64Array(volumes.length), new Float64Array(volumes.length)]
  for (const [place, volume] of volumes.entries()) {
    if (isAbove(land, basins[place]!, level)) {
      above[place] = volume
      continue
    }
    const { rest, end } = water.pour(basins[place]!, volume)
    const where = end === OUTSIDE ? lost : above
    where[place] = rest
  }
  return { ...water.results(), lost, above }
}

/** True for a basin whose water would gather above the level. */
const isAbove = ({ pits, heights }: Land, basin: number, level: number): boolean => {
  const pit = pits[basin]!
  return pit !== OUTSIDE && heights[pit]! > level
}

/** @throws EngineError E_USAGE for a place without ground */
const checkedBasin = (land: Land, place: number, name: string): number => {
  const basin = land.basinAt(place)
  if (basin < 0) {
    const found = basin === -1 ? "is in no tile of the job" : "has no ground in the terrain model"
    throw new EngineError("E_USAGE", `simulation.flood-tile.from: ${name} ${found}; give a place on ground of the data`)
  }
  return basin
}

/** The basins of all tiles; those outside the data are one. */
class Land {
  readonly tiles: readonly LowBasins[]
  /** Number of basin 1 of each tile, less 1. */
  readonly #starts: Int32Array
  readonly count: number
  readonly heights: Int32Array
  readonly columns: Int32Array
  readonly rows: Int32Array
  /** The basin of the pit below each basin. */
  readonly pits: Int32Array
  /** Basins by pit: the first one, and the one after each. */
  readonly #first: Int32Array
  readonly #following: Int32Array
  /** Basin (−1: no data) and height of each border cell of each tile. */
  readonly #borderBasins: Int32Array
  readonly #borderHeights: Int32Array
  /** Index of a cell of a border; −1 without data. */
  readonly #find: (column: number, row: number) => number

  constructor(tiles: readonly LowBasins[]) {
    this.tiles = tiles
    this.#starts = new Int32Array(tiles.length + 1)
    for (const [t, { roots }] of tiles.entries()) this.#starts[t + 1] = this.#starts[t]! + roots.length - 1
    this.count = this.#starts[tiles.length]! + 1
    this.heights = new Int32Array(this.count)
    this.columns = new Int32Array(this.count)
    this.rows = new Int32Array(this.count)
    this.pits = new Int32Array(this.count).fill(-1)
    this.#first = new Int32Array(this.count).fill(-1)
    this.#following = new Int32Array(this.count).fill(-1)
    const borderCount = tiles.reduce((sum, { border }) => sum + border.length, 0)
    this.#borderBasins = new Int32Array(borderCount)
    this.#borderHeights = new Int32Array(borderCount)
    const find = borderFinder(tiles)
    this.#find = (column, row) => {
      const at = find(column, row)
      return at >= 0 && this.#borderBasins[at]! >= 0 ? at : -1
    }
    this.#enter()
    this.#findPits()
  }

  #enter(): void {
    let at = 0
    for (const [t, { window, roots, heights, border, borderHeights }] of this.tiles.entries()) {
      for (let b = 1; b < roots.length; b++) {
        const basin = this.#starts[t]! + b
        this.heights[basin] = heights[b]!
        this.columns[basin] = window.column + (roots[b]! % window.columns)
        this.rows[basin] = window.row + Math.floor(roots[b]! / window.columns)
      }
      this.#borderHeights.set(borderHeights, at)
      for (const own of border) this.#borderBasins[at++] = own < 0 ? -1 : this.#basin(t, own)
    }
  }

  #basin(tile: number, own: number): number {
    return own === OUTSIDE ? OUTSIDE : this.#starts[tile]! + own
  }

  /** Leads ways over borders; where there is no tile, they leave the data. */
  #findPits(): void {
    const next = new Int32Array(this.count)
    for (const [t, { dirs }] of this.tiles.entries()) {
      for (let b = 1; b < dirs.length; b++) {
        const basin = this.#starts[t]! + b
        const d = dirs[b]!
        if (d === PIT) this.pits[basin] = basin
        else {
          const at = this.#find(this.columns[basin]! + STEP_X[d]!, this.rows[basin]! + STEP_Y[d]!)
          next[basin] = at < 0 ? OUTSIDE : this.#borderBasins[at]!
        }
      }
    }
    this.pits[OUTSIDE] = OUTSIDE
    for (let first = 1; first < this.count; first++) {
      let basin = first
      while (this.pits[basin]! < 0) basin = next[basin]!
      const pit = this.pits[basin]!
      for (basin = first; this.pits[basin]! < 0; basin = next[basin]!) this.pits[basin] = pit
      this.#following[first] = this.#first[pit]!
      this.#first[pit] = first
    }
  }

  /** Basin of a place; −1: in no tile, −2: no data there. */
  basinAt(place: number): number {
    let found = -1
    for (const [t, { places }] of this.tiles.entries()) {
      if (places[place]! >= 0) return this.#basin(t, places[place]!)
      found = Math.min(found, places[place]!)
    }
    return found
  }

  *listMembers(pit: number): Generator<{ basin: number; tile: number; own: number }> {
    for (let basin = this.#first[pit]!; basin >= 0; basin = this.#following[basin]!) {
      let [low, high] = [0, this.tiles.length - 1]
      while (low < high) {
        const middle = (low + high) >> 1
        if (this.#starts[middle + 1]! < basin) low = middle + 1
        else high = middle
      }
      yield { basin, tile: low, own: basin - this.#starts[low]! }
    }
  }

  /** Saddles up to a level: of tiles, between tiles, and out of the data. */
  saddles(level: number): JobSaddles {
    let count = 0
    this.#eachSaddle(level, () => count++)
    const column = (): Int32Array => new Int32Array(count)
    const made = {
      ...{ from: column(), to: column(), heights: column() },
      places: [column(), column(), column(), column()] as const,
    }
    let at = 0
    this.#eachSaddle(level, (from, to, z, ...place) => {
      made.from[at] = from
      made.to[at] = to
      made.heights[at] = z
      for (const [k, values] of made.places.entries()) values[at] = place[k]!
      at++
    })
    return made
  }

  #eachSaddle(level: number, add: (from: number, to: number, z: number, ...place: number[]) => void): void {
    const { tiles, pits } = this
    const offer = (a: number, b: number, z: number, ...place: number[]): void => {
      if (z <= level && pits[a] !== pits[b]) add(pits[a]!, pits[b]!, z, ...place)
    }
    for (const [t, { window, saddles }] of tiles.entries()) {
      const rowOf = (cell: number): number => (cell < 0 ? END : window.row + Math.floor(cell / window.columns))
      const columnOf = (cell: number): number => (cell < 0 ? END : window.column + (cell % window.columns))
      for (const [k, z] of saddles.heights.entries()) {
        const [a, b] = [this.#basin(t, saddles.basinFrom[k]!), this.#basin(t, saddles.basinTo[k]!)]
        const [from, to] = [saddles.from[k]!, saddles.to[k]!]
        offer(a, b, z, rowOf(from), columnOf(from), rowOf(to), columnOf(to))
      }
    }
    for (const { window } of tiles) {
      for (const cell of listBorderCells(window)) {
        const [column, row] = [window.column + (cell % window.columns), window.row + Math.floor(cell / window.columns)]
        const own = this.#find(column, row)
        const z = own < 0 ? END : this.#borderHeights[own]!
        if (z > level) continue
        const basin = this.#borderBasins[own]!
        let isEnd = false
        for (let d = 0; d < 8; d++) {
          const [x, y] = [column + STEP_X[d]!, row + STEP_Y[d]!]
          if (isIn(window, x, y)) continue
          const other = this.#find(x, y)
          if (other < 0) isEnd = true
          else if (d < 4)
            offer(basin, this.#borderBasins[other]!, Math.max(z, this.#borderHeights[other]!), row, column, y, x)
        }
        if (isEnd) offer(basin, OUTSIDE, z, row, column, END, END)
      }
    }
  }
}

/** Saddles between the basins of two pits. Places: row and column of `from`, then of `to`. */
interface JobSaddles {
  readonly from: Int32Array
  readonly to: Int32Array
  readonly heights: Int32Array
  readonly places: readonly Int32Array[]
}
/** Row and column of the end of the data: after all others. */
const END = 0x7fffffff

const byHeight =
  ({ heights, places }: JobSaddles) =>
  (a: number, b: number): number => {
    if (heights[a] !== heights[b]) return heights[a]! - heights[b]!
    for (const values of places) if (values[a] !== values[b]) return values[a]! - values[b]!
    return 0
  }

/** The order in which bodies of water meet. Nodes below the number of basins are pits. */
class Tree {
  /** Of each node the one that it becomes with its sibling, −1: none. Height of the saddle, mm. */
  readonly parents: Int32Array
  readonly siblings: Int32Array
  readonly spills: Int32Array
  /** Pit to which a full node spills. */
  readonly links: Int32Array

  constructor(land: Land, level: number) {
    const saddles = land.saddles(level)
    const order = spanningSaddles(land.count, saddles.from, saddles.to, byHeight(saddles))
    const size = land.count + order.length
    this.parents = new Int32Array(size).fill(-1)
    this.siblings = new Int32Array(size).fill(-1)
    this.spills = new Int32Array(size).fill(level)
    this.links = new Int32Array(size).fill(-1)
    const sets = UnionFind.make(land.count)
    const nodes = UnionFind.make(land.count)
    for (const [k, at] of order.entries()) {
      const [from, to, z] = [saddles.from[at]!, saddles.to[at]!, saddles.heights[at]!]
      const [a, b] = [UnionFind.find(sets, from), UnionFind.find(sets, to)]
      const [left, right] = [nodes[a]!, nodes[b]!]
      for (const [node, other, link] of [
        [left, right, to],
        [right, left, from],
      ] as const) {
        this.parents[node] = land.count + k
        this.siblings[node] = other
        this.spills[node] = z
        this.links[node] = link
      }
      UnionFind.unite(sets, a, b)
      nodes[Math.min(a, b)] = land.count + k
    }
  }
}

/** Heights of a basin's cells in one tile, ascending: reads what `encodeProfiles` wrote. */
class Cells {
  readonly #bytes: Uint8Array
  #at: number
  readonly #end: number
  height: number
  count = 0

  constructor({ profiles, profileEnds, heights }: LowBasins, own: number) {
    this.#bytes = profiles
    this.#at = profileEnds[own - 1]!
    this.#end = profileEnds[own]!
    this.height = heights[own]!
  }

  /** Goes to the next height, if there is one. */
  next(): boolean {
    if (this.#at >= this.#end) return false
    const value = this.#read()
    this.height += Math.floor(value / 2)
    this.count = value % 2 === 0 ? 1 : this.#read()
    return true
  }

  #read(): number {
    let [value, factor] = [0, 1]
    for (; this.#bytes[this.#at]! >= 128; factor *= 128) value += (this.#bytes[this.#at++]! - 128) * factor
    return value + this.#bytes[this.#at++]! * factor
  }
}

/** Ground of a body of water: its cells below the water as sums, the others by height. */
class Ground {
  cells = 0
  #heights = 0
  readonly #dry = new Heap<Cells>((a, b) => a.height < b.height)
  level = 0
  /** The lowest pit. */
  pit: number

  constructor(land: Land, pit: number) {
    this.pit = pit
    this.level = land.heights[pit]!
    for (const { tile, own } of land.listMembers(pit)) this.#add(new Cells(land.tiles[tile]!, own))
  }

  #add(cells: Cells): void {
    if (cells.next()) this.#dry.push(cells)
  }

  /** Depths in sum, mm · cells. */
  get depths(): number {
    return this.cells * this.level - this.#heights
  }

  /** Raises the level until the water is `volume`, or to `most`. @returns the water then */
  fill(volume: number, most: number): number {
    for (;;) {
      const lowest = this.#dry.values[0]
      const next = Math.min(most, lowest?.height ?? most)
      const room = this.cells * next - this.#heights
      if (room > volume) {
        this.level = (volume + this.#heights) / this.cells
        return volume
      }
      this.level = next
      if (next === most || lowest === undefined) return room
      this.#dry.pop()
      this.cells += lowest.count
      this.#heights += lowest.count * lowest.height
      this.#add(lowest)
    }
  }

  /** Takes in a body at the same level. The larger heap is kept. */
  merge(other: Ground, land: Land): Ground {
    const [large, small] = this.#dry.values.length >= other.#dry.values.length ? [this, other] : [other, this]
    large.cells += small.cells
    large.#heights += small.#heights
    for (const cells of small.#dry.values) large.#dry.push(cells)
    if (lowerOf(land, small.pit, large.pit) < 0) large.pit = small.pit
    return large
  }
}

const lowerOf = ({ heights, rows, columns }: Land, a: number, b: number): number =>
  heights[a]! - heights[b]! || rows[a]! - rows[b]! || columns[a]! - columns[b]!

class Water {
  readonly #land: Land
  readonly #tree: Tree
  /** Nodes with the bodies that they have become. */
  readonly #tops: Int32Array
  readonly #isFull: Uint8Array
  readonly #volumes: Float64Array
  readonly #grounds = new Map<number, Ground>()
  readonly #pits = new Set<number>()

  constructor(land: Land, tree: Tree) {
    this.#land = land
    this.#tree = tree
    const size = tree.parents.length
    this.#tops = UnionFind.make(size)
    this.#isFull = new Uint8Array(size)
    this.#volumes = new Float64Array(size)
  }

  /** @returns what does not stand, and the basin where it ended */
  pour(basin: number, volume: number): { readonly rest: number; readonly end: number } {
    const { parents, siblings, spills, links } = this.#tree
    let [pit, rest] = [this.#land.pits[basin]!, volume]
    while (rest > 0) {
      if (pit === OUTSIDE) break
      const node = UnionFind.find(this.#tops, pit)
      const most = spills[node]!
      if (this.#isFull[node] === 0) {
        const wanted = this.#volumes[node]! + rest
        const filled = this.#findGround(node).fill(wanted, most)
        this.#volumes[node] = filled
        rest = wanted - filled
        if (this.#findGround(node).level < most) break
        this.#isFull[node] = 1
      }
      const sibling = siblings[node]!
      if (sibling < 0) break
      if (this.#isFull[sibling] === 1) this.#unite(node, sibling, parents[node]!)
      else pit = links[node]!
    }
    return { rest, end: pit }
  }

  #findGround(node: number): Ground {
    let ground = this.#grounds.get(node)
    if (ground === undefined) {
      ground = new Ground(this.#land, node)
      this.#grounds.set(node, ground)
      this.#pits.add(node)
    }
    return ground
  }

  #unite(a: number, b: number, parent: number): void {
    const ground = this.#findGround(a).merge(this.#findGround(b), this.#land)
    this.#grounds.delete(a)
    this.#grounds.delete(b)
    this.#grounds.set(parent, ground)
    this.#volumes[parent] = this.#volumes[a]! + this.#volumes[b]!
    this.#tops[a] = parent
    this.#tops[b] = parent
  }

  results(): Pick<Poured, "bodies" | "shares"> {
    const { tiles, heights, rows, columns } = this.#land
    const wet: [cell: number, level: number][][] = tiles.map(() => [])
    for (const pit of this.#pits) {
      const { level } = this.#findGround(UnionFind.find(this.#tops, pit))
      for (const { basin, tile, own } of this.#land.listMembers(pit))
        if (heights[basin]! < level) elementAt(wet, tile).push([elementAt(tiles, tile).roots[own]!, level])
    }
    const bodies = [...this.#grounds.values()]
      .filter(({ depths }) => depths > 0)
      .map(({ cells, depths, level, pit }) => ({
        ...{ cells, depths, level, deepest: level - heights[pit]! },
        ...{ column: columns[pit]!, row: rows[pit]! },
      }))
      .sort((a, b) => a.row - b.row || a.column - b.column)
    const shares = wet.map((cells) => {
      cells.sort((a, b) => a[0] - b[0])
      return {
        flooded: Uint32Array.from(cells, ([cell]) => cell),
        levels: Float64Array.from(cells, ([, level]) => level),
      }
    })
    return { bodies, shares }
  }
}
