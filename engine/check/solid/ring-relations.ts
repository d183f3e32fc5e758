/** Relations of rings in a plane. Independent of engine/core/geometry, whose products it checks. */

/**
 * Metres within which a point is on a segment: far above the noise of a projection, far below a
 * millimetre.
 */
const TOUCH = 1e-6

/**
 * How two segments meet: not at all, in a point that ends one of them, crossing, or along a length.
 */
export type Meeting = "apart" | "touch" | "cross" | "overlap"

/**
 * How segment i of ring p meets segment j of ring q (u, v pairs; segment k runs from vertex k to
 * the next).
 */
export const segmentsMeet = (p: Float64Array, i: number, q: Float64Array, j: number): Meeting => {
  const i2 = (2 * i + 2) % p.length
  const j2 = (2 * j + 2) % q.length
  const [ax, ay, bx, by] = [p[2 * i]!, p[2 * i + 1]!, p[i2]!, p[i2 + 1]!]
  const [cx, cy, dx, dy] = [q[2 * j]!, q[2 * j + 1]!, q[j2]!, q[j2 + 1]!]
  if (Math.max(ax, bx) < Math.min(cx, dx) - TOUCH || Math.max(cx, dx) < Math.min(ax, bx) - TOUCH) return "apart"
  if (Math.max(ay, by) < Math.min(cy, dy) - TOUCH || Math.max(cy, dy) < Math.min(ay, by) - TOUCH) return "apart"
  const c = offset(ax, ay, bx, by, cx, cy)
  const d = offset(ax, ay, bx, by, dx, dy)
  const a = offset(cx, cy, dx, dy, ax, ay)
  const b = offset(cx, cy, dx, dy, bx, by)
  if ((c === 0 && d === 0) || (a === 0 && b === 0)) return collinear([ax, ay, bx, by], [cx, cy, dx, dy])
  if (c * d < 0 && a * b < 0) return "cross"
  const touches =
    (c === 0 && isOn(ax, ay, bx, by, cx, cy)) ||
    (d === 0 && isOn(ax, ay, bx, by, dx, dy)) ||
    (a === 0 && isOn(cx, cy, dx, dy, ax, ay)) ||
    (b === 0 && isOn(cx, cy, dx, dy, bx, by))
  return touches ? "touch" : "apart"
}

/**
 * Signed distance of c from the line a b; 0 within the tolerance, and for a segment of length 0.
 */
const offset = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number => {
  const length = Math.hypot(bx - ax, by - ay)
  if (length === 0) return 0
  const distance = ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / length
  return Math.abs(distance) <= TOUCH ? 0 : distance
}

const isOn = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): boolean => {
  const length = Math.hypot(bx - ax, by - ay)
  const along = length === 0 ? 0 : ((bx - ax) * (cx - ax) + (by - ay) * (cy - ay)) / length
  return along >= -TOUCH && along <= length + TOUCH && Math.abs(offset(ax, ay, bx, by, cx, cy)) === 0
}

type Segment = readonly [x0: number, y0: number, x1: number, y1: number]

const collinear = ([ax, ay, bx, by]: Segment, [cx, cy, dx, dy]: Segment): Meeting => {
  // Along the longer of the two, because the other one may have length 0.
  const [ux, uy] =
    Math.hypot(bx - ax, by - ay) >= Math.hypot(dx - cx, dy - cy) ? [bx - ax, by - ay] : [dx - cx, dy - cy]
  const length = Math.hypot(ux, uy)
  const at = (x: number, y: number): number =>
    length === 0 ? Math.hypot(x - ax, y - ay) : ((x - ax) * ux + (y - ay) * uy) / length
  const [b, c, d] = [at(bx, by), at(cx, cy), at(dx, dy)]
  const common = Math.min(Math.max(0, b), Math.max(c, d)) - Math.max(Math.min(0, b), Math.min(c, d))
  if (common > TOUCH) return "overlap"
  return common >= -TOUCH ? "touch" : "apart"
}

/**
 * True where a ring (u, v pairs) meets itself other than in the common vertices of neighbours, or
 * runs back over itself.
 */
export const meetsItself = (ring: Float64Array): boolean => {
  const count = ring.length / 2
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const meeting = segmentsMeet(ring, i, ring, j)
      if (meeting === "apart") continue
      const neighbours = j === i + 1 || (i === 0 && j === count - 1)
      if (!neighbours || meeting === "overlap") return true
    }
  }
  return false
}

/** Position of a point relative to a ring (u, v pairs): 1 inside, 0 on it, −1 outside. */
export const placeInRing = (ring: Float64Array, x: number, y: number): number => {
  let inside = false
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const [ax, ay, bx, by] = [ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!]
    if (isOn(ax, ay, bx, by, x, y)) return 0
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
  }
  return inside ? 1 : -1
}

/**
 * Position of a ring relative to another that it does not cross: that of its first vertex or
 * segment middle that is not on the other; 0 where all are.
 */
export const placeOfRing = (inner: Float64Array, outer: Float64Array): number => {
  for (let i = 0; i < inner.length; i += 2) {
    const j = (i + 2) % inner.length
    const place =
      placeInRing(outer, inner[i]!, inner[i + 1]!) ||
      placeInRing(outer, (inner[i]! + inner[j]!) / 2, (inner[i + 1]! + inner[j + 1]!) / 2)
    if (place !== 0) return place
  }
  return 0
}
