/**
 * The border of a tile of ground, by a rule that all tiles at a side or corner share.
 * See docs/decisions/02-ground-borders.md.
 */

import { elementAt } from "../../../engine/core/lists.js"
import type { Points } from "../../../engine/kernel.js"
import { type CutBorder, simplifyProfile } from "../../handover/border/border-profile.js"
import type { DataExtent } from "../../handover/extent/data-extent.js"
import { type LocalObject, placeTo } from "../../handover/footprint/footprint.js"
import type { BorderCore } from "../wasm/ground.js"
import { type Frame, frameSide, heightAmong, type Sample, STRIP, samplesOf, slopedHeight } from "./profile.js"

/** How far from a side, and along each axis from a corner, points affect the border, mm. */
export const BorderReach = { side: STRIP, corner: 16_000 } as const
/** A corner without a triangle around it takes the nearest point within this distance, mm. */
const REACH = BorderReach.corner
/**
 * The profile's share of the bound: at the full bound on both sides a crease shows along the seam.
 */
const SHARE = 0.5
/**
 * Computed heights closer than this to an anchor, mm, are dropped. So are points on the line there
 * that differ by more than twice the bound.
 */
const CLEARANCE = 100
/** Distance, mm, between the nodes of the data's extent. */
const NODE = 1000
/** Smallest distance between two vertices, mm. */
const SLIVER = 2

/**
 * A vertex that the border must have, where a ring or a breakline meets it. mm relative to the
 * tile's origin.
 */
export interface BorderAnchor {
  readonly x: number
  readonly y: number
  readonly z: number
  readonly label: number
}

export interface TerrainBorderInput {
  /**
   * Usable ground points of the tile and 16 m around it: all within {@link BorderReach} of its
   * sides and corners.
   */
  readonly points: Points
  /** Height of the lowest return of any class near a corner; NaN without any. */
  lowest(x: number, y: number): number
  readonly side: number
  readonly maxError: number
  /** All blocks and water bodies that meet the border. */
  readonly objects: readonly LocalObject[]
  /**
   * Decks: points inside their rings do not count, and the profile below is straight between
   * anchors.
   */
  readonly decks: readonly LocalObject[]
  /**
   * Crossings of breaklines and of abutments, and places under decks, in order of importance. Their
   * pieces along the sides: x, y, z, x, y, z each.
   */
  readonly crossings: readonly BorderAnchor[]
  readonly sidePieces: Int32Array
  /** Where there is data on the south, east, north and west side. */
  readonly extents: readonly DataExtent[]
  /** The core that gathered `points`, if WebAssembly did. */
  readonly core?: BorderCore | null
}

/**
 * The border, counter-clockwise from the south-west corner, and the number of points on its lines
 * by outcome. Each tile counts its south and west side.
 */
export interface TerrainBorder {
  readonly border: CutBorder
  readonly accepted: number
  readonly rejected: number
  readonly covered: number
  /** Largest distance of an accepted point on the lines to the border. */
  readonly maxError: number
}

interface Profile {
  readonly along: number[]
  readonly z: number[]
  readonly labels: number[]
  /** 1 if the edge to the next vertex lies in a void. */
  readonly open: number[]
}

interface Corner {
  readonly z: number
  readonly label: number
}

/**
 * The border of a square tile of ground. Each tile at a side or corner computes it with the same
 * result:
 *
 * - A side has heights where it cuts the canonical Delaunay triangulation of the ground points
 *   within 4 m. One point a cell of 0.5 m counts (the nearest to its centre, then the lowest), and
 *   all on the line. Edges over 16 m do not count. A whole metre without a cut takes its height
 *   from the nearest point within 2 m, along the slope of those around.
 * - A corner lies on the triangulation of the points within 4 m along the axes. Else it takes its
 *   height in this way from the nearest point within 16 m. Else it takes the lowest return there:
 *   under dense canopy tiles share no ground. Inside an object it has the mean of its vertices,
 *   weighted by inverse squared distance.
 * - Rings, breaklines and abutments have a vertex on the line; inside an object it is straight
 *   between two.
 * - Under a deck with known ground no height is computed: triangles across it would form a dam.
 * - Heights between fixed vertices are simplified to half of `maxError` (Douglas and Peucker 1973).
 * - Edges are open where the line leaves the extent of the data; a vertex is at its outermost node.
 *
 * A point on the line within 2 mm of a fixed vertex is rejected if it differs by more than the
 * bound. One within 0.10 m is rejected if it differs by more than twice the bound.
 */
