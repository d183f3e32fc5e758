import { UnionFind } from "../../geometry/union-find.js"
import type { CoverRow } from "./object.js"
import { coverRows } from "./object.js"
import type { CoverPartRules } from "./part.js"
import { type CoverPolygon, commonCoverRules } from "./region.js"
import { facingPairs, LinePlaces, LineStretches, lineEdges } from "./square-lines.js"

/** What a square hands on: its polygons at the lines of the squares, and what of it the job's tiles hold. */
export interface CoverCuts {
  readonly rules: CoverPartRules
  /** Windows of its tiles: west, south, east, north in mm. */
  readonly windows: readonly (readonly [number, number, number, number])[]
  readonly polygons: readonly CoverPolygon[]
}

const magic = 0x3153504d
const headerBytes = 12

type Plain = Omit<CoverCuts, "polygons"> & { readonly polygons: readonly (readonly number[])[] }

/**
 * Bytes of a square's cuts, little-endian: u32 "MPS1", u32 size of the JSON text, u32 vertices; the text (rules, windows, and for each polygon: code, cells, seen, heights, highest, first and last day (−1: none),
 * longest run, open, lengths of its rings in vertices), padded with blanks to a multiple of 8; then f64 x, y of the vertices, mm.
 */
export const encodeCoverCuts = ({ polygons, ...rest }: CoverCuts): Uint8Array => {
  const plain: Plain = {
    ...rest,
    polygons: polygons.map(({ code, cells, seen, heights, highest, firstDay, lastDay, run, open, rings }) => [
      code,
      cells,
      seen,
      heights,
      highest,
      Number.isFinite(firstDay) ? firstDay : -1,
      Number.isFinite(lastDay) ? lastDay : -1,
      ...run,
      open ? 1 : 0,
      ...rings.map((ring) => ring.length / 2),
    ]),
  }
  const encoded = new TextEncoder().encode(JSON.stringify(plain))
  const textBytes = 8 * Math.ceil((headerBytes + encoded.length) / 8) - headerBytes
  const vertices = polygons.reduce((sum, { rings }) => sum + rings.reduce((own, ring) => own + ring.length / 2, 0), 0)
  const bytes = new Uint8Array(headerBytes + textBytes + 16 * vertices)
  const view = new DataView(bytes.buffer)
  ;[magic, textBytes, vertices].forEach((value, i) => {
    view.setUint32(4 * i, value, true)
  })
  bytes.fill(0x20, headerBytes, headerBytes + textBytes)
  bytes.set(encoded, headerBytes)
  const xy = new Float64Array(bytes.buffer, headerBytes + textBytes, 2 * vertices)
  let at = 0
  for (const { rings } of polygons) {
    for (const ring of rings) {
      xy.set(ring, at)
      at += ring.length
    }
  }
  return bytes
}

/** The cuts again. Throws on bytes of another making. */
export const decodeCoverCuts = (bytes: Uint8Array): CoverCuts => {
  const copy = new Uint8Array(bytes)
  const view = new DataView(copy.buffer)
  if (copy.length < headerBytes || view.getUint32(0, true) !== magic) {
    throw new Error(`cuts of ${bytes.length} bytes without their mark: made by another version? run with --force`)
  }
  const [textBytes, vertices] = [view.getUint32(4, true), view.getUint32(8, true)]
  const plain = JSON.parse(new TextDecoder().decode(copy.subarray(headerBytes, headerBytes + textBytes))) as Plain
  const xy = new Float64Array(copy.buffer, headerBytes + textBytes, 2 * vertices)
  let at = 0
  const polygons = plain.polygons.map((values): CoverPolygon => {
    const [code, cells, seen, heights, highest, first, last, length, row, column, open, ...lengths] =
      values as number[] & [number, number, number, number, number, number, number, number, number, number, number]
    return {
      code,
      cells,
      seen,
      heights,
      highest,
      firstDay: first < 0 ? Number.POSITIVE_INFINITY : first,
      lastDay: last < 0 ? Number.NEGATIVE_INFINITY : last,
      run: [length, row, column],
      open: open === 1,
      atEnd: open,
      cut: true,
      rings: lengths.map((count) => {
        at += 2 * count
        return xy.slice(at - 2 * count, at)
      }),
    }
  })
  return { rules: plain.rules, windows: plain.windows, polygons }
}

/**
 * Makes objects of the polygons at the lines of the squares: those of one kind of vegetation that face each other across a line are one. Both sides of a line get all vertices on it, so that the parts' edges there
 * are the same. The order of the squares does not matter. Memory: 100 bytes a vertex. Time: O(n log n).
 */
export const joinCoverCuts = (squares: readonly CoverCuts[]): CoverRow[] => {
  const rules = commonCoverRules(squares)
  const known = new LineStretches()
  for (const { windows } of squares) for (const window of windows) known.add(...window)
  const polygons = squares.flatMap((square) => square.polygons)
  const edges = polygons.map(({ rings }) => lineEdges(rings))
  const parent = UnionFind.make(polygons.length)
  for (const [a, b] of facingPairs(edges)) if (polygons[a]!.code === polygons[b]!.code) UnionFind.unite(parent, a, b)
  const places = new LinePlaces()
  for (const { rings } of polygons) for (const ring of rings) places.add(ring)
  const fill = places.filler()
  const objects = new Map<number, number[]>()
  for (let p = 0; p < polygons.length; p++) {
    const root = UnionFind.find(parent, p)
    objects.set(root, [...(objects.get(root) ?? []), p])
  }
  return [...objects.values()].flatMap((members) => {
    const ends = members.some((p) => polygons[p]!.open || edges[p]!.some((edge) => !known.faces(edge)))
    const parts = members.map((p) => ({ ...polygons[p]!, rings: polygons[p]!.rings.map(fill) }))
    return coverRows(parts, rules, ends)
  })
}
