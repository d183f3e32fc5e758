/** Preselects the triangles near some edges, so that only these are brought into the CRS. */

/** Side of the cells, metres, that edges are entered into; a power of two above any reach that is asked for. */
const CELL = 4
/** Cells that the box of a triangle may meet; one that meets more counts as near. */
const MAX_CELLS = 64

/**
 * 1 for each triangle that may be within `reach` metres in plan of one of the edges: by its box in the horizontal plane of
 * the place, without any transform to the CRS. Some that are further away are among them. O(n).
 *
 * @param positions geocentric, 3 · n
 * @param edges pairs of vertex indices
 */
export const trianglesNear = (
  positions: Float64Array,
  triangles: Uint32Array,
  edges: Uint32Array,
  reach: number,
): Uint8Array => {
  const plan = horizontal(positions)
  const cells = new Set<number>()
  const [low, high] = [new Float64Array(2), new Float64Array(2)]
  const visit = (
    corners: Uint32Array,
    first: number,
    count: number,
    grown: number,
    each: (cell: number) => boolean,
  ) => {
    low.fill(Infinity)
    high.fill(-Infinity)
    for (let i = first; i < first + count; i++) {
      for (let k = 0; k < 2; k++) {
        const value = plan[2 * corners[i]! + k]!
        if (value - grown < low[k]!) low[k] = value - grown
        if (value + grown > high[k]!) high[k] = value + grown
      }
    }
    const [left, right] = [Math.floor(low[0]! / CELL), Math.floor(high[0]! / CELL)]
    const [bottom, top] = [Math.floor(low[1]! / CELL), Math.floor(high[1]! / CELL)]
    if (count === 3 && (right - left + 1) * (top - bottom + 1) > MAX_CELLS) return true
    for (let row = bottom; row <= top; row++)
      for (let column = left; column <= right; column++) if (each(row * 2 ** 24 + column)) return true
    return false
  }
  for (let edge = 0; edge < edges.length; edge += 2) {
    visit(edges, edge, 2, reach, (cell) => {
      cells.add(cell)
      return false
    })
  }
  const near = new Uint8Array(triangles.length / 3)
  for (let t = 0; t < near.length; t++) if (visit(triangles, 3 * t, 3, 0, (cell) => cells.has(cell))) near[t] = 1
  return near
}

/** Metres to the east and to the north of the first vertex, in the plane that is level there. */
const horizontal = (positions: Float64Array): Float64Array => {
  const plan = new Float64Array((2 * positions.length) / 3)
  const [X = 0, Y = 0, Z = 0] = positions
  // Up is the normal of the ellipsoid, which is steeper than the radius.
  const [ring, up] = [Math.hypot(X, Y), 1.00674 * Z]
  const radius = Math.hypot(ring, up)
  const east = [-Y / ring, X / ring]
  const north = [(-up * X) / (ring * radius), (-up * Y) / (ring * radius), ring / radius]
  for (let i = 0; i < plan.length / 2; i++) {
    const [dx, dy, dz] = [positions[3 * i]! - X, positions[3 * i + 1]! - Y, positions[3 * i + 2]! - Z]
    plan[2 * i] = east[0]! * dx + east[1]! * dy
    plan[2 * i + 1] = north[0]! * dx + north[1]! * dy + north[2]! * dz
  }
  return plan
}