export const terrainBorder = (input: TerrainBorderInput): TerrainBorder => {
  const corners = [0, 1, 2, 3].map((corner) => measureCorner(input, corner))
  const loop: { x: number[]; y: number[]; z: number[]; labels: number[]; open: number[] } = {
    x: [],
    y: [],
    z: [],
    labels: [],
    open: [],
  }
  const sum = { accepted: 0, rejected: 0, covered: 0, maxError: 0 }
  for (let index = 0; index < 4; index++) {
    const frame = frameSide(index, input.side)
    const ends = [corners[index < 2 ? index : index === 2 ? 3 : 0]!, corners[index === 0 ? 1 : index === 3 ? 3 : 2]!]
    const profile = buildProfile(input, frame, ends, sum)
    const last = profile.along.length - 1
    for (let i = 0; i < last; i++) {
      const k = index < 2 ? i : last - i
      loop.x.push(frame.horizontal ? profile.along[k]! : frame.line)
      loop.y.push(frame.horizontal ? frame.line : profile.along[k]!)
      loop.z.push(profile.z[k]!)
      loop.labels.push(profile.labels[k]!)
      loop.open.push(profile.open[index < 2 ? k : k - 1]!)
    }
  }
  const count = loop.x.length
  // A corner without points takes the height of the next vertex that has one; no surface uses it.
  const known = (i: number): number => {
    for (let k = 0; k < count; k++) if (!Number.isNaN(loop.z[(i + k) % count]!)) return loop.z[(i + k) % count]!
    return 0
  }
  const border = {
    x: Int32Array.from(loop.x),
    y: Int32Array.from(loop.y),
    z: Int32Array.from(loop.z, (_, i) => known(i)),
    classes: Uint8Array.from(loop.labels),
    open: Uint8Array.from(loop.open),
  }
  return { border, ...sum }
}

/** Indices of the points in a closed box, in order. */
const pointsWithin = (points: Points, minX: number, minY: number, maxX: number, maxY: number): Int32Array => {
  const { x, y, count } = points
  const found = new Int32Array(count)
  let size = 0
  for (let i = 0; i < count; i++) {
    found[size] = i
    if (x[i] >= minX && x[i] <= maxX && y[i] >= minY && y[i] <= maxY) size++
  }
  return found.slice(0, size)
}

const pointsIn = ({ points, core }: TerrainBorderInput, ...box: [number, number, number, number]): Int32Array =>
  core ? core.within(...box) : pointsWithin(points, ...box)

/** Indices of the points near a side, also beyond its ends. */
const stripOf = (input: TerrainBorderInput, { horizontal, line, length }: Frame): Int32Array =>
  horizontal
    ? pointsIn(input, -STRIP, line - STRIP, length + STRIP, line + STRIP)
    : pointsIn(input, line - STRIP, -STRIP, line + STRIP, length + STRIP)

/** Height and class of a corner; NaN if nothing is near. */
const measureCorner = (input: TerrainBorderInput, corner: number): Corner => {
  const { points, side, objects, crossings } = input
  const cx = corner === 1 || corner === 2 ? side : 0
  const cy = corner >= 2 ? side : 0
  for (const kind of [6, 9] as const) {
    for (const object of objects) {
      if (object.kind !== kind || placeTo(object, cx, cy) < 0) continue
      const vertex = verticesOf(object).find(({ x, y }) => x === cx && y === cy)
      return { z: vertex?.z ?? heightWithin(object, cx, cy), label: kind === 9 ? 9 : 2 }
    }
  }
  const crossing = crossings.find(({ x, y }) => x === cx && y === cy)
  if (crossing) return crossing
  const { x, y } = points
  // All four tiles know a deck over the corner.
  const decks = input.decks.filter((deck) => placeTo(deck, cx, cy) >= 0)
  const free = (reach: number): Int32Array => {
    const within = pointsIn(input, cx - reach, cy - reach, cx + reach, cy + reach)
    return decks.length === 0 ? within : within.filter((i) => decks.every((deck) => placeTo(deck, x[i], y[i]) < 0))
  }
  const height = heightAmong(points, free(STRIP), cx, cy, input.core)
  if (height !== undefined) return { z: height, label: 2 }
  const near = free(REACH)
  const nearest = findNearest(points, near, cx, cy)
  if (nearest < 0) return { z: input.lowest(cx, cy), label: 2 }
  const reach = STRIP + Math.max(Math.abs(x[nearest] - cx), Math.abs(y[nearest] - cy))
  return { z: slopedHeight(points, near, nearest, cx, cy, reach), label: 2 }
}

