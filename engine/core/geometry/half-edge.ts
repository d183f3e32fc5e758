/** Steps in a triangle whose half-edges are numbered 3 t, 3 t + 1, 3 t + 2. */

/** The next half-edge of the same triangle. */
export const nextEdge = (e: number): number => (e % 3 === 2 ? e - 2 : e + 1)

/** The previous half-edge of the same triangle. */
export const previousEdge = (e: number): number => (e % 3 === 0 ? e + 2 : e - 1)
