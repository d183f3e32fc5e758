/** Holds the tiles of a large job as columns of numbers, sorted along the Hilbert curve. */
import { hilbertIndex } from "../grid/hilbert.js"
import { type Grid, TileKey } from "../grid/tile-key.js"

/** Collects work tiles from sources, in columns: a country has half a million. */
export class TileColumns {
  readonly #level: number
  /** Index in the columns by id, in insertion order. */
  readonly #index = new Map<number, number>()
  #x = new Int32Array(1024)
  #y = new Int32Array(1024)
  #points = new Float64Array(1024)
  #wanted = new Uint8Array(1024)

  constructor({ leafLevel }: Grid) {
    this.#level = leafLevel
  }

  /** Adds points to a tile, which it creates if missing. */
  add({ x, y }: TileKey, points: number, wanted: boolean): void {
    const id = idOf(x, y)
    const known = this.#index.get(id)
    const at = known ?? this.#index.size
    if (known === undefined) {
      if (at === this.#x.length) this.#grow()
      this.#index.set(id, at)
      this.#x[at] = x
      this.#y[at] = y
    }
    this.#points[at]! += points
    if (wanted) this.#wanted[at] = 1
  }

  /**
   * The wanted tiles, and the others within `ring` tiles of one of them, along the Hilbert curve.
   */
  ordered(ring: number): OrderedTiles {
    const near = this.#within(ring)
    const chosen = [...near.keys()].filter((i) => near[i] === 1)
    const place = Float64Array.from(chosen, (i) => hilbertIndex(this.#level, this.#x[i]!, this.#y[i]!))
    const order = Uint32Array.from(chosen.keys()).sort((a, b) => place[a]! - place[b]!)
    const at = Uint32Array.from(order, (i) => chosen[i]!)
    return {
      place: Float64Array.from(order, (i) => place[i]!),
      points: Float64Array.from(at, (i) => this.#points[i]!),
      wanted: Uint8Array.from(at, (i) => this.#wanted[i]!),
      key: (i) => this.#keyAt(at[i]!),
    }
  }

  /**
   * 1 for tiles within `ring` steps of a wanted one, diagonal steps included. Steps may cross tiles
   * without a source.
   */
  #within(ring: number): Uint8Array {
    const near = this.#wanted.slice(0, this.#index.size)
    const reached = new Set<number>()
    let outer: TileKey[] = []
    for (let i = 0; i < near.length; i++) if (near[i] === 1) outer.push(this.#keyAt(i))
    for (let depth = ring; depth > 0; depth--) {
      outer = outer.flatMap((key) =>
        TileKey.around(key).filter(({ x, y }) => {
          const id = idOf(x, y)
          const at = this.#index.get(id)
          const isNew = at === undefined ? !reached.has(id) : near[at] === 0
          if (at === undefined) reached.add(id)
          else near[at] = 1
          return isNew
        }),
      )
    }
    return near
  }

  #keyAt(index: number): TileKey {
    return { level: this.#level, x: this.#x[index]!, y: this.#y[index]! }
  }

  #grow(): void {
    const longer = <T extends Int32Array | Float64Array | Uint8Array>(column: T, fresh: T): T => {
      fresh.set(column as never)
      return fresh
    }
    const length = 2 * this.#x.length
    this.#x = longer(this.#x, new Int32Array(length))
    this.#y = longer(this.#y, new Int32Array(length))
    this.#points = longer(this.#points, new Float64Array(length))
    this.#wanted = longer(this.#wanted, new Uint8Array(length))
  }
}

/** Tiles along the curve. */
export interface OrderedTiles {
  readonly place: Float64Array
  readonly points: Float64Array
  /** 1 for tiles of the job, 0 for those read only for them. */
  readonly wanted: Uint8Array
  key(index: number): TileKey
}

// Levels are at most 26.
const idOf = (x: number, y: number): number => x * 2 ** 26 + y

/**
 * Level of the pyramid's top: that of the deepest cell that contains all tiles, at least one above
 * them.
 */
export const findTopLevel = ({ leafLevel }: Grid, { wanted, key }: OrderedTiles): number => {
  // No array of all places: a country has half a million.
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] !== 1) continue
    const { x, y } = key(i)
    minX = Math.min(minX, x)
    minY = Math.min(minY, y)
    maxX = Math.max(maxX, x)
    maxY = Math.max(maxY, y)
  }
  let level = leafLevel
  const same = (a: number, b: number): boolean =>
    Math.floor(a / 2 ** (leafLevel - level)) === Math.floor(b / 2 ** (leafLevel - level))
  do level--
  while (level > 0 && !(same(minX, maxX) && same(minY, maxY)))
  return level
}
