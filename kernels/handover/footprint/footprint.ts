/** Objects that shape the ground: their bytes between kernels, and places tested against them. */
import { decodeBlob, encodeBlob, splitBlobs } from "../../../engine/core/blob.js"
import { Box2 } from "../../../engine/core/geometry/box.js"
import { boxOfRings, placeToEdges } from "../../../engine/core/geometry/rings.js"
import { elementAt } from "../../../engine/core/lists.js"
import type { FeaturesPort, Tile } from "../../../engine/kernel.js"
import type { DeckGround } from "../deck/ground.js"

/** Footprints of buildings that the user brings. */
export const footprintsPort = {
  kind: "features",
  geometry: "Polygon",
  external: {
    name: "footprints",
    flag: "--footprints",
    help: { en: "building footprints to use", fr: "emprises de bâtiments à utiliser" },
    more: {
      en: "polygons in FlatGeobuf, GeoJSON, GeoPackage or Shapefile",
      fr: "polygones FlatGeobuf, GeoJSON, GeoPackage ou Shapefile",
    },
    common: true,
    role: "footprints",
  },
} as const satisfies FeaturesPort

/**
 * An object that shapes the ground of the tiles it meets: a building block, a body of water or a
 * bridge deck. All tiles that meet it read the same rings, so ground, walls and neighbours share
 * vertices to the millimetre.
 */
export interface Footprint {
  /** LiDAR class: 6 building, 9 water, 17 bridge deck. */
  readonly kind: 6 | 9 | 17
  /** Stable id (hash of layer and representative point). */
  readonly id: string
  /**
   * A point inside the object, whole millimetres of the CRS; the tile whose half-open cell contains
   * it owns the object.
   */
  readonly representative: readonly [xMm: number, yMm: number]
  /**
   * Outer ring first, counter-clockwise, then holes, clockwise; objects of one kind are disjoint,
   * with room between.
   */
  readonly rings: readonly FootprintRing[]
  /**
   * The rings without crossings of the tile grid and without corners moved onto its lines; absent
   * if equal to `rings`. Results that must not depend on the tiling use these.
   */
  readonly free?: readonly FootprintRing[]
  /**
   * Building: lowest ground height of the outline. Water: level. Deck: lowest point. Whole
   * millimetres.
   */
  readonly levelMm: number
  /** True where the job may lack a part of it. */
  readonly truncated: boolean
  /** Deck: lines and places of the ground where the deck meets it and below. */
  readonly under?: DeckGround
  /**
   * External features (`--footprints`): the single buildings of a block, each a polygon of its
   * plan; empty for traced buildings. Deck: one member, the plan of its body, which extends over
   * ground of its height.
   */
  readonly members: readonly FootprintMember[]
  /** Attributes for tables. */
  readonly attributes: Readonly<Record<string, number | string>>
}

/**
 * A ring of an object, not closed. `xyz`: 3·n whole millimetres of the CRS. Corners alternate with
 * stations, where the height of the ground bends, and with crossings of the tile grid. The
 * coordinate z is the height of the ground (building), the water, or the lowest point of the whole
 * deck.
 */
export interface FootprintRing {
  readonly xyz: Float64Array
  /**
   * 1: a corner of the outline; 0: a station or crossing on a straight edge (to the millimetre).
   * Free rings of water may add {@link followsBorder}.
   */
  readonly corner: Uint8Array
}

/**
 * Added to the flag of a vertex after which the ring follows the border of the job's tiles: the
 * object may continue beyond.
 */
export const followsBorder = 2

/**
 * A single building of a block of external footprints. Rings as x, y pairs, whole millimetres of
 * the CRS, not closed, outer first.
 */
export interface FootprintMember {
  readonly id: string
  readonly rings: readonly Float64Array[]
  readonly attributes: Readonly<Record<string, number | string>>
}

const MARK = "MSO4"

/** Encodes a list of objects. Lists may be concatenated: regions and job each add one to a tile. */
export const encodeFootprints = (objects: readonly Footprint[]): Uint8Array => encodeBlob(MARK, objects)

/**
 * Decodes objects, sorted by id if there are several lists; no bytes give none. Throws on other
 * bytes.
 */
export const decodeFootprints = (bytes: Uint8Array = new Uint8Array(0)): Footprint[] => {
  const lists = splitBlobs(MARK, bytes, "list of objects")
  const objects = lists.flatMap((list) => decodeBlob<Footprint[]>(MARK, list.slice(), "list of objects"))
  return lists.length > 1 ? sortedObjects(objects) : objects
}

/** Sorts objects by id, in place, so that the order does not depend on the tasks that made them. */
export const sortedObjects = <T extends { readonly id: string }>(objects: T[]): T[] =>
  objects.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))

/** The objects that a tile owns: their representative point is in its half-open cell. */
export const ownedObjects = (lists: readonly Uint8Array[], { cell }: Pick<Tile, "cell">): Footprint[] =>
  lists.flatMap(decodeFootprints).filter(({ representative: [x, y] }) => Box2.owns(cell, x / 1000, y / 1000))

/** Adds z to a ring of x, y pairs. */
export const liftRing = (xy: Float64Array, heightAt: (x: number, y: number) => number): Float64Array => {
  const xyz = new Float64Array((xy.length / 2) * 3)
  for (let v = 0; 2 * v < xy.length; v++) {
    const [x, y] = [xy[2 * v], xy[2 * v + 1]]
    xyz.set([x, y, heightAt(x, y)], 3 * v)
  }
  return xyz
}

/** True where the rings have the same vertices and corners. */
export const sameRings = (a: readonly FootprintRing[], b: readonly FootprintRing[]): boolean =>
  a.length === b.length &&
  a.every(({ xyz, corner }, r) => {
    const other = b[r]
    return (
      corner.length === other.corner.length &&
      corner.every((flag, i) => flag === other.corner[i]) &&
      xyz.every((value, i) => value === other.xyz[i])
    )
  })

/** The rings that do not depend on the tile grid. */
export const freeRings = ({ free, rings }: Footprint): readonly FootprintRing[] => free ?? rings

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
        elementAt(rows, row).push(ring[from], ay, ring[i], by)
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