/**
 * Of some points the nearest to a place within reach; among equals the lowest, then southernmost,
 * then westernmost. −1: none.
 */
const findNearest = ({ x, y, z }: Points, indices: Int32Array, cx: number, cy: number): number => {
  let nearest = -1
  let least = REACH * REACH
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k]
    const distance = (x[i] - cx) ** 2 + (y[i] - cy) ** 2
    if (distance > least) continue
    if (nearest >= 0 && (distance - least || z[i] - z[nearest] || y[i] - y[nearest] || x[i] - x[nearest]) >= 0) continue
    nearest = i
    least = distance
  }
  return nearest
}

/**
 * Height inside an object: that of its vertices, weighted by the inverse squares of their
 * distances. The same in every tile.
 */
const heightWithin = (object: LocalObject, cx: number, cy: number): number => {
  let sum = 0
  let weights = 0
  for (const { x, y, z } of verticesOf(object)) {
    const weight = 1 / ((x - cx) ** 2 + (y - cy) ** 2)
    sum += weight * z
    weights += weight
  }
  return Math.round(sum / weights)
}

const verticesOf = (object: LocalObject): { x: number; y: number; z: number }[] =>
  object.rings.flatMap((ring) =>
    Array.from({ length: ring.length / 3 }, (_, i) => ({ x: ring[3 * i], y: ring[3 * i + 1], z: ring[3 * i + 2] })),
  )

/**
 * Objects that meet a side (0 south, 1 east, 2 north, 3 west) of the square: both tiles know them.
 */
export const meetingSide = (objects: readonly LocalObject[], index: number, side: number): LocalObject[] => {
  const frame = frameSide(index, side)
  const [x, y] = frame.horizontal ? [0, frame.line] : [frame.line, 0]
  return objects.filter(
    (object) =>
      placeTo(object, x, y) >= 0 ||
      verticesOf(object).some((v) => {
        const across = frame.horizontal ? v.y : v.x
        const along = frame.horizontal ? v.x : v.y
        return across === frame.line && along >= 0 && along <= frame.length
      }),
  )
}

/**
 * Decks whose outline meets a side of the square, or that cover its first corner: both tiles know
 * them. Their rings have no vertices on the lines of the grid.
 */
const decksOver = (decks: readonly LocalObject[], { horizontal, line, length }: Frame): LocalObject[] => {
  const [across, along] = horizontal ? [1, 0] : [0, 1]
  return decks.filter(
    (deck) =>
      placeTo(deck, horizontal ? 0 : line, horizontal ? line : 0) >= 0 ||
      deck.rings.some((ring) => {
        for (let i = 0; i < ring.length; i += 3) {
          const j = (i + 3) % ring.length
          const [a, b] = [ring[i + across] - line, ring[j + across] - line]
          if ((a > 0 && b > 0) || (a < 0 && b < 0)) continue
          const [from, to] = [ring[i + along], ring[j + along]]
          const ends = a === b ? [from, to] : [from + ((to - from) * a) / (a - b)]
          if (Math.max(...ends) >= 0 && Math.min(...ends) <= length) return true
        }
        return false
      }),
  )
}

/** Fixed vertices of a side in order, its ends first and last. */
const collectAnchors = (
  input: TerrainBorderInput,
  frame: Frame,
  objects: readonly LocalObject[],
  ends: readonly Corner[],
): { along: number; z: number; label: number }[] => {
  const found = new Map<number, { along: number; z: number; label: number }>()
  const add = (x: number, y: number, z: number, label: number): void => {
    const along = frame.horizontal ? x : y
    if ((frame.horizontal ? y : x) !== frame.line || along < 0 || along > frame.length || found.has(along)) return
    found.set(along, { along, z, label })
  }
  const end = (along: number, { z, label }: Corner): void => {
    found.set(along, { along, z, label })
  }
  end(0, ends[0]!)
  end(frame.length, ends[1]!)
  const blocks = objects.filter(({ kind }) => kind === 6)
  for (const block of blocks) for (const { x, y, z } of verticesOf(block)) add(x, y, z, 2)
  for (const water of objects) {
    if (water.kind !== 9) continue
    for (const { x, y, z } of verticesOf(water)) {
      if (blocks.every((block) => placeTo(block, x, y) < 0)) add(x, y, z, 9)
    }
  }
  for (const { x, y, z, label } of input.crossings) {
    if (objects.every((object) => placeTo(object, x, y) < 0)) add(x, y, z, label)
  }
  return [...found.values()].sort((a, b) => a.along - b.along)
}

