/**
 * Cover and height of the canopy at nodes fixed in the CRS, which `vector.tree` samples and
 * `mesh.vegetation` reads.
 */
import { decodeBlob, encodeBlob } from "../../../engine/core/blob.js"
import type { Points, Scratch } from "../../../engine/kernel.js"
import { requireColumn } from "../point-set.js"

/** Distance between the nodes of the finest canopy, mm; it divides every size of a work tile. */
export const CANOPY_SPACING = 2500

/** Marks unknown ground. */
export const NO_GROUND = -0x80000000

/**
 * The canopy at nodes whose x and y are multiples of {@link CANOPY_SPACING} in the CRS, whole mm.
 * Contains the nodes that it covers by more than half, and those beside them for their shares.
 */
export interface CanopyNodes {
  /** Multiples of the spacing, from the CRS origin. */
  readonly column: Int32Array
  readonly row: Int32Array
  /** Share of the surroundings that the canopy covers, ‰. */
  readonly share: Int32Array
  /** Mean height of the canopy in the vertical CRS; 0 without canopy. */
  readonly top: Int32Array
  /** Highest point of the canopy around the node. */
  readonly highest: Int32Array
}

/**
 * A node is canopy above this share of its surroundings, ‰. At half, the outline covers about as
 * much open ground as it leaves out canopy.
 */
export const CANOPY_SHARE = 500

const MARK = "MCN2"

/** Encodes nodes; `undefined` if no canopy was requested. */
export const encodeCanopyNodes = (nodes: CanopyNodes | undefined): Uint8Array => encodeBlob(MARK, nodes ?? null)

/** Decodes nodes; no bytes give none. Throws on other bytes, and if no canopy was requested. */
export const decodeCanopyNodes = (bytes: Uint8Array): CanopyNodes => {
  if (bytes.byteLength === 0) {
    const none = new Int32Array(0)
    return { column: none, row: none, share: none, top: none, highest: none }
  }
  const nodes = decodeBlob<CanopyNodes | null>(MARK, bytes.slice(), "nodes of a canopy")
  if (nodes !== null) return nodes
  const remedy = "Set both: --set mesh.vegetation.vegetation=canopy --set vector.tree.vegetation=canopy"
  throw new Error(`vector.tree made no canopy, which mesh.vegetation needs. ${remedy}`)
}

/** Side of the bins of points, mm. It divides the spacing, and its half is whole. */
const BIN = 500
const BINS = CANOPY_SPACING / BIN
/** Classes of the canopy: medium and high vegetation. */
const isVegetation = (code: number): boolean => code === 4 || code === 5

/**
 * The data ends where one half of the surroundings has less than 1 / EDGE of the weight. There is
 * no canopy there, so it closes itself.
 */
const EDGE = 5

/** Class and height of the highest point in bins of the CRS around a box; row 0 south. */
interface Bins {
  readonly width: number
  /** Height of the highest point, mm; at equal height the lower class wins. */
  readonly z: Int32Array
  /** Its class; 0 without points. */
  readonly code: Uint8Array
}

/**
 * Samples the canopy at the nodes of a closed box, from all points of the surface. The highest
 * point of each 0.5 m bin decides whether the bin is canopy (classes 4 and 5) and how high.
 *
 * Bins within one spacing of a node count, with a weight that falls linearly to 0 in x and in y (a
 * tent). A node thus represents the surface halfway to its neighbours, and single branches and gaps
 * even out. The share is over bins with a point; the height is the mean over canopy bins.
 *
 * Only points within one spacing decide, because raster and ground may depend on remote points.
 * Sums are exact: whole numbers below 2⁵³ (weights to 6.25 · 10⁶, heights to 5 · 10⁶ mm, a hundred
 * bins). Every tile that meets a node gets the same result. O(points + nodes · 100).
 *
 * @param points with their classes; must include those within one spacing of the box
 * @param box mm of the CRS, multiples of the spacing
 */
