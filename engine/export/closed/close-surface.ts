/** Closes a surface from below: a skirt down to a level base. */
import { addToList, concatenate } from "../../core/lists.js"
import { EngineError } from "../../errors.js"
import type { OwnedMesh } from "./owned-mesh.js"

/** Triangulates polygons in plan, as indices into all their points in order. */
type Triangulate = (polygons: [number, number][][]) => readonly (readonly [number, number, number])[]

/**
 * Closes a surface: outer borders get a vertical skirt down to a level base, inner ones a lid of
 * triangles between their vertices. Added triangles have owner 0.
 *
 * @param base height of the base, metres; below all vertices
 * @throws EngineError E_FORMAT where the surface is no manifold
 */
export const closeSurface = (surface: OwnedMesh, base: number, triangulate: Triangulate) => {
  const { positions } = surface
  const loops = borderLoops(surface.triangles)
  const outer = loops.filter((loop) => planArea(positions, loop) < 0)
  const inner = loops.filter((loop) => planArea(positions, loop) >= 0)
  const added: number[] = []
  const low: number[] = []
  for (const loop of outer) {
    const first = positions.length / 3 + low.length / 3
    for (const v of loop) low.push(positions[3 * v]!, positions[3 * v + 1]!, base)
    loop.forEach((a, i) => {
      const next = (i + 1) % loop.length
      added.push(a, loop[next]!, first + next, a, first + next, first + i)
    })
    // Seen from above, a border runs clockwise; polygons are counter-clockwise.
    const last = first + loop.length - 1
    for (const [a, b, c] of triangulate([pointsOf(positions, loop.toReversed())]))
      added.push(last - a, last - c, last - b)
  }
  for (const loop of inner)
    for (const corners of triangulate([pointsOf(positions, loop)])) added.push(...corners.map((k) => loop[k]!))
  return {
    positions: concatenate(Float64Array, [positions, low]),
    triangles: concatenate(Uint32Array, [surface.triangles, added]),
    owners: concatenate(Uint32Array, [surface.owners, new Uint32Array(added.length / 3)]),
    voids: inner.length,
    filledM2: inner.reduce((sum, loop) => sum + planArea(positions, loop), 0),
  }
}

const pointsOf = (positions: Float64Array, loop: readonly number[]): [number, number][] =>
  loop.map((v) => [positions[3 * v]!, positions[3 * v + 1]!])

/** Area in plan, m²; negative where the loop runs clockwise seen from above. */
const planArea = (positions: Float64Array, loop: readonly number[]): number => {
  let doubled = 0
  for (const [i, p] of loop.entries()) {
    const q = loop[(i + 1) % loop.length]!
    doubled += positions[3 * p]! * positions[3 * q + 1]! - positions[3 * q]! * positions[3 * p + 1]!
  }
  return doubled / 2
}

/** Borders of a mesh as loops of vertices, against the direction of its triangles. */
const borderLoops = (triangles: Uint32Array): number[][] => {
  const vertices = triangles.reduce((most, v) => Math.max(most, v + 1), 0)
  const edges = new Set<number>()
  for (let i = 0; i < triangles.length; i++) {
    const edge = triangles[i]! * vertices + triangles[i - (i % 3) + ((i + 1) % 3)]!
    if (edges.has(edge)) throw notManifold()
    edges.add(edge)
  }
  const next = new Map<number, number[]>()
  for (const edge of edges) {
    const [a, b] = [Math.floor(edge / vertices), edge % vertices]
    if (!edges.has(b * vertices + a)) addToList(next, b, a)
  }
  const loops: number[][] = []
  for (const [start, ends] of next) {
    while (ends.length > 0) {
      const path = [start]
      const at = new Map([[start, 0]])
      // Where borders touch in a vertex, each loop through it ends there.
      for (let v = ends.pop(); v !== undefined; v = next.get(v)?.pop()) {
        const seen = at.get(v)
        if (seen !== undefined) {
          const loop = path.splice(seen)
          for (const one of loop) at.delete(one)
          loops.push(loop)
        }
        if (path.length === 0 && v === start) break
        at.set(v, path.length)
        path.push(v)
      }
    }
  }
  return loops
}

const notManifold = (): EngineError =>
  new EngineError(
    "E_FORMAT",
    "the surface meets itself in an edge, so it cannot be closed. Run maille validate on the folder, or choose another --bbox.",
  )
