/** Distance of a point from a segment and from rings in the plane. */

/** Squared distance of (x, y) from the closed segment a – b, which may have length 0. */
export const squareToSegment = (x: number, y: number, ax: number, ay: number, bx: number, by: number): number => {
  const dx = bx - ax
  const dy = by - ay
  const px = x - ax
  const py = y - ay
  const square = dx * dx + dy * dy
  const t = square > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / square)) : 0
  return (px - t * dx) ** 2 + (py - t * dy) ** 2
}

/**
 * Distance of (x, y) from the nearest edge of rings (x, y pairs, closed or not); Infinity without
 * edges. O(vertices).
 */
export const distanceToRings = (rings: readonly ArrayLike<number>[], x: number, y: number): number => {
  let best = Number.POSITIVE_INFINITY
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
      best = Math.min(best, squareToSegment(x, y, ring[i]!, ring[i + 1]!, ring[j]!, ring[j + 1]!))
  }
  return Math.sqrt(best)
}