export const sampleCanopy = (
  points: Points,
  box: readonly [minX: number, minY: number, maxX: number, maxY: number],
  scratch: Scratch,
): CanopyNodes => {
  const [column0, row0, column1, row1] = box.map((value) => value / CANOPY_SPACING) as [number, number, number, number]
  const columns = column1 - column0 + 1
  const count = columns * (row1 - row0 + 1)
  const bins = sortIntoBins(points, box, scratch)
  const sample = { share: new Int32Array(count), top: new Int32Array(count), highest: new Int32Array(count) }
  for (let i = 0; i < count; i++) {
    const { share, top, highest } = around(bins, BINS * (i % columns), BINS * Math.floor(i / columns))
    sample.share[i] = share
    sample.top[i] = top
    sample.highest[i] = highest
  }
  const isCanopy = (i: number): boolean => sample.share[i] > CANOPY_SHARE
  const chosen: number[] = []
  for (let i = 0; i < count; i++) {
    const column = i % columns
    const isBeside =
      (column > 0 && isCanopy(i - 1)) ||
      (column + 1 < columns && isCanopy(i + 1)) ||
      (i >= columns && isCanopy(i - columns)) ||
      (i + columns < count && isCanopy(i + columns))
    if (isCanopy(i) || isBeside) chosen.push(i)
  }
  const of = (value: (i: number) => number): Int32Array => Int32Array.from(chosen, value)
  return {
    column: of((i) => column0 + (i % columns)),
    row: of((i) => row0 + Math.floor(i / columns)),
    share: of((i) => sample.share[i]),
    top: of((i) => sample.top[i]),
    highest: of((i) => sample.highest[i]),
  }
}

const sortIntoBins = (
  points: Points,
  [minX, minY, maxX, maxY]: readonly [number, number, number, number],
  scratch: Scratch,
): Bins => {
  const { count, x, y, z, origin } = points
  const classes = requireColumn(points, "classification")
  const [width, height] = [(maxX - minX) / BIN + 2 * BINS, (maxY - minY) / BIN + 2 * BINS]
  const [left, low, base] = [
    minX - CANOPY_SPACING - Math.round(1000 * origin[0]),
    minY - CANOPY_SPACING - Math.round(1000 * origin[1]),
    Math.round(1000 * origin[2]),
  ]
  const bins = { width, z: scratch.int32(width * height), code: scratch.uint8(width * height) }
  for (let p = 0; p < count; p++) {
    const [column, row] = [Math.floor((x[p] - left) / BIN), Math.floor((y[p] - low) / BIN)]
    if (column < 0 || row < 0 || column >= width || row >= height) continue
    const i = row * width + column
    const [own, code] = [z[p] + base, classes[p]]
    if (bins.code[i] !== 0 && (own < bins.z[i] || (own === bins.z[i] && code >= bins.code[i]))) continue
    bins.z[i] = own
    bins.code[i] = code
  }
  return bins
}

/** Samples the node whose surroundings begin at bin (column, row). */
const around = (
  { width, z, code }: Bins,
  column: number,
  row: number,
): { share: number; top: number; highest: number } => {
  let [all, covered, heights, highest, west, south] = [0, 0, 0, 0, 0, 0]
  for (let r = 0; r < 2 * BINS; r++) {
    const down = CANOPY_SPACING - Math.abs((r + 0.5 - BINS) * BIN)
    for (let c = 0; c < 2 * BINS; c++) {
      const i = (row + r) * width + column + c
      if (code[i] === 0) continue
      const weight = down * (CANOPY_SPACING - Math.abs((c + 0.5 - BINS) * BIN))
      all += weight
      if (c < BINS) west += weight
      if (r < BINS) south += weight
      if (!isVegetation(code[i])) continue
      highest = covered === 0 ? z[i] : Math.max(highest, z[i])
      covered += weight
      heights += weight * z[i]
    }
  }
  const isAtEdge = Math.min(west, all - west, south, all - south) * EDGE < all
  if (covered === 0 || isAtEdge) return { share: 0, top: 0, highest: 0 }
  return { share: Math.round((1000 * covered) / all), top: Math.round(heights / covered), highest }
}