const buildProfile = (
  input: TerrainBorderInput,
  frame: Frame,
  ends: readonly Corner[],
  sum: { accepted: number; rejected: number; covered: number; maxError: number },
): Profile => {
  const { points, maxError } = input
  const objects = meetingSide(input.objects, frame.index, input.side)
  const anchors = collectAnchors(input, frame, objects, ends)
  const decks = decksOver(input.decks, frame)
  const covers = [...objects, ...decks]
  const strip = stripOf(input, frame)
  const isOutside = (i: number): boolean => covers.every((object) => placeTo(object, points.x[i], points.y[i]) < 0)
  const outside = covers.length === 0 ? strip : strip.filter(isOutside)
  const isUnder = (along: number): boolean =>
    decks.some(
      (deck) =>
        deck.under !== undefined &&
        deck.under.lines.length + deck.under.places.length > 0 &&
        placeTo(deck, frame.horizontal ? along : frame.line, frame.horizontal ? frame.line : along) > 0,
    )
  const counts = frame.index === 0 || frame.index === 3
  const profile: Profile = { along: [], z: [], labels: [], open: [] }
  // Counted here, because later lists reuse the strip's memory.
  if (counts && covers.length > 0)
    sum.covered += onLineCount(points, strip, frame) - onLineCount(points, outside, frame)
  const samples = samplesOf(points, outside, frame, input.core).filter(({ along }) => !isUnder(along))
  const extent = input.extents[frame.index]!
  // Asked for later, when the strip's memory may have been used for other lists.
  const heightAt = (along: number): number =>
    heightBeside(points, stripOf(input, frame).filter(isOutside), frame, along)
  let next = 0
  for (let k = 0; k + 1 < anchors.length; k++) {
    const a = anchors[k]!
    const b = anchors[k + 1]!
    const middle = (a.along + b.along) / 2
    const [mx, my] = frame.horizontal ? [middle, frame.line] : [frame.line, middle]
    const inObject = objects.some((object) => placeTo(object, mx, my) >= 0)
    const sealed = inObject || onPiece(input.sidePieces, mx, my)
    const between: Sample[] = [{ along: a.along, z: a.z, onLine: false }]
    for (; next < samples.length; next++) {
      const sample = elementAt(samples, next)
      if (sample.along >= b.along) break
      const verdict = judgeSample(sample, a, b, maxError, sealed)
      if (verdict === "kept") between.push(sample)
      if (!sample.onLine || !counts || inObject) continue
      if (verdict === "rejected") sum.rejected++
      else sum.accepted++
    }
    between.push({ along: b.along, z: b.z, onLine: false })
    const first = profile.along.length
    const samplesToEnd = sealed ? between : withEnds(between, frame, extent, heightAt)
    addStretch(profile, samplesToEnd, frame, sealed ? undefined : extent, SHARE * maxError)
    profile.labels[first] = a.label
    sum.maxError = Math.max(sum.maxError, lineError(profile, first, between))
  }
  const last = anchors[anchors.length - 1]!
  profile.along.push(last.along)
  profile.z.push(last.z)
  profile.labels.push(last.label)
  return profile
}

/** True on a piece along a side. */
const onPiece = (pieces: Int32Array, x: number, y: number): boolean => {
  for (let i = 0; i < pieces.length; i += 6) {
    const [ax, ay, bx, by] = [pieces[i], pieces[i + 1], pieces[i + 3], pieces[i + 4]]
    if ((bx - ax) * (y - ay) !== (by - ay) * (x - ax)) continue
    if ((x - ax) * (x - bx) <= 0 && (y - ay) * (y - by) <= 0) return true
  }
  return false
}

const onLineCount = (points: Points, indices: Int32Array, { horizontal, line, length }: Frame): number => {
  const alongs = horizontal ? points.x : points.y
  const acrosses = horizontal ? points.y : points.x
  let count = 0
  for (const i of indices) if (acrosses[i] === line && alongs[i] >= 0 && alongs[i] < length) count++
  return count
}

