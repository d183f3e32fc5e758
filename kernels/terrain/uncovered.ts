/** Measures the part of a tile inside the data that a mesh leaves uncovered. */
import type { Box2 } from "../../engine/core/geometry/box.js"
import { turn } from "../../engine/core/geometry/segments.js"
import { elementAt } from "../../engine/core/lists.js"
import type { Mesh, Tile } from "../../engine/kernel.js"
import { planArea } from "../geometry/join-meshes.js"
import { filelessBoxes } from "../handover/extent/data-extent.js"

/**
 * Area, whole m², of the tile's cell that is in the box of a point file and has no surface. Exact:
 * where the files end, triangles are cut at their boxes. O(triangles · boxes).
 */
export const uncoveredArea = (mesh: Mesh, tile: Pick<Tile, "cell" | "sources">): number => {
  const [west, south, east, north] = tile.cell
  const [x, y] = [Math.round(mesh.origin[0] * 1000), Math.round(mesh.origin[1] * 1000)]
  let area = (east - west) * (north - south) - planArea(mesh)
  for (const [left, bottom, right, top] of filelessBoxes(tile)) {
    area -= ((right - left) * (top - bottom)) / 1e6
    area += areaInBox(mesh, [left - x, bottom - y, right - x, top - y])
  }
  return Math.max(0, Math.round(area))
}

/** Area, m², of the mesh seen from above within a box, mm from its origin. */
const areaInBox = ({ positions: p, triangles }: Mesh, [west, south, east, north]: Box2): number => {
  let doubled = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const a = 3 * triangles[t]!
    const b = 3 * triangles[t + 1]!
    const c = 3 * triangles[t + 2]!
    const [left, right] = [Math.min(p[a]!, p[b]!, p[c]!), Math.max(p[a]!, p[b]!, p[c]!)]
    if (right <= west || left >= east) continue
    const [low, high] = [Math.min(p[a + 1]!, p[b + 1]!, p[c + 1]!), Math.max(p[a + 1]!, p[b + 1]!, p[c + 1]!)]
    if (high <= south || low >= north) continue
    if (left >= west && right <= east && low >= south && high <= north) {
      doubled += turn(p[a]!, p[a + 1]!, p[b]!, p[b + 1]!, p[c]!, p[c + 1]!)
      continue
    }
    let ring = [a, b, c].map((v): Place => [p[v]!, p[v + 1]!])
    ring = cutRing(cutRing(ring, 0, west, 1), 0, east, -1)
    ring = cutRing(cutRing(ring, 1, south, 1), 1, north, -1)
    for (let k = 1; k + 1 < ring.length; k++)
      doubled += turn(...elementAt(ring, 0), ...elementAt(ring, k), ...elementAt(ring, k + 1))
  }
  return doubled / 2e6
}

type Place = readonly [x: number, y: number]

/** The part of a convex ring on one side of a line: beyond it for `sign` 1, before it for −1. */
const cutRing = (ring: readonly Place[], axis: 0 | 1, line: number, sign: 1 | -1): Place[] =>
  ring.flatMap((from, k): Place[] => {
    const to = elementAt(ring, (k + 1) % ring.length)
    const [before, after] = [sign * (from[axis] - line), sign * (to[axis] - line)]
    const share = before / (before - after)
    const cut: Place = [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]
    return [...(before >= 0 ? [from] : []), ...(before * after < 0 ? [cut] : [])]
  })
