/** Holds the tiles of a large job as columns of numbers, sorted along the Hilbert curve. */
import { boxOfRings } from "../core/geometry/ring-box.js"
import { hilbertIndex } from "../grid/hilbert.js"
import { type Grid, TileKey } from "../grid/tile-key.js"

/** Collects work tiles from sources, in columns: a country has half a million. */
export class TileColumns {
  readonly #level: number
  /** Index in the columns by id, in insertion order. */
  readonly #index = new Map<number, number>()
  readonly #points: number[] = []
  readonly #wanted: number[] = []

  constructor({ leafLevel }: Grid) {
    this.#level = leafLevel
  }

  /** Adds points to a tile, which it creates if missing. */
  add({ x, y }: TileKey, points: number, wanted: boolean): void {
    const id = idOf(x, y)
    const at = this.#index.get(id) ?? this.#points.push(0) - 1
    this.#index.set(id, at)
    this.#points[at]! += points
    this.#wanted[at] = wanted ? 1 : (this.#wanted[at] ?? 0)
  }

  /**
   * The wanted tiles, and the others within `ring` tiles of one of them, along the Hilbert curve.
   */
  ordered(ring: number): OrderedTiles {
    const ids = Float64Array.from(this.#index.keys())
    const keyAt = (i: number): TileKey => ({ level: this.#level, x: Math.floor(ids[i]! / ROW), y: ids[i]! % ROW })
    const near = this.#within(ring, keyAt)
    const chosen = [...near.keys()].filter((i) => near[i] === 1)
    const place = Float64Array.from(chosen, (i) => hilbertIndex(this.#level, keyAt(i).x, keyAt(i).y))
    const order = Uint32Array.from(chosen.keys()).sort((a, b) => place[a]! - place[b]!)
    const at = Uint32Array.from(order, (i) => chosen[i]!)
    return {
      place: Float64Array.from(order, (i) => place[i]!),
      points: Float64Array.from(at, (i) => this.#points[i]!),
      wanted: Uint8Array.from(at, (i) => this.#wanted[i]!),
      key: (i) => keyAt(at[i]!),
    }
  }

  /**
   * 1 for tiles within `ring` steps of a wanted one, diagonal steps included. Steps may cross tiles
   * without a source.
   */
  #within(ring: number, keyAt: (i: number) => TileKey): Uint8Array {
    const near = Uint8Array.from(this.#wanted)
    const reached = new Set<number>()
    let outer = [...near.keys()].filter((i) => near[i] === 1).map(keyAt)
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
const ROW = 2 ** 26
const idOf = (x: number, y: number): number => x * ROW + y

/**
 * Level of the pyramid's top: that of the deepest cell that contains all tiles, at least one above
 * them.
 */
export const topLevelOf = ({ leafLevel }: Grid, { wanted, key }: OrderedTiles): number => {
  const places = [...wanted.keys()].filter((i) => wanted[i] === 1).map(key)
  const [minX, minY, maxX, maxY] = boxOfRings(places.map(({ x, y }) => [x, y]))
  let level = leafLevel
  const same = (a: number, b: number): boolean =>
    Math.floor(a / 2 ** (leafLevel - level)) === Math.floor(b / 2 ** (leafLevel - level))
  do level--
  while (level > 0 && !(same(minX, maxX) && same(minY, maxY)))
  return level
}
