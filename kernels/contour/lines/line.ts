/** The layer of contours: whole lines in one canonical form, whatever pieces they consist of. */
import { flattenRings, makeColumns } from "../../../engine/core/feature-table.js"
import { doubledArea } from "../../../engine/core/geometry/rings.js"
import { farthestVertex, simplifyLine } from "../../../engine/core/geometry/simplify-line.js"
import { objectId } from "../../../engine/core/hash.js"
import type { ColumnFacts, Features, FeaturesPort } from "../../../engine/kernel.js"

/** How whole lines become contour features; part of every blob, so that tiles and join agree. */
export interface ContourRules {
  /** Height between levels, metres. */
  readonly interval: number
  /** Every `index`-th level is an index contour. */
  readonly index: number
  /** Closed lines shorter than this are dropped, metres. */
  readonly minLength: number
  /** Tolerance of simplification, metres; 0 keeps every vertex. */
  readonly tolerance: number
  /** Reach of the smoothing of heights, metres; 0: none. */
  readonly smooth: number
}

/**
 * A whole line: x, y pairs, CRS metres, higher ground on the left; closed if the last vertex
 * repeats the first.
 */
export interface ContourLine {
  readonly level: number
  readonly xy: Float64Array
}

const contourColumns: Readonly<Record<string, ColumnFacts>> = {
  elevation: { type: "number", unit: "m", help: "altitude of the line" },
  index: { type: "integer", as: "boolean", help: "true: an index contour (by default every fifth line)" },
  depression: {
    type: "integer",
    as: "boolean",
    help: "true: a closed line around lower ground; never for a line that the 10 km grid cuts",
  },
  length: { type: "number", unit: "m", help: "length in plan" },
}

/** The layer of contours. */
export const contourLayer = {
  kind: "features",
  geometry: "LineString",
  help: "contour lines",
  columns: contourColumns,
  style: {
    colour: "#00e5ff",
    isLow: true,
    endsAtRoofs: true,
    zoom: { first: 15, early: { column: "index", first: 13 } },
    map: {
      label: "Contour",
      needs: "contours",
      largestPixel: 5,
      levels: { column: "elevation", interval: "interval", index: "index", notOver: "water" },
      relief: { line: "#8a5a2b", width: 0.7, halo: "rgba(255,252,240,0.85)" },
      image: { line: "#fff1c9", width: 0.8, halo: "rgba(60,45,20,0.75)", backing: "#5f7048" },
      both: { line: "#a8642a", width: 0.9, halo: "rgba(255,252,240,0.85)" },
    },
  },
} as const satisfies FeaturesPort

/**
 * Features of whole contour lines. The same line gives the same bits, whatever its pieces: a closed
 * line starts at its westernmost, then southernmost vertex. Repeated vertices are dropped, then the
 * line is simplified.
 *
 * | column | unit | |
 * |---|---|---|
 * | elevation | m | level · interval |
 * | index | 0, 1 | 1: every `index`-th level |
 * | depression | 0, 1 | 1: closed around lower ground; 0 for parts of a cut line |
 * | length | m | of the line as written |
 *
 * The id is a hash of level, length and the first and middle vertex before simplification. The
 * middle vertex is the representative point.
 */
export const contourFeatures = (
  lines: Iterable<ContourLine>,
  rules: ContourRules,
): { features: Features; dropped: number } => {
  const rows: {
    id: string
    level: number
    length: number
    depression: boolean
    xy: Float64Array
    anchor: Float64Array
  }[] = []
  let dropped = 0
  for (const { level, xy } of lines) {
    const whole = canonicalLine(xy)
    const fullLength = measureLength(whole)
    const closed = isClosed(whole)
    if (whole.length < 4 || (closed && (whole.length < 8 || fullLength < rules.minLength))) {
      dropped++
      continue
    }
    const middle = 2 * Math.floor(whole.length / 4)
    const name = `contour|${level}|${Math.round(fullLength * 1000)}|${Math.round(whole[middle] * 100)}|${Math.round(whole[middle + 1] * 100)}`
    const simple = simplified(whole, closed, rules.tolerance)
    rows.push({
      id: objectId(name, whole[0], whole[1]),
      level,
      length: measureLength(simple),
      // Higher ground is on the left: around lower ground a line runs clockwise.
      depression: closed && doubledArea(whole) < 0,
      xy: simple,
      anchor: whole.slice(middle, middle + 2),
    })
  }
  const { numbers, integers } = makeColumns(rows)
  const features: Features = {
    geometry: "LineString",
    ...flattenRings(rows.map(({ xy }) => [xy])),
    ids: rows.map((row) => row.id),
    anchors: Float64Array.from(rows.flatMap((row) => [...row.anchor])),
    columns: {
      elevation: numbers((row) => tidy(row.level * rules.interval)),
      index: integers((row) => (row.level % rules.index === 0 ? 1 : 0)),
      depression: integers((row) => (row.depression ? 1 : 0)),
      length: numbers((row) => tidy(row.length)),
    },
  }
  return { features, dropped }
}

/** Rounds to the millimetre, against 0.30000000000000004. */
const tidy = (metres: number): number => Math.round(metres * 1000) / 1000

const isClosed = (xy: Float64Array): boolean =>
  xy.length > 2 && xy[0] === xy[xy.length - 2] && xy[1] === xy[xy.length - 1]

const measureLength = (xy: Float64Array): number => {
  let length = 0
  for (let i = 2; i < xy.length; i += 2) {
    const dx = xy[i] - xy[i - 2]
    const dy = xy[i + 1] - xy[i - 1]
    length += Math.sqrt(dx * dx + dy * dy)
  }
  return length
}

const canonicalLine = (xy: Float64Array): Float64Array => {
  const chosen = new Float64Array(xy.length)
  let count = 0
  for (let i = 0; i < xy.length; i += 2) {
    if (count > 0 && chosen[count - 2] === xy[i] && chosen[count - 1] === xy[i + 1]) continue
    chosen[count++] = xy[i]
    chosen[count++] = xy[i + 1]
  }
  const line = chosen.slice(0, count)
  return isClosed(line) ? startAtWest(line) : line
}

/**
 * Turns a ring to begin at its westernmost, then southernmost vertex. If it passes there twice, the
 * vertices that follow decide.
 */
const startAtWest = (ring: Float64Array): Float64Array => {
  const size = ring.length - 2
  const compare = (a: number, b: number): number => {
    for (let i = 0; i < size; i++) {
      const difference = ring[(a + i) % size] - ring[(b + i) % size]
      if (difference !== 0) return difference
    }
    return 0
  }
  let best = 0
  for (let v = 2; v < size; v += 2) if (compare(v, best) < 0) best = v
  const turned = new Float64Array(ring.length)
  for (let i = 0; i < ring.length; i++) turned[i] = ring[(best + i) % size]
  return turned
}

const simplified = (xy: Float64Array, closed: boolean, tolerance: number): Float64Array => {
  if (tolerance <= 0) return xy
  const count = xy.length / 2
  const keep = new Uint8Array(count)
  if (closed) keep[farthestVertex(xy, count, 0)] = 1
  simplifyLine(xy, keep, 0, count - 1, tolerance)
  const chosen: number[] = []
  for (let v = 0; v < count; v++) if (keep[v] === 1) chosen.push(xy[2 * v], xy[2 * v + 1])
  // A ring needs three vertices.
  return closed && chosen.length < 8 ? xy : Float64Array.from(chosen)
}
