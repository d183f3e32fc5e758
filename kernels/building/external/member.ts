import type { Features } from "../../../engine/kernel.js"
import type { SiteMember } from "../../handover/footprint/footprint.js"
import { packDetail, unpackDetail } from "../footprint/detail.js"
import type { BuildingRules, BuildingSums } from "../footprint/sums.js"

/** A given outline with what one tile, or several together, know of it. */
export interface GivenMember extends SiteMember {
  readonly sums: BuildingSums
  /** Cells of the DTM around its border: column, row, height in mm. */
  readonly ground: Int32Array
}

/** Given outlines in one tile that belong to blocks near its border. */
export interface GivenParts {
  /** Key of the tile, `level/x/y`. */
  readonly key: string
  readonly rules: BuildingRules
  /** Side of the DTM's cells, mm. */
  readonly groundCellMm: number
  readonly members: readonly GivenMember[]
}

/** Rings of less area, mm², are no buildings and no courtyards. */
const LEAST = 1e6

/**
 * Polygons that a user gave, on whole millimetres: outer ring counter-clockwise first, then holes, clockwise, not closed, without doubled vertices. What has less than
 * 1 m² is left out, and a polygon given twice. Ordered by id, then first vertex. Attributes are the columns that are not empty.
 */
export const givenPolygons = (features: Features): SiteMember[] => {
  const members = features.ids.flatMap((id, f): SiteMember[] => {
    const first = f > 0 ? features.partEnds[f - 1] : 0
    const rings = Array.from({ length: features.partEnds[f] - first }, (_, r) => ringOf(features, first + r, r === 0))
    if (rings.length === 0 || rings[0] === undefined) return []
    const attributes = Object.entries(features.columns).flatMap(([name, column]) => {
      const value = column.values[f]
      return value === "" || Number.isNaN(value) ? [] : [[name, value] as const]
    })
    return [{ id, rings: rings.flatMap((ring) => ring ?? []), attributes: Object.fromEntries(attributes) }]
  })
  const keyed = members.map((member) => ({ member, key: memberKey(member) }))
  return keyed
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .filter(({ key }, i, all) => i === 0 || key !== all[i - 1].key)
    .map(({ member }) => member)
}

/** Tells given polygons apart: parts of one feature share its id. */
export const memberKey = ({ id, rings }: SiteMember): string => `${id} ${rings[0][0]} ${rings[0][1]} ${rings[0].length}`

const ringOf = (
  { coordinates, dimension, ringEnds }: Features,
  ring: number,
  outer: boolean,
): Float64Array | undefined => {
  const [from, to] = [ring > 0 ? ringEnds[ring - 1] : 0, ringEnds[ring]]
  const xy: number[] = []
  for (let v = from; v < to; v++) {
    const [x, y] = [Math.round(coordinates[dimension * v] * 1000), Math.round(coordinates[dimension * v + 1] * 1000)]
    if (xy.length === 0 || x !== xy[xy.length - 2] || y !== xy[xy.length - 1]) xy.push(x, y)
  }
  while (xy.length > 2 && xy[0] === xy[xy.length - 2] && xy[1] === xy[xy.length - 1]) xy.length -= 2
  let twice = 0
  for (let i = 2; i + 3 < xy.length; i += 2)
    twice += (xy[i] - xy[0]) * (xy[i + 3] - xy[1]) - (xy[i + 2] - xy[0]) * (xy[i + 1] - xy[1])
  if (Math.abs(twice) < 2 * LEAST) return undefined
  if (twice > 0 === outer) return Float64Array.from(xy)
  const turned: number[] = []
  for (let i = xy.length - 2; i >= 0; i -= 2) turned.push(xy[i], xy[i + 1])
  return Float64Array.from(turned)
}

const magic = 0x3247504d

type Plain = Omit<GivenParts, "members"> & {
  readonly members: readonly (Omit<SiteMember, "rings"> & {
    readonly rings: readonly number[]
    readonly cells: number
    readonly sums: Omit<BuildingSums, "histogram" | "detail"> & {
      readonly histogram: readonly number[]
      readonly detail: readonly number[]
    }
  })[]
}

/**
 * Bytes of a tile's given outlines, little-endian: u32 "MPG2", u32 size of the JSON text; the text, padded with blanks to a multiple of 8; then f64 x, y of all
 * rings, and i32 column, row, height of the DTM's cells.
 */
export const encodeGivenParts = ({ members, ...head }: GivenParts): Uint8Array => {
  const plain: Plain = {
    ...head,
    members: members.map(({ id, rings, attributes, sums, ground }) => ({
      id,
      rings: rings.map((ring) => ring.length),
      attributes,
      cells: ground.length,
      sums: {
        ...sums,
        histogram: Array.from(sums.histogram),
        detail: Array.from(packDetail(sums.detail)),
      },
    })),
  }
  const text = new TextEncoder().encode(JSON.stringify(plain))
  const textBytes = Math.ceil(text.length / 8) * 8
  const rings = members.flatMap((member) => member.rings)
  const numbers = rings.reduce((sum, ring) => sum + ring.length, 0)
  const cells = members.reduce((sum, { ground }) => sum + ground.length, 0)
  const bytes = new Uint8Array(8 + textBytes + 8 * numbers + 4 * cells)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(4, textBytes, true)
  bytes.fill(0x20, 8, 8 + textBytes)
  bytes.set(text, 8)
  let at = 8 + textBytes
  for (const ring of rings) {
    new Float64Array(bytes.buffer, at, ring.length).set(ring)
    at += 8 * ring.length
  }
  for (const { ground } of members) {
    new Int32Array(bytes.buffer, at, ground.length).set(ground)
    at += 4 * ground.length
  }
  return bytes
}

/** True for bytes of {@link encodeGivenParts}. */
export const isGivenParts = (bytes: Uint8Array): boolean =>
  bytes.length >= 8 && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true) === magic

/** The outlines again. Throws on other bytes. */
export const decodeGivenParts = (bytes: Uint8Array): GivenParts => {
  if (!isGivenParts(bytes)) throw new Error("these bytes are no given outlines: run with --force")
  const copy = new Uint8Array(bytes)
  const textBytes = new DataView(copy.buffer).getUint32(4, true)
  const plain = JSON.parse(new TextDecoder().decode(copy.subarray(8, 8 + textBytes))) as Plain
  let at = 8 + textBytes
  const shapes = plain.members.map(({ rings }) =>
    rings.map((length) => {
      const ring = new Float64Array(copy.buffer, at, length)
      at += 8 * length
      return ring
    }),
  )
  const members = plain.members.map(({ id, attributes, cells, sums }, m): GivenMember => {
    const ground = new Int32Array(copy.buffer, at, cells)
    at += 4 * cells
    const histogram = Int32Array.from(sums.histogram)
    const detail = unpackDetail(Int32Array.from(sums.detail))
    return { id, attributes, rings: shapes[m], ground, sums: { ...sums, histogram, detail } }
  })
  return { ...plain, members }
}
