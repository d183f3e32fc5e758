/** Steps in a triangle whose half-edges are numbered 3 t, 3 t + 1, 3 t + 2. */

export const nextEdge = (e: number): number => (e % 3 === 2 ? e - 2 : e + 1)

export const previousEdge = (e: number): number => (e % 3 === 0 ? e + 2 : e - 1)
