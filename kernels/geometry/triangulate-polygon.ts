/** Triangulates faces of solids, holes included, by ear clipping (Meisters 1975). */

/** The remaining vertices of the polygon, in a ring linked both ways. */
interface Ring {
  readonly vertex: Int32Array
  readonly before: Int32Array
  readonly after: Int32Array
}

/**
 * Triangulates a polygon with holes by ear clipping (Meisters 1975), the fattest ear first. No
 * triangle is degenerate, even if vertices lie on a straight side. Every vertex is used, and none
 * lies on an edge of a triangle without being its corner.
 *
 * @param x coordinates of all vertices, mm
 * @param rings vertex indices, not closed: the outer ring counter-clockwise first, then the holes
 * clockwise
 * @returns three vertex indices a triangle, counter-clockwise; undefined if the rings do not bound
 * a simple polygon
 *
 * Time: O(n²) an ear in the worst case; roof and wall polygons have a few dozen vertices. Polygons
 * of more than 96 vertices take the first valid ear.
 */
export const triangulatePolygon = (
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  rings: readonly (readonly number[])[],
): number[] | undefined => {
  const outline = joinHoles(x, y, rings)
  return outline && clipEars(x, y, outline)
}

/**
 * Doubled areas below this are rounding of lengths along a wall: the corners are collinear. Whole
 * millimetres give whole areas.
 */
const noArea = 1e-3

/** Twice the signed area of the triangle a, b, c. */
const turn = (x: ArrayLike<number>, y: ArrayLike<number>, a: number, b: number, c: number): number => {
  const area = (x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a])
  return Math.abs(area) < noArea ? 0 : area
}

const clipEars = (x: ArrayLike<number>, y: ArrayLike<number>, outline: readonly number[]): number[] | undefined => {
  const count = outline.length
  const ring: Ring = {
    vertex: Int32Array.from(outline),
    before: Int32Array.from(outline, (_, i) => (i + count - 1) % count),
    after: Int32Array.from(outline, (_, i) => (i + 1) % count),
  }
  const worth = Float64Array.from(outline, (_, i) => earWorth(x, y, ring, i))
  const triangles: number[] = []
  let start = 0
  for (let left = count; left > 3; left--) {
    const ear = bestEar(ring, worth, start, left)
    if (ear < 0) return undefined
    const [p, n] = [ring.before[ear], ring.after[ear]]
    triangles.push(ring.vertex[p], ring.vertex[ear], ring.vertex[n])
    ring.after[p] = n
    ring.before[n] = p
    start = n
    worth[p] = earWorth(x, y, ring, p)
    worth[n] = earWorth(x, y, ring, n)
    // A vertex that blocked other ears is gone: those are checked again when no ear is left.
    if (left - 1 > 3 && bestEar(ring, worth, start, left - 1) < 0) {
      for (let k = 0, i = start; k < left - 1; k++, i = ring.after[i]) worth[i] = earWorth(x, y, ring, i)
    }
  }
  const [a, b, c] = [ring.before[start], start, ring.after[start]].map((i) => ring.vertex[i])
  if (!(turn(x, y, a, b, c) > 0)) return undefined
  triangles.push(a, b, c)
  return triangles
}

const bestEar = (ring: Ring, worth: Float64Array, start: number, left: number): number => {
  let best = -1
  for (let k = 0, i = start; k < left; k++, i = ring.after[i]) {
    if (worth[i] <= 0) continue
    if (left > 96) return i
    if (best < 0 || worth[i] > worth[best]) best = i
  }
  return best
}

/**
 * Height of the ear over its longest side; 0 if it is reflex, flat, or has another vertex in it or
 * on its rim.
 */
