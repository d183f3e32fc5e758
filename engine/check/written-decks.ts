import { existsSync } from "node:fs"
import type { Box2 } from "../core/box.js"
import { readFeaturesInBox } from "../formats/vector/features-in-box.js"

/** True for a place on or inside a deck's outline; millimetres relative to the cell's corner. */
export type DeckTest = (x: number, y: number) => boolean

interface Deck {
  /** x, y of each edge's two ends. */
  readonly edges: readonly number[]
  readonly box: readonly [minX: number, minY: number, maxX: number, maxY: number]
}

/**
 * Outlines of the written layer of bridges that meet a cell: within them points of the ground stand under a deck, and no ground was made of them. Exact for whole millimetres, which the
 * layer's coordinates are. O(edges) for a place in the box of a deck.
 *
 * @param path `vector/bridge.fgb` of the output
 * @param cell metres in the job's CRS, as the layer
 * @returns undefined where the output has no such layer
 * @throws EngineError of the reader
 */
export const writtenDecks = async (path: string, cell: Box2): Promise<DeckTest | undefined> => {
  if (!existsSync(path)) return undefined
  const { coordinates, dimension, ringEnds, partEnds } = await readFeaturesInBox(path, cell)
  const place = (vertex: number, axis: 0 | 1): number =>
    Math.round(1000 * coordinates[dimension * vertex + axis]!) - Math.round(1000 * cell[axis])
  const decks: Deck[] = []
  let [ring, start] = [0, 0]
  for (const lastRing of partEnds) {
    const edges: number[] = []
    const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
    for (; ring < lastRing; ring++) {
      for (let v = start; v + 1 < ringEnds[ring]!; v++) {
        const [ax, ay] = [place(v, 0), place(v, 1)]
        edges.push(ax, ay, place(v + 1, 0), place(v + 1, 1))
        box[0] = Math.min(box[0], ax)
        box[1] = Math.min(box[1], ay)
        box[2] = Math.max(box[2], ax)
        box[3] = Math.max(box[3], ay)
      }
      start = ringEnds[ring]!
    }
    decks.push({ edges, box })
  }
  return (x, y) => decks.some((deck) => holds(deck, x, y))
}

/** Even–odd rule; places on an edge are inside. */
const holds = ({ edges, box }: Deck, x: number, y: number): boolean => {
  if (x < box[0] || y < box[1] || x > box[2] || y > box[3]) return false
  let inside = false
  for (let i = 0; i < edges.length; i += 4) {
    const [ax, ay, bx, by] = [edges[i]! - x, edges[i + 1]! - y, edges[i + 2]! - x, edges[i + 3]! - y]
    const turn = ax * by - ay * bx
    if (turn === 0 && ax * bx <= 0 && ay * by <= 0) return true
    if (ay > 0 !== by > 0 && turn > 0 === by > ay) inside = !inside
  }
  return inside
}
