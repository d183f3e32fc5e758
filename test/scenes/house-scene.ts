import type { Mesh } from "../../engine/kernel.js"

/**
 * Squares of 5 m of the CRS, by column and row from the west tile's corner; the house stands on 8
 * to 11 by 3 to 5: two columns in either tile.
 */
export const isHouse = (column: number, row: number): boolean => column >= 8 && column < 12 && row >= 3 && row < 6
/** South-west corner of the western tile, metres. */
export const corner = [770_500, 6_277_500] as const
/** Height of the eaves above the ground, millimetres. */
export const eaves = 6000

/**
 * A quad of an object (0 ground, 1 the house), counter-clockwise, millimetres from the corner and
 * the ground.
 */
export type Quad = readonly [owner: number, ...corners: (readonly [x: number, y: number, z: number])[]]

/**
 * Ground of a tile of 10 × 10 squares without what stands under the house, and the whole house
 * where it is the owner's.
 */
export const quadsOf = (first: number, owns: boolean): Quad[] => {
  const quads: Quad[] = []
  for (let column = first; column < first + 10; column++) {
    for (let row = 0; row < 10; row++) {
      const [w, s, e, n] = [5000 * column, 5000 * row, 5000 * column + 5000, 5000 * row + 5000]
      if (!isHouse(column, row)) quads.push([0, [w, s, 0], [e, s, 0], [e, n, 0], [w, n, 0]])
    }
  }
  for (let column = 8; owns && column < 12; column++) {
    for (let row = 3; row < 6; row++) {
      const [w, s, e, n] = [5000 * column, 5000 * row, 5000 * column + 5000, 5000 * row + 5000]
      quads.push([1, [w, s, eaves], [e, s, eaves], [e, n, eaves], [w, n, eaves]])
      const wall = (ax: number, ay: number, bx: number, by: number): void => {
        quads.push([1, [ax, ay, 0], [bx, by, 0], [bx, by, eaves], [ax, ay, eaves]])
      }
      if (!isHouse(column, row - 1)) wall(w, s, e, s)
      if (!isHouse(column + 1, row)) wall(e, s, e, n)
      if (!isHouse(column, row + 1)) wall(e, n, w, n)
      if (!isHouse(column - 1, row)) wall(w, n, w, s)
    }
  }
  return quads
}

/** Quads as a mesh with objects; the ground lies at 30 m. */
export const meshOf = (quads: readonly Quad[]): Mesh => {
  const corners = quads.flatMap(([, ...places]) => places)
  return {
    origin: [...corner, 30],
    positions: Int32Array.from(corners.flat()),
    triangles: Uint32Array.from(quads.flatMap((_, i) => [0, 1, 2, 0, 2, 3].map((k) => 4 * i + k))),
    classes: Uint8Array.from(quads.flatMap(([owner]) => Array<number>(4).fill(owner === 1 ? 6 : 2))),
    maxError: 0.1,
    owners: Uint32Array.from(quads.flatMap(([owner]) => [owner, owner])),
    objects: { ids: ["", "house"], classes: Uint8Array.of(2, 6), columns: {} },
  }
}
