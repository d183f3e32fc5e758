import Delaunator from "delaunator"
import { canonicalDelaunay } from "../../../kernels/geometry/delaunay.js"
import { edgesNotDelaunay } from "../delaunay-check.js"
import { readClasses } from "../inputs.js"
import type { PeerEntry, Work } from "../peer.js"

/** What shows that points were triangulated. */
export interface DelaunayProof {
  readonly triangles: number
  /** Inner edges that are not Delaunay, by exact predicates. */
  readonly faults: number
}

/** Ground (2), water (9) and virtual points (66): what the terrain is made of. */
export const GROUND = [2, 9, 66] as const

const workOf = async (path: string, triangulate: (coordinates: Float64Array) => Uint32Array): Promise<Work> => {
  const { x, y, count } = await readClasses(path, GROUND)
  const coordinates = new Float64Array(2 * count)
  for (let i = 0; i < count; i++) {
    coordinates[2 * i] = x[i]!
    coordinates[2 * i + 1] = y[i]!
  }
  let triangles: Uint32Array = new Uint32Array(0)
  let faults: number | undefined
  return {
    pass: () => {
      triangles = triangulate(coordinates)
      return count
    },
    proof: () => {
      // Every pass gives the same triangles: their edges are looked at once.
      faults ??= edgesNotDelaunay(coordinates, triangles)
      return { triangles: triangles.length / 3, faults }
    },
  }
}

/** Triangulations of the ground points of a file, places in memory to triangles. */
export const delaunayPeers: readonly PeerEntry[] = [
  {
    name: "maille canonicalDelaunay",
    work: "delaunator, then exact flips to THE triangulation, the same in any order of the points",
    open: (path) => workOf(path, canonicalDelaunay),
  },
  {
    name: "delaunator",
    work: "plain: in-circle in floating point, ties by chance",
    open: (path) => workOf(path, (coordinates) => new Delaunator(coordinates).triangles),
  },
]
