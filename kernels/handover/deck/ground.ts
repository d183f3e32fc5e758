/**
 * The ground at and under a bridge deck: abutments, feet of their walls, and heights below the
 * deck.
 * See docs/decisions/07-abutments.md.
 */
import { boxOfRings, isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { distanceToRings } from "../../../engine/core/geometry/segments.js"
import { simplifyProfile } from "../border/border-profile.js"
import { at, type DeckRim, deckRim, findRuns, RimKind, type RimPiece } from "./rim.js"

/** The ground at and under a deck, whole millimetres of the CRS. */
export interface DeckGround {
  /**
   * Constrained lines, x, y, z of each vertex: abutments, and a little under the deck the feet of
   * their walls.
   */
  readonly lines: readonly (readonly number[])[]
  /** Vertices of the ground under the deck: x, y, z each. */
  readonly places: readonly number[]
}

/**
 * Distance of abutments inside the outline, mm. `refineTin` drops points of another height nearer
 * than that to a line; inside the outline there are none.
 */
const INSET = 100
/**
 * Distance between an abutment and the foot of its wall, mm: a height field has no vertical walls.
 */
const WALL = 300
/**
 * Depths beyond the abutment, mm, at which to look for the ground of a foot. The outline follows
 * cells, so places close to it may see only the abutment.
 */
const PROBES = [WALL, 2 * WALL, 4 * WALL, 8 * WALL]
/**
 * Spacing, mm, of the vertices of ground under decks, fixed in the CRS; it divides the side of
 * every tile.
 */
const GRID = 2500
/** Least distance of these vertices from the outline, mm. */
const CLEAR = 1000
/** Tolerance, mm, when heights along an abutment are simplified. */
const TOLERANCE = 20
/**
 * Directions of the chords through a place, one every 2°, in whole numbers for the same result on
 * every machine.
 */
const DIRECTIONS: readonly (readonly [x: number, y: number])[] = Array.from({ length: 90 }, (_, k) => [
  Math.round(1e4 * Math.cos((k * Math.PI) / 90)),
  Math.round(1e4 * Math.sin((k * Math.PI) / 90)),
])

/**
 * The ground where a deck meets it and under the deck, from the heights beside its outline.
 *
 * Abutments: where the ground beside the outline is at deck height, a line 0.1 m inside it is an
 * edge of the ground. Its height is that of the deck's smooth top. Where the ground under the deck
 * falls away from it more steeply than 1 : 1, there must be a wall. A second line 0.3 m farther
 * under the deck is its foot. Places: vertices of the ground under the deck on a grid of 2.5 m
 * fixed in the CRS.
 *
 * Heights under the deck are interpolated linearly along chords through a place, between the ground
 * at their ends. Chords that end at an abutment or at unknown ground do not count. The weight is
 * the inverse eighth power of the length, so that chords along the deck do not fill a valley. A
 * plane is reproduced exactly. Without a chord a place has no height and the triangulation decides.
 *
 * Source: Gordon and Wixom, "Pseudo-harmonic interpolation on convex domains", 1974. O(places ·
 * edges · 90).
 *
 * @param rings outline: x, y, whole mm of the CRS, outer counter-clockwise, holes clockwise, not
 *   closed
 * @param heights cells as `deckHeights` lists them
 * @param stepMm largest step between deck and ground where they meet
 */
export const deckGround = (
  rings: readonly Float64Array[],
  heights: Int32Array,
  cellMm: number,
  stepMm: number,
): DeckGround => {
  const rim = deckRim(rings, heights, cellMm, stepMm)
  const directions = [...DIRECTIONS, ...abutmentDirections(rim)]
  const under = (x: number, y: number): number => heightUnder(rings, rim, directions, x, y)
  const lines: number[][] = []
  for (const { pieces } of rim.rings) {
    for (const [from, to] of findRuns(pieces, ({ kind }) => kind === RimKind.abutment)) {
      const places = Array.from({ length: to - from + 1 }, (_, k) =>
        placeInside(rings, pieces, from + k, k === 0, k === to - from, to - from === pieces.length),
      )
      const top = places.map(({ x, y }) => Math.round(rim.top(x, y)))
      const foot = fillUnseen(places.map((place, k) => findFoot(rings, place, top[k], under)))
      lines.push(...drawLines(places, top, ({ x, y }) => [x, y]))
      lines.push(...drawLines(places, foot, ({ x, y, inX, inY }) => [Math.round(x + inX), Math.round(y + inY)]))
    }
  }
  return { lines, places: placesUnder(rings, under) }
}

/** A place on an abutment, and the offset from it to the foot of its wall. */
interface RimPlace {
  readonly x: number
  readonly y: number
  readonly inX: number
  readonly inY: number
  readonly corner: boolean
}

/**
 * The place of the abutment at the start of piece k (the end of piece k − 1). It may be the first
 * or last of a run, or the run may be the whole ring (`round`). Ends have the same distance from
 * the sides of the deck as from its end.
 */
const placeInside = (
  rings: readonly Float64Array[],
  pieces: readonly RimPiece[],
  k: number,
  first: boolean,
  last: boolean,
  round: boolean,
): RimPlace => {
  const [before, after] = [at(pieces, k - 1), at(pieces, k)]
  const one = first && !round ? after.out : before.out
  const two = last && !round ? before.out : after.out
  // At a corner the line stays equally far from both edges; the bound limits the offset at sharp
  // corners.
  const share = -1 / Math.max(0.5, 1 + one[0] * two[0] + one[1] * two[1])
  const [inX, inY] = [share * (one[0] + two[0]), share * (one[1] + two[1])]
  const along = round ? 0 : first ? INSET : last ? -INSET : 0
  const x = Math.round(after.ax + INSET * inX - along * two[1])
  const y = Math.round(after.ay + INSET * inY + along * two[0])
  const inside = isInsideHalfOpen(rings, x, y)
  return {
    x: inside ? x : after.ax,
    y: inside ? y : after.ay,
    inX: WALL * inX,
    inY: WALL * inY,
    corner: after.corner || first || last,
  }
}

/**
 * Height of the foot of the wall, mm; NaN without a wall, undefined where no chord sees the ground.
 */
const findFoot = (
  rings: readonly Float64Array[],
  { x, y, inX, inY }: RimPlace,
  top: number,
  under: (x: number, y: number) => number,
): number | undefined => {
  if (!isInsideHalfOpen(rings, x + inX, y + inY)) return Number.NaN
  for (const depth of PROBES) {
    const [px, py] = [x + (inX * depth) / WALL, y + (inY * depth) / WALL]
    const height = isInsideHalfOpen(rings, px, py) ? under(px, py) : Number.NaN
    if (!Number.isNaN(height)) return top - height > depth ? height : Number.NaN
  }
  return undefined
}

/** Interpolates unseen heights linearly between two walls; NaN without a wall on both sides. */
const fillUnseen = (heights: readonly (number | undefined)[]): number[] => {
  const filled = heights.map((height) => height ?? Number.NaN)
  for (let from = 0; from < filled.length; from++) {
    let to = from + 1
    while (to < filled.length && heights[to] === undefined) to++
    if (to === filled.length) break
    for (let k = from + 1; k < to; k++)
      filled[k] = Math.round(filled[from] + ((filled[to] - filled[from]) * (k - from)) / (to - from))
    from = to - 1
  }
  return filled
}

/**
 * Lines through places with a height: their corners, and the vertices that bends of the heights
 * need. A line has at least two places.
 */
const drawLines = (
  places: readonly RimPlace[],
  heights: readonly number[],
  plan: (place: RimPlace) => readonly [number, number],
): number[][] => {
  const lines: number[][] = []
  for (let from = 0; from < places.length; from++) {
    let to = from
    while (to < places.length && !Number.isNaN(heights[to])) to++
    if (to - from > 1) lines.push(drawLine(places, heights, plan, from, to))
    from = to
  }
  return lines
}

const drawLine = (
  places: readonly RimPlace[],
  heights: readonly number[],
  plan: (place: RimPlace) => readonly [number, number],
  from: number,
  to: number,
): number[] => {
  const line: number[] = []
  const add = (k: number): void => {
    line.push(...plan(places[k]), heights[k])
  }
  for (let start = from; start + 1 < to; ) {
    let end = start + 1
    while (end + 1 < to && !places[end].corner) end++
    const steps = Array.from({ length: end - start + 1 }, (_, k) => k)
    const retained = simplifyProfile(
      steps,
      steps.map((k) => heights[start + k]),
      TOLERANCE,
    )
    for (const k of retained.slice(0, -1)) add(start + k)
    start = end
  }
  add(to - 1)
  return line
}

/**
 * Directions of the outline's abutment edges: along them, places close by see both sides of the
 * deck.
 */
const abutmentDirections = ({ rings }: DeckRim): (readonly [x: number, y: number])[] =>
  rings.flatMap(({ pieces, starts }) =>
    Array.from(starts, (start, i) => pieces.slice(start, starts[i + 1]))
      .filter((edge) => edge.some(({ kind }) => kind === RimKind.abutment))
      .map((edge) => {
        const last = edge[edge.length - 1]
        return [last.bx - edge[0].ax, last.by - edge[0].ay] as const
      }),
  )

/** Vertices inside the outline: x, y, z each. */
const placesUnder = (rings: readonly Float64Array[], under: (x: number, y: number) => number): number[] => {
  const [minX, minY, maxX, maxY] = boxOfRings(rings)
  const places: number[] = []
  for (let y = Math.ceil(minY / GRID) * GRID; y < maxY; y += GRID) {
    for (let x = Math.ceil(minX / GRID) * GRID; x < maxX; x += GRID) {
      if (!isInsideHalfOpen(rings, x, y) || distanceToRings(rings, x, y) < CLEAR) continue
      const z = under(x, y)
      if (!Number.isNaN(z)) places.push(x, y, z)
    }
  }
  return places
}

/** Height of the ground under a deck, whole mm; NaN without a usable chord. */
const heightUnder = (
  rings: readonly Float64Array[],
  rim: DeckRim,
  directions: readonly (readonly [x: number, y: number])[],
  x: number,
  y: number,
): number => {
  let [sum, weights] = [0, 0]
  const hit = { ahead: 0, behind: 0, aheadPiece: undefined, behindPiece: undefined } as ChordEnds
  for (const direction of directions) {
    findEnds(rings, rim, x, y, direction, hit)
    const { ahead, behind, aheadPiece, behindPiece } = hit
    if (aheadPiece?.kind !== RimKind.open || behindPiece?.kind !== RimKind.open) continue
    const height = (aheadPiece.ground * behind + behindPiece.ground * ahead) / (ahead + behind)
    const weight = (1e4 / (ahead + behind)) ** 8
    sum += weight * height
    weights += weight
  }
  return weights === 0 ? Number.NaN : Math.round(sum / weights)
}

interface ChordEnds {
  /** Distances to the outline along the direction and against it, mm. */
  ahead: number
  behind: number
  aheadPiece: RimPiece | undefined
  behindPiece: RimPiece | undefined
}

/** Finds where the line through a place first meets the outline, on both sides. */
const findEnds = (
  rings: readonly Float64Array[],
  rim: DeckRim,
  x: number,
  y: number,
  direction: readonly [number, number],
  ends: ChordEnds,
): void => {
  const length = Math.hypot(direction[0], direction[1])
  const [ux, uy] = [direction[0] / length, direction[1] / length]
  ends.ahead = ends.behind = Number.POSITIVE_INFINITY
  ends.aheadPiece = ends.behindPiece = undefined
  for (let r = 0; r < rings.length; r++) {
    const ring = rings[r]
    const { pieces, starts } = rim.rings[r]
    let [bx, by] = [ring[0], ring[1]]
    for (let i = 0; i < ring.length; i += 2) {
      const [ax, ay] = [bx, by]
      const j = i + 2 < ring.length ? i + 2 : 0
      bx = ring[j]
      by = ring[j + 1]
      const [ex, ey] = [bx - ax, by - ay]
      const [px, py] = [ax - x, ay - y]
      const turn = ux * ey - uy * ex
      const across = px * uy - py * ux
      // Rejects most edges without a division: `across / turn` must be at least 0 and below 1.
      if (turn > 0 ? across < 0 || across >= turn : across > 0 || across <= turn) continue
      const along = (px * ey - py * ex) / turn
      if (along >= 0 ? along >= ends.ahead : -along >= ends.behind) continue
      const share = across / turn
      const [start, end] = [starts[i / 2], i + 2 < ring.length ? starts[i / 2 + 1] : pieces.length]
      const piece = pieces[start + Math.floor(share * (end - start))]
      if (along >= 0) {
        ends.ahead = along
        ends.aheadPiece = piece
      } else {
        ends.behind = -along
        ends.behindPiece = piece
      }
    }
  }
}
