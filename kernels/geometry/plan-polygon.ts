/** True where a point lies inside the rings (even-odd rule; on an edge either way). Rings as x, y pairs, not closed. O(vertices). */
export const insideRings = (rings: readonly Float64Array[], x: number, y: number): boolean => {
  let inside = false
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const above = ring[i + 1] > y
      if (above === ring[j + 1] > y) continue
      const side = (ring[j] - x) * (ring[i + 1] - y) - (ring[j + 1] - y) * (ring[i] - x)
      if (above ? side > 0 : side < 0) inside = !inside
    }
  }
  return inside
}

/** Distance of a point from the nearest edge of the rings. O(vertices). */
export const distanceToRings = (rings: readonly Float64Array[], x: number, y: number): number => {
  let best = Number.POSITIVE_INFINITY
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const [dx, dy] = [ring[j] - ring[i], ring[j + 1] - ring[i + 1]]
      const [px, py] = [x - ring[i], y - ring[i + 1]]
      const length = dx * dx + dy * dy
      const t = length > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0
      best = Math.min(best, (px - t * dx) ** 2 + (py - t * dy) ** 2)
    }
  }
  return Math.sqrt(best)
}

/** Corners of the box of the rings. */
export const boxOfRings = (
  rings: readonly Float64Array[],
): [minX: number, minY: number, maxX: number, maxY: number] => {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      box[0] = Math.min(box[0], ring[i])
      box[1] = Math.min(box[1], ring[i + 1])
      box[2] = Math.max(box[2], ring[i])
      box[3] = Math.max(box[3], ring[i + 1])
    }
  }
  return box
}
