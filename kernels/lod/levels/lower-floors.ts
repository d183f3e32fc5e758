/**
 * Keeps the floors of simplified solids off the ground's own edges, so that no two edges coincide.
 */
import type { Solids } from "../../../engine/kernel.js"
import { forRings } from "../solid/prism.js"

/** The solids with floors lower by `depth`, mm: on flat ground no edge of a floor is one of the ground too. */
export const withLowerFloors = (solids: Solids, depth: number): Solids => {
  const positions = solids.positions.slice()
  solids.faceKinds.forEach((kind, face) => {
    if (kind !== 0) return
    forRings(solids, face, (from, to) => {
      for (const v of solids.ringVertices.subarray(from, to)) positions[3 * v + 2] = solids.positions[3 * v + 2] - depth
    })
  })
  return { ...solids, positions }
}
