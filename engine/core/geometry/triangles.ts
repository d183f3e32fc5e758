/** Triangles: steps along numbered half-edges, and the normal in space. */

/**
 * Normal of a triangle, twice its area long, towards the side from which a, b, c run
 * counter-clockwise.
 *
 * @param p x, y, z of each vertex; `a`, `b`, `c` are vertex indices
 */
export const triangleNormal = (
  p: ArrayLike<number>,
  a: number,
  b: number,
  c: number,
): [x: number, y: number, z: number] => {
  const ux = p[3 * b]! - p[3 * a]!
  const uy = p[3 * b + 1]! - p[3 * a + 1]!
  const uz = p[3 * b + 2]! - p[3 * a + 2]!
  const vx = p[3 * c]! - p[3 * a]!
  const vy = p[3 * c + 1]! - p[3 * a + 1]!
  const vz = p[3 * c + 2]! - p[3 * a + 2]!
  return [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx]
}

export const nextEdge = (e: number): number => (e % 3 === 2 ? e - 2 : e + 1)

export const previousEdge = (e: number): number => (e % 3 === 0 ? e + 2 : e - 1)
