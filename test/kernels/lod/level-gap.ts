import type { Mesh } from "../../../engine/kernel.js"
import { openEdges } from "../../../kernels/geometry/mesh-border.js"

/** How far the borders of two levels lie apart along one line. */
export interface LevelGap {
  /** Largest vertical distance, metres; 0 where they have no stretch in common. */
  readonly gapM: number
  /** Length of the line that both have a border on, metres. */
  readonly commonM: number
}

/**
 * Largest vertical distance between the border of a mesh and that of one of another level along a
 * straight line of the tile grid, where a viewer may show them side by side.
 *
 * Both profiles are linear between their vertices, so the largest distance lies at a vertex of one
 * of them: it is exact. Stretches where only one has a border (the other is open there, or ends) do
 * not count.
 *
 * @param line axis 0: the line of constant x, 1: of constant y; `at` in metres of the CRS. Meshes
 *   are closed grounds, or have no other open edge on the line. O(n log n).
 */
export const levelGap = (one: Mesh, other: Mesh, line: { readonly axis: 0 | 1; readonly at: number }): LevelGap => {
  const a = profileOf(one, line)
  const b = profileOf(other, line)
  let [gap, common, j] = [0, 0, 0]
  for (const piece of a) {
    while (j < b.length && b[j]!.to <= piece.from) j++
    for (let k = j; k < b.length && b[k]!.from < piece.to; k++) {
      const from = Math.max(piece.from, b[k]!.from)
      const to = Math.min(piece.to, b[k]!.to)
      common += to - from
      for (const place of [from, to]) gap = Math.max(gap, Math.abs(heightOn(piece, place) - heightOn(b[k]!, place)))
    }
  }
  return { gapM: gap / 1000, commonM: common / 1000 }
}

/** A straight piece of a profile: mm of the CRS along the line, and heights at both ends. */
interface Piece {
  readonly from: number
  readonly to: number
  readonly low: number
  readonly high: number
}

const profileOf = (mesh: Mesh, { axis, at }: { readonly axis: 0 | 1; readonly at: number }): Piece[] => {
  const { positions, origin } = mesh
  const line = Math.round((at - origin[axis]) * 1000)
  const along = axis === 0 ? 1 : 0
  const open = openEdges(mesh.triangles, mesh.classes.length)
  const pieces: Piece[] = []
  for (let i = 0; i < open.length; i += 2) {
    const ends = [open[i], open[i + 1]]
    if (ends.some((v) => positions[3 * v + axis] !== line)) continue
    const [first, second] = ends
      .map((v) => ({
        place: positions[3 * v + along] + 1000 * origin[along],
        height: positions[3 * v + 2] + 1000 * origin[2],
      }))
      .sort((p, q) => p.place - q.place)
    pieces.push({ from: first!.place, to: second!.place, low: first!.height, high: second!.height })
  }
  return pieces.sort((p, q) => p.from - q.from)
}

const heightOn = ({ from, to, low, high }: Piece, place: number): number =>
  low + ((high - low) * (place - from)) / (to - from)
