import type { DeckGround } from "../deck/ground.js"
import { sortedObjects } from "./sorted-objects.js"

/**
 * An object that shapes the ground of the tiles it meets: a building block, a water body or a bridge deck. Everyone who meets it reads the same
 * rings, so that ground, walls and neighbours share their vertices to the millimetre.
 */
export interface SiteObject {
  /** LiDAR class: 6 building, 9 water, 17 bridge deck. */
  readonly kind: 6 | 9 | 17
  /** Stable id (hash of layer and representative point). */
  readonly id: string
  /** A point inside the object, whole millimetres of the CRS; the tile whose half-open cell holds it owns the object. */
  readonly representative: readonly [xMm: number, yMm: number]
  /** Outer ring first, counter-clockwise, then holes, clockwise; pairwise disjoint among all objects of one kind, with room between. */
  readonly rings: readonly SiteRing[]
  /** The rings as they are without the tile grid: no crossings, no corner moved onto a line; absent where they are `rings`. What must be the same for every tiling is made of these. */
  readonly free?: readonly SiteRing[]
  /** Building: lowest ground height of the outline. Water: level. Deck: lowest height of its points. Whole millimetres. */
  readonly levelMm: number
  /** True where the job does not hold all of it. */
  readonly truncated: boolean
  /** Deck: lines and places that the ground has where the deck meets it and below. */
  readonly under?: DeckGround
  /** Given outlines (`--footprints`): the single buildings of a block, each a polygon of the block's plan; empty for traced ones, which are one building each. Deck: one, the plan of its body, which goes on over ground of its height. */
  readonly members: readonly SiteMember[]
  /** Attributes for tables: numbers or texts. */
  readonly attributes: Readonly<Record<string, number | string>>
}

/**
 * A ring of an object, not closed. `xyz`: 3·n whole millimetres of the CRS. Between corners lie stations, where the height of the
 * ground bends, and crossings with the lines of the tile grid. z is the height of the ground (building), of the water (water) or the lowest point of the whole deck (deck) there.
 */
export interface SiteRing {
  readonly xyz: Float64Array
  /** 1: a corner of the outline; 0: a station or crossing on a straight edge (to the millimetre). In free rings of water, {@link followsBorder} beside it. */
  readonly corner: Uint8Array
}

/** Added to the flag of a vertex from which on the ring follows the border of the tiles that the job holds: the object may go on beyond. */
export const followsBorder = 2

/** A single building of a block of given outlines. Rings as x, y pairs, whole millimetres of the CRS, not closed, outer first. */
export interface SiteMember {
  readonly id: string
  readonly rings: readonly Float64Array[]
  readonly attributes: Readonly<Record<string, number | string>>
}

const magic = 0x334f534d
const headerBytes = 16

/** The JSON part of an encoded list; numbers of vertices in place of the rings. */
type Plain = Omit<SiteObject, "rings" | "free" | "members"> & {
  readonly rings: readonly number[]
  readonly free?: readonly number[]
  readonly members: readonly (Omit<SiteMember, "rings"> & { readonly rings: readonly number[] })[]
}

/**
 * Bytes of a list of objects, little-endian: u32 "MSO3", u32 size of the JSON text, u32 vertices of rings, u32 all bytes; the text, padded with blanks to a multiple
 * of 8; then f64 x, y, z of all rings (an object's free ones after its own), f64 x, y of all members' rings, u8 corner flags. Lists may stand one after the other: what
 * squares and job made of one tile.
 */
export const encodeSiteObjects = (objects: readonly SiteObject[]): Uint8Array => {
  const plain: Plain[] = objects.map(({ free, ...object }) => ({
    ...object,
    rings: object.rings.map(({ corner }) => corner.length),
    ...(free === undefined ? {} : { free: free.map(({ corner }) => corner.length) }),
    members: object.members.map((member) => ({ ...member, rings: member.rings.map((ring) => ring.length / 2) })),
  }))
  const raw = JSON.stringify(plain)
  const encoded = new TextEncoder().encode(raw)
  const textBytes = Math.ceil((encoded.length + headerBytes) / 8) * 8 - headerBytes
  const rings = objects.flatMap((object) => [...object.rings, ...(object.free ?? [])])
  const members = objects.flatMap((object) => object.members.flatMap((member) => member.rings))
  const vertices = rings.reduce((sum, { corner }) => sum + corner.length, 0)
  const memberNumbers = members.reduce((sum, ring) => sum + ring.length, 0)
  const bytes = new Uint8Array(headerBytes + textBytes + 24 * vertices + 8 * memberNumbers + vertices)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(4, textBytes, true)
  view.setUint32(8, vertices, true)
  view.setUint32(12, bytes.length, true)
  bytes.fill(0x20, headerBytes, headerBytes + textBytes)
  bytes.set(encoded, headerBytes)
  const numbers = new Float64Array(bytes.buffer, headerBytes + textBytes, 3 * vertices + memberNumbers)
  let at = 0
  for (const { xyz } of rings) at += set(numbers, xyz, at)
  for (const ring of members) at += set(numbers, ring, at)
  let flag = headerBytes + textBytes + 8 * numbers.length
  for (const { corner } of rings) {
    bytes.set(corner, flag)
    flag += corner.length
  }
  return bytes
}

const set = (to: Float64Array, from: Float64Array, at: number): number => {
  to.set(from, at)
  return from.length
}

/** The objects again, those of several lists by id; none from no bytes. Throws on other bytes. */
export const decodeSiteObjects = (bytes: Uint8Array | undefined): SiteObject[] => {
  const objects: SiteObject[] = []
  let lists = 0
  for (let at = 0; bytes !== undefined && at < bytes.byteLength; lists++) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at)
    const left = bytes.byteLength - at
    if (left < headerBytes || view.getUint32(0, true) !== magic || view.getUint32(12, true) > left)
      throw new Error("these bytes are no list of objects: run with --force")
    const end = at + view.getUint32(12, true)
    objects.push(...decodeList(bytes.subarray(at, end)))
    at = end
  }
  return lists > 1 ? sortedObjects(objects) : objects
}

const decodeList = (bytes: Uint8Array): SiteObject[] => {
  const copy = new Uint8Array(bytes)
  const view = new DataView(copy.buffer)
  const textBytes = view.getUint32(4, true)
  const vertices = view.getUint32(8, true)
  const text = new TextDecoder().decode(copy.subarray(headerBytes, headerBytes + textBytes))
  const plain = JSON.parse(text) as Plain[]
  const start = headerBytes + textBytes
  const numbers = new Float64Array(copy.buffer, start, (copy.length - start - vertices) >> 3)
  let [at, member, flag] = [0, 3 * vertices, copy.length - vertices]
  const rings = (counts: readonly number[]): SiteRing[] =>
    counts.map((count) => {
      const ring = { xyz: numbers.slice(at, at + 3 * count), corner: copy.slice(flag, flag + count) }
      at += 3 * count
      flag += count
      return ring
    })
  const memberRing = (count: number): Float64Array => {
    const ring = numbers.slice(member, member + 2 * count)
    member += 2 * count
    return ring
  }
  return plain.map(({ free, ...object }) => ({
    ...object,
    rings: rings(object.rings),
    ...(free === undefined ? {} : { free: rings(free) }),
    members: object.members.map((one) => ({ ...one, rings: one.rings.map(memberRing) })),
  }))
}

/** True where the rings have the same vertices and corners. */
export const sameRings = (a: readonly SiteRing[], b: readonly SiteRing[]): boolean =>
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
export const freeRings = ({ free, rings }: SiteObject): readonly SiteRing[] => free ?? rings
