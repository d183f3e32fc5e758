/** What a closed loop of open edges bounds: an end of the data, or a fault. */

/**
 * Plan area, square metres, from which a closed gap is a void of the data: a disc of 6 m, the
 * smallest void that a complete surface leaves open.
 */
const VOID_AREA = 100
/**
 * Least mean width, metres, of a void and of an island of the data; anything narrower is a crack.
 */
const VOID_WIDTH = 0.2
const ISLAND_WIDTH = 0.04

/**
 * An island of the data has the mesh on its inner side, seen from above, a void on its outer side.
 * A hole is a void that is too small or too narrow. The passport of a run and `maille validate`
 * both use it.
 *
 * @param doubledArea twice the plan area, square metres; positive where the mesh is inside
 * @param length of the loop in plan, metres
 */
export const loopKind = (doubledArea: number, length: number): "island" | "void" | "hole" => {
  if (doubledArea > ISLAND_WIDTH * length) return "island"
  return doubledArea > -2 * VOID_AREA || doubledArea > -VOID_WIDTH * length ? "hole" : "void"
}
