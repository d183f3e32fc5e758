/**
 * The objects that shape the ground (building blocks, water, decks), as kernels pass them to later
 * stages.
 * See docs/decisions/05-footprint-rings.md.
 */
import { decodeBlob, encodeBlob, splitBlobs } from "../../../engine/core/blob.js"
import { Box2 } from "../../../engine/core/geometry/box.js"
import type { Tile } from "../../../engine/kernel.js"
import type { DeckGround } from "../deck/ground.js"

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