/** How to treat a sample between two fixed vertices; between sealed ones nothing is added. */
const judgeSample = (
  { along, z, onLine }: Sample,
  a: { along: number; z: number },
  b: { along: number; z: number },
  maxError: number,
  sealed: boolean,
): "kept" | "left" | "rejected" => {
  if (sealed) {
    const height = a.z + ((b.z - a.z) * (along - a.along)) / (b.along - a.along)
    return onLine && Math.abs(z - height) > maxError ? "rejected" : "left"
  }
  const anchor = along - a.along <= b.along - along ? a : b
  const distance = Math.abs(along - anchor.along)
  if (distance >= CLEARANCE || Number.isNaN(anchor.z)) return "kept"
  if (!onLine) return "left"
  const apart = Math.abs(z - anchor.z)
  if (apart > 2 * maxError) return "rejected"
  return distance >= SLIVER ? "kept" : apart > maxError ? "rejected" : "left"
}

/**
 * The samples with one more at each outermost node of the extent between two, so that the border
 * ends there.
 */
const withEnds = (
  samples: readonly Sample[],
  frame: Frame,
  extent: DataExtent,
  heightAt: (along: number) => number,
): readonly Sample[] => {
  if (extent.whole) return samples
  const covers = (along: number): boolean =>
    frame.horizontal ? extent.covers(along, frame.line) : extent.covers(frame.line, along)
  const all: Sample[] = []
  for (const [i, a] of samples.entries()) {
    all.push(a)
    const b = samples[i + 1]
    if (b === undefined || b.along - a.along < NODE) continue
    const last = b.along - CLEARANCE
    for (let along = Math.ceil((a.along + CLEARANCE) / NODE) * NODE; along <= last; along += NODE) {
      if (!covers(along) || (covers(along - NODE) && covers(along + NODE))) continue
      const z = heightAt(along)
      const known = Number.isNaN(a.z) || b.along - along < along - a.along ? b.z : a.z
      all.push({ along, z: Number.isNaN(z) ? known : z, onLine: false })
    }
  }
  return all
}

/** Height beside points of a strip: that of the nearest, along their slope; NaN without any. */
const heightBeside = (points: Points, strip: Int32Array, { horizontal, line }: Frame, along: number): number => {
  const [cx, cy] = horizontal ? [along, line] : [line, along]
  const near = strip.filter((i) => Math.abs(points.x[i] - cx) <= STRIP && Math.abs(points.y[i] - cy) <= STRIP)
  const nearest = findNearest(points, near, cx, cy)
  return nearest < 0 ? Number.NaN : slopedHeight(points, near, nearest, cx, cy, STRIP)
}

/**
 * Simplifies the samples of a stretch and adds them, except the last one, with which the next
 * stretch begins.
 */
const addStretch = (
  profile: Profile,
  samples: readonly Sample[],
  frame: Frame,
  extent: DataExtent | undefined,
  maxError: number,
): void => {
  const covered = (a: Sample, b: Sample): boolean =>
    extent === undefined ||
    extent.whole ||
    (frame.horizontal
      ? extent.coversLine(a.along, frame.line, b.along, frame.line)
      : extent.coversLine(frame.line, a.along, frame.line, b.along))
  const joined = (a: Sample, b: Sample): boolean => !Number.isNaN(a.z) && !Number.isNaN(b.z) && covered(a, b)
  for (let from = 0; from < samples.length; ) {
    let to = from
    while (to + 1 < samples.length && joined(samples[to]!, samples[to + 1]!)) to++
    const run = samples.slice(from, to + 1)
    const chosen = simplifyProfile(
      run.map(({ along }) => along),
      run.map(({ z }) => z),
      maxError,
    )
    for (const k of chosen) {
      if (from + k === samples.length - 1) continue
      const { along, z } = elementAt(run, k)
      profile.along.push(along)
      profile.z.push(z)
      profile.labels.push(2)
      profile.open.push(0)
    }
    if (to < samples.length - 1) profile.open[profile.open.length - 1] = 1
    from = to + 1
  }
}

/** Largest distance of the stretch's points on the line to its edges. */
const lineError = (profile: Profile, first: number, samples: readonly Sample[]): number => {
  const end = samples[samples.length - 1]!
  const along = [...profile.along.slice(first), end.along]
  const z = [...profile.z.slice(first), end.z]
  let k = 0
  let largest = 0
  for (const sample of samples) {
    while (k + 2 < along.length && along[k + 1]! <= sample.along) k++
    if (!sample.onLine) continue
    const share = (sample.along - along[k]!) / (along[k + 1]! - along[k]!)
    largest = Math.max(largest, Math.abs(sample.z - z[k]! - share * (z[k + 1]! - z[k]!)))
  }
  return largest
}