const earWorth = (x: ArrayLike<number>, y: ArrayLike<number>, ring: Ring, i: number): number => {
  const [a, b, c] = [ring.vertex[ring.before[i]], ring.vertex[i], ring.vertex[ring.after[i]]]
  const area = turn(x, y, a, b, c)
  if (!(area > 0)) return 0
  for (let k = ring.after[ring.after[i]]; k !== ring.before[i]; k = ring.after[k]) {
    const v = ring.vertex[k]
    if (v === a || v === b || v === c) continue
    if (turn(x, y, a, b, v) >= 0 && turn(x, y, b, c, v) >= 0 && turn(x, y, c, a, v) >= 0) return 0
  }
  const longest = Math.max(
    (x[b] - x[a]) ** 2 + (y[b] - y[a]) ** 2,
    (x[c] - x[b]) ** 2 + (y[c] - y[b]) ** 2,
    (x[a] - x[c]) ** 2 + (y[a] - y[c]) ** 2,
  )
  return area / Math.sqrt(longest)
}

/** Joins each hole by a double bridge to a vertex of the rest that sees it, into one ring. */
const joinHoles = (
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  [outer, ...holes]: readonly (readonly number[])[],
): number[] | undefined => {
  let ring = [...(outer ?? [])]
  const waiting = holes.map((hole) => rotateToWest(x, y, hole))
  // From the west: everything between a hole's westernmost vertex and the outline is then joined.
  waiting.sort((a, b) => x[a[0]] - x[b[0]] || y[a[0]] - y[b[0]])
  for (const [h, hole] of waiting.entries()) {
    const at = bridgeTo(x, y, ring, hole[0], waiting.slice(h))
    if (at < 0) return undefined
    ring = [...ring.slice(0, at + 1), ...hole, hole[0], ...ring.slice(at)]
  }
  return ring.length < 3 ? undefined : ring
}

const rotateToWest = (x: ArrayLike<number>, y: ArrayLike<number>, hole: readonly number[]): number[] => {
  let west = 0
  hole.forEach((v, i) => {
    if (x[v] < x[hole[west]] || (x[v] === x[hole[west]] && y[v] < y[hole[west]])) west = i
  })
  return [...hole.slice(west), ...hole.slice(0, west)]
}

/** Index in `ring` of the nearest vertex that sees `from`; −1 if none does. */
const bridgeTo = (
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  ring: readonly number[],
  from: number,
  holes: readonly (readonly number[])[],
): number => {
  const distance = (i: number): number => (x[ring[i]] - x[from]) ** 2 + (y[ring[i]] - y[from]) ** 2
  const order = ring.map((_, i) => i).sort((a, b) => distance(a) - distance(b) || a - b)
  for (const i of order) {
    const [before, to, after] = [ring[(i + ring.length - 1) % ring.length], ring[i], ring[(i + 1) % ring.length]]
    const left = turn(x, y, before, to, from) > 0
    const right = turn(x, y, to, after, from) > 0
    const inside = turn(x, y, before, to, after) > 0 ? left && right : left || right
    if (!inside || [ring, ...holes].some((other) => blocks(x, y, other, from, to))) continue
    return i
  }
  return -1
}

/** True if an edge of the ring touches the bridge a–b other than at the bridge's ends. */
const blocks = (x: ArrayLike<number>, y: ArrayLike<number>, ring: readonly number[], a: number, b: number): boolean => {
  for (let i = 0; i < ring.length; i++) {
    const [c, d] = [ring[i], ring[(i + 1) % ring.length]]
    const [c1, d1] = [turn(x, y, a, b, c), turn(x, y, a, b, d)]
    if (c !== a && c !== b && c1 === 0 && between(x, y, a, b, c)) return true
    if (c === a || c === b || d === a || d === b) continue
    const [a1, b1] = [turn(x, y, c, d, a), turn(x, y, c, d, b)]
    if (((c1 > 0 && d1 < 0) || (c1 < 0 && d1 > 0)) && ((a1 > 0 && b1 < 0) || (a1 < 0 && b1 > 0))) return true
  }
  return false
}

const between = (x: ArrayLike<number>, y: ArrayLike<number>, a: number, b: number, v: number): boolean =>
  (x[v] - x[a]) * (x[v] - x[b]) + (y[v] - y[a]) * (y[v] - y[b]) <= 0
