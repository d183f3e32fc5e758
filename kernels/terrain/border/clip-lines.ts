/** Clips breaklines to a tile, with the same crossings as the tile across. */
import type { Features } from "../../../engine/kernel.js"

/** Pieces of lines inside a square tile; integers of mm relative to its origin. */
export interface ClippedLines {
  /** Ends of straight pieces: x, y, z, x, y, z each. */
  readonly pieces: Int32Array
  /** The same for pieces along a side of the square. */
  readonly sidePieces: Int32Array
  /** Places on the sides of the square: x, y, z each. */
  readonly crossings: Int32Array
}

type Place = readonly [x: number, y: number, z: number]

/**
 * Clips lines with heights to the square [0, side]². A crossing with a side is computed from the
 * ends of its segment, the smaller (x, then y) first. It is rounded to whole mm: the tile across
 * finds the same. Vertices on a side are crossings too. O(vertices).
 */
export const clipLines = (lines: Features, origin: readonly [number, number, number], side: number): ClippedLines =>
  clip(lines.ringEnds, (k) => [0, 1, 2].map((axis) => millimetres(lines, k, axis, origin)) as unknown as Place, side)

/** The same for lines in whole mm relative to the square's corner, x, y, z a vertex. */
export const clipLocalLines = (lines: readonly Int32Array[], side: number): ClippedLines => {
  let count = 0
  const ends = lines.map((line) => (count += line.length / 3))
  const all = new Int32Array(3 * count)
  lines.forEach((line, i) => {
    all.set(line, 3 * ends[i] - line.length)
  })
  return clip(ends, (k) => [all[3 * k], all[3 * k + 1], all[3 * k + 2]], side)
}

/** @param ends number of vertices up to the end of each line */
const clip = (ends: Iterable<number>, place: (k: number) => Place, side: number): ClippedLines => {
  const pieces: number[] = []
  const sidePieces: number[] = []
  const crossings: number[] = []
  let start = 0
  for (const end of ends) {
    for (let k = start; k < end; k++) {
      const here = place(k)
      if (isInside(here, side) && isOnSide(here, side)) crossings.push(...here)
      if (k > start) clipSegment(place(k - 1), here, side, { pieces, sidePieces, crossings })
    }
    start = end
  }
  return {
    pieces: Int32Array.from(pieces),
    sidePieces: Int32Array.from(sidePieces),
    crossings: Int32Array.from(crossings),
  }
}

const millimetres = (
  { coordinates, dimension }: Features,
  k: number,
  axis: number,
  origin: readonly [number, number, number],
): number => Math.round(coordinates[dimension * k + axis] * 1000) - Math.round(origin[axis as 0 | 1 | 2] * 1000)

const isInside = ([x, y]: Place, side: number): boolean => x >= 0 && y >= 0 && x <= side && y <= side
const isOnSide = ([x, y]: Place, side: number): boolean => x === 0 || y === 0 || x === side || y === side

const clipSegment = (
  from: Place,
  to: Place,
  side: number,
  into: { pieces: number[]; sidePieces: number[]; crossings: number[] },
): void => {
  if (Math.max(from[0], to[0]) < 0 || Math.min(from[0], to[0]) > side) return
  if (Math.max(from[1], to[1]) < 0 || Math.min(from[1], to[1]) > side) return
  if (from[0] === to[0] && from[1] === to[1]) return
  const [a, b] = from[0] < to[0] || (from[0] === to[0] && from[1] < to[1]) ? [from, to] : [to, from]
  const cuts: { share: number; place: Place }[] = []
  for (const axis of [0, 1] as const) {
    for (const line of [0, side]) {
      if ((a[axis] - line) * (b[axis] - line) >= 0) continue
      // Uses only differences, which are equal in every tile.
      const share = (line - a[axis]) / (b[axis] - a[axis])
      const other = 1 - axis
      const at = a[other]! + Math.round((b[other]! - a[other]!) * share)
      const z = a[2] + Math.round((b[2] - a[2]) * share)
      cuts.push({ share, place: axis === 0 ? [line, at, z] : [at, line, z] })
    }
  }
  cuts.sort((one, two) => one.share - two.share)
  const places = [a, ...cuts.map((cut) => cut.place), b]
  for (const { place } of cuts) if (isInside(place, side)) into.crossings.push(...place)
  for (let i = 1; i < places.length; i++) {
    const p = places[i - 1]!
    const q = places[i]!
    if (!isInside(p, side) || !isInside(q, side) || (p[0] === q[0] && p[1] === q[1])) continue
    const alongSide = [0, 1].some((axis) => p[axis] === q[axis] && (p[axis] === 0 || p[axis] === side))
    if (alongSide) into.sidePieces.push(...p, ...q)
    else into.pieces.push(...p, ...q)
  }
}
