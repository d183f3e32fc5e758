/**
 * The objects that shape the ground (building blocks, water, decks), as kernels hand them to later
 * stages.
 */
import { decodeBlob, encodeBlob, splitBlobs } from "../../../engine/core/blob.js"
import { Box2 } from "../../../engine/core/geometry/box.js"
import type { Tile } from "../../../engine/kernel.js"
import type { DeckGround } from "../deck/ground.js"

/**
 * An object that shapes the ground of the tiles it meets: a building block, a water body or a bridge deck. Everyone who meets it reads the same
 * rings, so that ground, walls and neighbours share their vertices to the millimetre.
 */
export interface Footprint {
  /** LiDAR class: 6 building, 9 water, 17 bridge deck. */
  readonly kind: 6 | 9 | 17
  /** Stable id (hash of layer and representative point). */
  readonly id: string
  /** A point inside the object, whole millimetres of the CRS; the tile whose half-open cell holds it owns the object. */
  readonly representative: readonly [xMm: number, yMm: number]
  /** Outer ring first, counter-clockwise, then holes, clockwise; pairwise disjoint among all objects of one kind, with room between. */
  readonly rings: readonly FootprintRing[]
  /** The rings as they are without the tile grid: no crossings, no corner moved onto a line; absent where they are `rings`. What must be the same for every tiling is made of these. */
  readonly free?: readonly FootprintRing[]
  /** Building: lowest ground height of the outline. Water: level. Deck: lowest height of its points. Whole millimetres. */
  readonly levelMm: number
  /** True where the job does not hold all of it. */
  readonly truncated: boolean
  /** Deck: lines and places that the ground has where the deck meets it and below. */
  readonly under?: DeckGround
  /** Given outlines (`--footprints`): the single buildings of a block, each a polygon of the block's plan; empty for traced ones, which are one building each. Deck: one, the plan of its body, which goes on over ground of its height. */
  readonly members: readonly FootprintMember[]
  /** Attributes for tables: numbers or texts. */
  readonly attributes: Readonly<Record<string, number | string>>
}

/**
 * A ring of an object, not closed. `xyz`: 3·n whole millimetres of the CRS. Between corners lie stations, where the height of the
 * ground bends, and crossings with the lines of the tile grid. z is the height of the ground (building), of the water (water) or the lowest point of the whole deck (deck) there.
 */
export interface FootprintRing {
  readonly xyz: Float64Array
  /** 1: a corner of the outline; 0: a station or crossing on a straight edge (to the millimetre). In free rings of water, {@link followsBorder} beside it. */
  readonly corner: Uint8Array
}

/** Added to the flag of a vertex from which on the ring follows the border of the tiles that the job holds: the object may go on beyond. */
export const followsBorder = 2

/** A single building of a block of given outlines. Rings as x, y pairs, whole millimetres of the CRS, not closed, outer first. */
export interface FootprintMember {
  readonly id: string
  readonly rings: readonly Float64Array[]
  readonly attributes: Readonly<Record<string, number | string>>
}

const MARK = "MSO4"

/** Bytes of a list of objects. Lists may stand one after the other: what squares and job made of one tile. */
export const encodeFootprints = (objects: readonly Footprint[]): Uint8Array => encodeBlob(MARK, objects)

/** The objects again, those of several lists by id; none from no bytes. Throws on other bytes. */
export const decodeFootprints = (bytes: Uint8Array = new Uint8Array(0)): Footprint[] => {
  const lists = splitBlobs(MARK, bytes, "list of objects")
  const objects = lists.flatMap((list) => decodeBlob<Footprint[]>(MARK, list.slice(), "list of objects"))
  return lists.length > 1 ? sortedObjects(objects) : objects
}

/** The order of objects in a list for tiles, whichever tasks they come from: by id. Sorts in place. */
export const sortedObjects = <T extends { readonly id: string }>(objects: T[]): T[] =>
  objects.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))

/** Of several lists those that a tile owns: their representative point is in its half-open cell. */
export const ownedObjects = (lists: readonly Uint8Array[], { cell }: Pick<Tile, "cell">): Footprint[] =>
  lists.flatMap(decodeFootprints).filter(({ representative: [x, y] }) => Box2.owns(cell, x / 1000, y / 1000))

/** x, y, z of a ring of x, y pairs. */
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
