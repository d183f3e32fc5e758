/**
 * Segments of each case of a marching square, as edges entered and left (0 south, 1 east, 2 north, 3 west): higher ground on the left. Case bits: 1
 * south-west above, 2 south-east, 4 north-east, 8 north-west. The saddles 5 and 10 have a second one; −1: none. They cut off the south-western and the north-eastern corner.
 */
export const squareCases = {
  enters: [-1, 0, 1, 1, 2, 0, 2, 2, 3, 0, 3, 1, 3, 0, 3, -1],
  leaves: [-1, 3, 0, 3, 1, 3, 0, 3, 2, 2, 0, 2, 1, 1, 0, -1],
  secondEnters: [-1, -1, -1, -1, -1, 2, -1, -1, -1, -1, 1, -1, -1, -1, -1, -1],
  secondLeaves: [-1, -1, -1, -1, -1, 1, -1, -1, -1, -1, 2, -1, -1, -1, -1, -1],
} as const
