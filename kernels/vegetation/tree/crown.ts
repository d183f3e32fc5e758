/** Writes the body of one tree: a crown and a stem, each closed. */

/**
 * Vertices and triangles of one tree: 12 and 20 for the crown (a stretched icosahedron), 4 and 4
 * for the stem.
 */
export const CROWN_VERTICES = 16
export const CROWN_TRIANGLES = 24

/** Destination of the trees, one after the other. */
export interface CrownArrays {
  readonly positions: Int32Array
  readonly triangles: Uint32Array
}

/** Corners of a ring of the crown; the upper ring is turned by half a corner against the lower. */
const SIDES = 5
/** Rings of the crown: share of its depth, from below, and of its radius. */
const LOWER = { depth: 0.3, radius: 1 }
const UPPER = { depth: 0.72, radius: 0.78 }
/** Least radius of a crown, and largest radius of a stem, mm. */
const LEAST_RADIUS = 500
const STEM_RADIUS = 250
/** Depth of the stem in the ground, mm, so that its foot does not show on slopes. */
const STEM_DEPTH = 500

/**
 * The 20 triangles of the crown: 0 foot, 1–5 lower ring, 6–10 upper ring, 11 top; counter-clockwise
 * from outside.
 */
const NET = Uint8Array.from(
  Array.from({ length: SIDES }, (_, k) => {
    const [low, lowNext] = [1 + k, 1 + ((k + 1) % SIDES)]
    const [high, highNext] = [6 + k, 6 + ((k + 1) % SIDES)]
    return [
      [0, lowNext, low],
      [low, lowNext, high],
      [high, lowNext, highNext],
      [high, highNext, 11],
    ].flat()
  }).flat(),
)

/** A stem: three corners at its foot, and its tip inside the crown. */
const STEM = Uint8Array.from([0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3])

/**
 * Writes tree `k`: a crown from its base to its top, and a stem that tapers from the ground into
 * the crown's middle. Each is closed and oriented outwards. Whole mm.
 *
 * The crown is 2.5 radii deep, between 60 and 85 % of the tree's height: in closed woods no return
 * shows where a crown begins.
 *
 * @param place x, y and ground at the stem, relative to the mesh's origin
 * @param turn of the body around its stem, radians
 */
export const writeCrown = (
  { positions, triangles }: CrownArrays,
  k: number,
  [x, y, ground]: readonly [number, number, number],
  height: number,
  crownRadius: number,
  turn: number,
): void => {
  const radius = Math.max(LEAST_RADIUS, crownRadius)
  const depth = Math.round(Math.min(0.85 * height, Math.max(0.6 * height, 2.5 * radius)))
  const base = ground + height - depth
  let at = 3 * CROWN_VERTICES * k
  const put = (px: number, py: number, pz: number): void => {
    positions[at++] = Math.round(px)
    positions[at++] = Math.round(py)
    positions[at++] = Math.round(pz)
  }
  put(x, y, base)
  for (const [ring, half] of [[LOWER, 0] as const, [UPPER, 0.5] as const]) {
    for (let s = 0; s < SIDES; s++) {
      const angle = turn + (2 * Math.PI * (s + half)) / SIDES
      put(
        x + ring.radius * radius * Math.cos(angle),
        y + ring.radius * radius * Math.sin(angle),
        base + ring.depth * depth,
      )
    }
  }
  put(x, y, ground + height)
  const stem = Math.min(STEM_RADIUS, radius / 4)
  for (let s = 0; s < 3; s++) {
    const angle = turn + (2 * Math.PI * s) / 3
    put(x + stem * Math.cos(angle), y + stem * Math.sin(angle), ground - STEM_DEPTH)
  }
  put(x, y, base + depth / 2)
  const first = CROWN_VERTICES * k
  let t = 3 * CROWN_TRIANGLES * k
  for (const v of NET) triangles[t++] = first + v
  for (const v of STEM) triangles[t++] = first + 12 + v
}
