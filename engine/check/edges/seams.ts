/** Measures the gap between the borders of two tiles on their common side. */

/** Edges of a tile along one side of its cell, as segments. */
export interface BorderSide {
  /** Geocentric ends, 6 numbers a segment. */
  readonly segments: Float64Array
  /** CRS coordinate along the side (y on west and east, x on south and north) of both ends, 2 numbers a segment. */
  readonly along: Float64Array
}

/** How two borders meet. */
export interface SeamGap {
  /** Metres: the largest distance of a vertex of one border from the polyline of the other. */
  readonly gap: number
  /** Vertices that the other border does not have, bit for bit. */
  readonly unequal: number
  /** Segments beside whose middle the other mesh has no border. */
  readonly oneSided: number
}

/**
 * Compares the border vertices of two tiles on their common side, both ways. Equal vertex sets give exactly 0. Where one
 * mesh has no border beside a vertex of the other (along the side, within `tolerance`), there is nothing to compare but the
 * segment is counted as one-sided.
 *
 * @param a of one tile the segments to compare, and all at the side
 * @param b of the other
 */
export const seamGap = (
  a: readonly [unmet: BorderSide, whole: BorderSide],
  b: readonly [unmet: BorderSide, whole: BorderSide],
  tolerance: number,
): SeamGap => {
  const there = borderDistance(a[0], b[1], tolerance)
  const back = borderDistance(b[0], a[1], tolerance)
  return {
    gap: Math.max(there.gap, back.gap),
    unequal: there.unequal + back.unequal,
    oneSided: there.oneSided + back.oneSided,
  }
}

/** One way only: the vertices of `fine` against the polyline of `coarse` (which may be longer). */
export const borderDistance = (fine: BorderSide, coarse: BorderSide, tolerance: number): SeamGap => {
  if (fine.along.length === 0) return { gap: 0, unequal: 0, oneSided: 0 }
  const known = new Set<string>()
  const { segments } = coarse
  for (let i = 0; i < segments.length; i += 3) known.add(`${segments[i]} ${segments[i + 1]} ${segments[i + 2]}`)
  const seen = new Set<string>()
  let gap = 0
  let unequal = 0
  for (let end = 0; end < fine.along.length; end++) {
    const at = 3 * end
    const vertex = [fine.segments[at]!, fine.segments[at + 1]!, fine.segments[at + 2]!] as const
    const name = vertex.join(" ")
    if (seen.has(name)) continue
    seen.add(name)
    if (known.has(name)) continue
    const distance = distanceTo(vertex, fine.along[end]!, coarse, tolerance)
    if (distance === undefined) continue
    unequal++
    if (distance > gap) gap = distance
  }
  return { gap, unequal, oneSided: oneSidedSegments(fine, coarse, tolerance) }
}

const oneSidedSegments = (fine: BorderSide, coarse: BorderSide, tolerance: number): number => {
  let oneSided = 0
  for (let i = 0; i < fine.along.length; i += 2) {
    const middle = (fine.along[i]! + fine.along[i + 1]!) / 2
    let beside = false
    for (let j = 0; j < coarse.along.length && !beside; j += 2) beside = isBeside(middle, coarse.along, j, tolerance)
    if (!beside) oneSided++
  }
  return oneSided
}

const isBeside = (place: number, along: Float64Array, at: number, tolerance: number): boolean =>
  place >= Math.min(along[at]!, along[at + 1]!) - tolerance && place <= Math.max(along[at]!, along[at + 1]!) + tolerance

/** Distance to the nearest segment; undefined where no segment lies beside the place. */
const distanceTo = (
  point: readonly [number, number, number],
  along: number,
  border: BorderSide,
  tolerance: number,
): number | undefined => {
  let best = Infinity
  let beside = false
  for (let i = 0; i < border.along.length; i += 2) {
    beside ||= isBeside(along, border.along, i, tolerance)
    best = Math.min(best, squaredDistance(point, border.segments, 3 * i))
  }
  return beside ? Math.sqrt(best) : undefined
}

const squaredDistance = (point: readonly [number, number, number], s: Float64Array, at: number): number => {
  const dx = s[at + 3]! - s[at]!
  const dy = s[at + 4]! - s[at + 1]!
  const dz = s[at + 5]! - s[at + 2]!
  const px = point[0] - s[at]!
  const py = point[1] - s[at + 1]!
  const pz = point[2] - s[at + 2]!
  const length = dx * dx + dy * dy + dz * dz
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy + pz * dz) / length))
  return (px - t * dx) ** 2 + (py - t * dy) ** 2 + (pz - t * dz) ** 2
}
