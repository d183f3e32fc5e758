/**
 * Objects that shape the ground, in the frame of one tile, indexed for the test whether a place is
 * inside, on a ring or outside.
 */
import { boxOfRings, placeToEdges } from "../../../engine/core/geometry/rings.js"
import type { Footprint } from "./footprint.js"

/** Height of the rows that index the edges, mm. */
const ROW = 4000
/** Distance from the tile, mm, within which the test is valid. */
const MARGIN = 20_000

/** An object's rings in millimetres relative to a tile's origin. */
export interface LocalObject {
  readonly kind: Footprint["kind"]
  readonly id: string
  /** x, y, z of each ring, not closed; outer counter-clockwise, holes clockwise. */
  readonly rings: readonly Int32Array[]
  readonly box: readonly [minX: number, minY: number, maxX: number, maxY: number]
  readonly rows: EdgeRows
  /**
   * Decks: lines of the ground (x, y, z a vertex) and places (x, y, z each) where the deck meets it
   * and below.
   */
  readonly under?: { readonly lines: readonly Int32Array[]; readonly places: Int32Array }
}

/**
 * Edges (x, y, x, y each) by rows from `south`; those of row r end at `ends[r]`, counted in edges.
 */
interface EdgeRows {
  readonly south: number
  readonly ends: Int32Array
  readonly edges: Int32Array
}

/**
 * The objects relative to an origin (CRS metres), without those whose box is apart from the square
 * [0, side]². In mm.
 */
export const localObjects = (
  objects: readonly Footprint[],
  origin: readonly [number, number, number],
  side: number,
): LocalObject[] => {
  const shift = origin.map((value) => Math.round(value * 1000))
  return objects.flatMap((object): LocalObject[] => {
    const local = (xyz: ArrayLike<number>): Int32Array => Int32Array.from(xyz, (value, i) => value - shift[i % 3]!)
    const rings = object.rings.map(({ xyz }) => local(xyz))
    const box = boxOfRings(rings, 3)
    if (box[0] > side || box[1] > side || box[2] < 0 || box[3] < 0) return []
    const under = object.under && { lines: object.under.lines.map(local), places: local(object.under.places) }
    return [{ kind: object.kind, id: object.id, rings, box, rows: edgeRows(rings, side), ...(under && { under }) }]
  })
}

const edgeRows = (rings: readonly Int32Array[], side: number): EdgeRows => {
  const south = -MARGIN
  const count = Math.ceil((side + 2 * MARGIN) / ROW)
  const rowOf = (y: number): number => Math.floor((y - south) / ROW)
  const rows: number[][] = Array.from({ length: count }, () => [])
  for (const ring of rings) {
    const n = ring.length
    for (let i = 0; i < n; i += 3) {
      const from = (i + n - 3) % n
      const [ay, by] = [ring[from + 1], ring[i + 1]]
      const last = Math.min(count - 1, rowOf(Math.max(ay, by)))
      for (let row = Math.max(0, rowOf(Math.min(ay, by))); row <= last; row++)
        rows[row]!.push(ring[from], ay, ring[i], by)
    }
  }
  let end = 0
  const ends = Int32Array.from(rows, (row) => (end += row.length / 4))
  return { south, ends, edges: Int32Array.from(rows.flat()) }
}

/**
 * Position of a place in the tile or within 20 m of it: 1 inside, 0 on a ring, −1 outside. Even–odd
 * rule; exact for whole and half millimetres. O(edges in a row of 4 m).
 */
export const placeTo = ({ box, rows }: LocalObject, px: number, py: number): 1 | 0 | -1 => {
  if (px < box[0] || py < box[1] || px > box[2] || py > box[3]) return -1
  const { edges, ends, south } = rows
  const row = Math.floor((py - south) / ROW)
  return placeToEdges(edges, px, py, row === 0 ? 0 : 4 * ends[row - 1], 4 * ends[row])
}
