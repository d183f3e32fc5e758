/**
 * External building outlines as `vector.building` and its join read them: cleaned polygons, their
 * sums, and the bytes from tile to join.
 */
import { decodeBlob, encodeBlob, isBlob } from "../../../engine/core/blob.js"
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import type { Features } from "../../../engine/kernel.js"
import type { FootprintMember } from "../../handover/footprint/footprint.js"
import type { FootprintSums } from "../footprint/sums.js"
import type { OutlineRules } from "../outline/outline.js"
import type { YardCells } from "./yard.js"

/** An external outline with the sums and ground of one or several tiles. */
export interface ExternalMember extends FootprintMember {
  readonly sums: FootprintSums
  /** Cells of the DTM around its border and its open cells: column, row, height in mm. */
  readonly ground: Int32Array
  readonly yard: YardCells
}

/** External outlines in one tile that belong to blocks near its border. */
export interface ExternalParts {
  /** Key of the tile, `level/x/y`. */
  readonly key: string
  readonly rules: OutlineRules
  /** Side of the DTM's cells, mm. */
  readonly groundCellMm: number
  readonly members: readonly ExternalMember[]
}

/** Rings of less area, mm², are neither buildings nor courtyards. */
const LEAST = 1e6

/**
 * External polygons on whole millimetres: outer ring counter-clockwise first, then holes,
 * clockwise, not closed, without repeated vertices. Drops rings below 1 m² and repeated polygons.
 * Ordered by id, then first vertex. Attributes are the non-empty columns.
 */
export const externalPolygons = (features: Features): FootprintMember[] => {
  const members = features.ids.flatMap((id, f): FootprintMember[] => {
    const first = f > 0 ? features.partEnds[f - 1] : 0
    const rings = Array.from({ length: features.partEnds[f] - first }, (_, r) => readRing(features, first + r, r === 0))
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

/** Identifies an external polygon: parts of one feature share its id. */
export const memberKey = ({ id, rings }: FootprintMember): string =>
  `${id} ${rings[0][0]} ${rings[0][1]} ${rings[0].length}`

const readRing = (
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
  const twice = doubledArea(xy)
  if (Math.abs(twice) < 2 * LEAST) return undefined
  if (twice > 0 === outer) return Float64Array.from(xy)
  const turned: number[] = []
  for (let i = xy.length - 2; i >= 0; i -= 2) turned.push(xy[i], xy[i + 1])
  return Float64Array.from(turned)
}

const MARK = "MPG4"

export const encodeExternalParts = (parts: ExternalParts): Uint8Array => encodeBlob(MARK, parts)

/** True for bytes of {@link encodeExternalParts}. */
export const isExternalParts = (bytes: Uint8Array): boolean => isBlob(MARK, bytes)

/** Throws on other bytes. */
export const decodeExternalParts = (bytes: Uint8Array): ExternalParts =>
  decodeBlob(MARK, bytes.slice(), "external outlines")
