/**
 * Polygons that one region passes to the job because they are at its border, their encoding, and
 * their joining across borders.
 */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import { elementAt } from "../../../engine/core/lists.js"
import { UnionFind } from "../../geometry/union-find.js"
import { type CoverRow, coverRows } from "./object.js"
import type { CoverPartRules } from "./part.js"
import { type CoverPolygon, commonCoverRules } from "./region.js"
import { facingPairs, fillLines, knownAcross, lineEdges } from "./region-lines.js"

/** A region's polygons at its lines, and the windows of its tiles. */
export interface CoverCuts {
  readonly rules: CoverPartRules
  /** West, south, east, north of each tile in mm. */
  readonly windows: readonly (readonly [number, number, number, number])[]
  readonly polygons: readonly CoverPolygon[]
}

const MARK = "MCC1"

export const encodeCoverCuts = (cuts: CoverCuts): Uint8Array => encodeBlob(MARK, cuts)

/** Decodes a region's cuts, as views of the bytes. Throws on other bytes. */
export const decodeCoverCuts = (bytes: Uint8Array): CoverCuts => {
  const { polygons, ...rest } = decodeBlob<CoverCuts>(MARK, bytes, "cuts of a region's coverage")
  return { ...rest, polygons: polygons.map((one) => ({ ...one, atEnd: one.open ? 1 : 0, cut: true })) }
}

/**
 * Makes objects of the polygons at the lines of the regions: those of one code that face each other
 * across a line form one object. Both sides get all vertices on a line, so their edges there are
 * equal. The order of the regions does not matter. Memory: 100 bytes a vertex. Time: O(n log n).
 */
export const joinCoverCuts = (regions: readonly CoverCuts[]): CoverRow[] => {
  const rules = commonCoverRules(regions)
  const isKnown = knownAcross(regions.flatMap(({ windows }) => windows))
  const polygons = regions.flatMap((region) => region.polygons)
  const edges = polygons.map(({ rings }) => lineEdges(rings))
  const parent = UnionFind.make(polygons.length)
  for (const [a, b] of facingPairs(edges))
    if (elementAt(polygons, a).code === elementAt(polygons, b).code) UnionFind.unite(parent, a, b)
  const fill = fillLines(polygons.flatMap(({ rings }) => rings))
  return UnionFind.groups(parent).flatMap((members) => {
    const own = members.map((p) => elementAt(polygons, p))
    const ends = members.some((p, k) => own[k]?.open || elementAt(edges, p).some((edge) => !isKnown(edge)))
    const parts = own.map((polygon) => ({ ...polygon, rings: polygon.rings.map(fill) }))
    return coverRows(parts, rules, ends)
  })
}
