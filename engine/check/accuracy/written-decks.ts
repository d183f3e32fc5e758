/** Tests by the written outlines whether a place is under a deck, where the mesh has no ground. */

import { existsSync } from "node:fs"
import { planRingsOf } from "../../core/feature-table.js"
import type { Box2 } from "../../core/geometry/box.js"
import { boxOfRings, placeToEdges } from "../../core/geometry/rings.js"
import { elementAt } from "../../core/lists.js"
import type { DecodedGlb } from "../../formats/tiles3d/decode-glb.js"
import { readFeaturesInBox } from "../../formats/vector/flatgeobuf/features-in-box.js"

/** True on or inside a deck's outline; whole millimetres relative to the cell's corner. */
export type DeckTest = (x: number, y: number) => boolean

interface Deck {
  /** x, y of both ends of each edge. */
  readonly edges: readonly number[]
  readonly box: readonly [minX: number, minY: number, maxX: number, maxY: number]
}

/**
 * Outlines of the written layer of decks that meet a cell. Ground points inside them are under a
 * deck and not part of the ground. Exact for whole millimetres, which the layer's coordinates are.
 * O(edges) for a place in the box of a deck.
 *
 * @param path the layer of decks of the output
 * @param cell metres in the job's CRS, as the layer
 * @returns undefined where the output has no such layer
 * @throws EngineError of the reader
 */
export const writtenDecks = async (path: string, cell: Box2): Promise<DeckTest | undefined> => {
  if (!existsSync(path)) return undefined
  const features = await readFeaturesInBox(path, cell)
  const place = (value: number, i: number): number =>
    Math.round(1000 * value) - Math.round(1000 * cell[(i % 2) as 0 | 1])
  // Closed: the last vertex is the first.
  const decks = features.ids.map((_, f) =>
    planRingsOf(features, f).map((ring) => Array.from(ring.subarray(0, -2), place)),
  )
  return makeDeckTest(decks)
}

/**
 * The same for the outlines that the contents of a tile name (`asset.extras.decks`, whole
 * millimetres from the corner of its cell). They are all outlines that its ground was made with,
 * including those of decks that another département owns and of jobs without layers.
 *
 * @returns undefined where no content names any: no deck was looked for, or an older version wrote
 * them
 */
export const namedDecks = (contents: readonly Pick<DecodedGlb, "extras">[]): DeckTest | undefined => {
  const lists = contents.flatMap(({ extras }) => (Array.isArray(extras["decks"]) ? [extras["decks"]] : []))
  return lists.length === 0 ? undefined : makeDeckTest(lists.flat() as number[][][])
}

/** Decks are looked up by cells of 2^CELL_BITS millimetres. */
const CELL_BITS = 14
const CELL = 2 ** CELL_BITS

/** @param decks for each deck its open rings, x, y a vertex */
const makeDeckTest = (decks: readonly (readonly (readonly number[])[])[]): DeckTest => {
  const all = decks.map(makeDeck)
  const least = (k: 0 | 1): number => Math.floor(Math.min(...all.map(({ box }) => box[k])) / CELL)
  const most = (k: 2 | 3): number => Math.floor(Math.max(...all.map(({ box }) => box[k])) / CELL)
  if (all.length === 0) return () => false
  const [left, bottom, columns, rows] = [least(0), least(1), most(2) - least(0) + 1, most(3) - least(1) + 1]
  const cells = Array.from({ length: columns * rows }, (): Deck[] => [])
  for (const deck of all) {
    const [minX, minY, maxX, maxY] = deck.box
    for (let row = Math.floor(minY / CELL); row <= Math.floor(maxY / CELL); row++)
      for (let column = Math.floor(minX / CELL); column <= Math.floor(maxX / CELL); column++)
        elementAt(cells, (row - bottom) * columns + column - left).push(deck)
  }
  return (x, y) => {
    const column = (x >> CELL_BITS) - left
    const row = (y >> CELL_BITS) - bottom
    if (column < 0 || row < 0 || column >= columns || row >= rows) return false
    const own = cells[row * columns + column]!
    return own.length > 0 && own.some((deck) => holds(deck, x, y))
  }
}

const makeDeck = (rings: readonly (readonly number[])[]): Deck => {
  const edges: number[] = []
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const j = (i + 2) % ring.length
      edges.push(ring[i]!, ring[i + 1]!, ring[j]!, ring[j + 1]!)
    }
  }
  return { edges, box: boxOfRings(rings) }
}

/** True inside and on an edge. */
const holds = ({ edges, box }: Deck, x: number, y: number): boolean =>
  x >= box[0] && y >= box[1] && x <= box[2] && y <= box[3] && placeToEdges(edges, x, y) >= 0
