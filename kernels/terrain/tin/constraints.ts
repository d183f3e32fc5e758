/**
 * Triangulates the fixed edges of a tile (border, rings, breaklines) before points are inserted.
 */
import { nextEdge } from "../../../engine/core/geometry/triangles.js"
import { ConstrainedTin } from "../../geometry/constrained-tin.js"
import { EdgeKind, Forced } from "../../geometry/half-edge-mesh.js"
import type { CutBorder } from "../../handover/border/border-profile.js"
import { type LocalObject, placeTo } from "../../handover/footprint/footprint.js"

/**
 * A triangulation of a tile's fixed edges. `owner` of each triangle: 0 ground, k + 1 for object k.
 */
export interface ConstrainedTile {
  readonly tin: ConstrainedTin
  /** Class of each vertex so far. */
  readonly classes: number[]
  /** Index in the border of each vertex so far; −1 for others. */
  readonly places: number[]
  /** Ring edges and pieces of lines that are left out because they meet others. */
  readonly droppedEdges: number
  readonly droppedLines: number
  readonly droppedAbutments: number
}

/** Lines of the ground, and its places under decks. */
export interface GroundLines {
  /**
   * Ends of straight pieces inside the square, x, y, z each. Abutments include the feet of their
   * walls.
   */
  readonly breaklines: Int32Array
  readonly abutments: Int32Array
  /** x, y, z each; those on the square's sides are part of its border. */
  readonly places: Int32Array
}

/**
 * The constrained Delaunay triangulation of a tile's fixed edges. First its border; then rings of
 * blocks and of water bodies, which are walls with exactly their vertices. Then pieces of
 * breaklines and abutments, which are lines, and places under decks that nothing else occupies.
 *
 * Rings end where they leave the square, with vertices on the border. Rings of one kind are
 * disjoint, with room between. An edge that still meets an earlier ring is left out and counted, as
 * is a breakline that meets a ring. Usually O(n log n).
 *
 * @param objects blocks (6) and water bodies (9) that meet the square
 * @throws Error if a ring crosses the border without a vertex there
 */
export const constrainTile = (
  border: CutBorder,
  side: number,
  objects: readonly LocalObject[],
  lines: GroundLines,
): ConstrainedTile => {
  const { tin, classes, places } = borderTin(border, side)
  let droppedEdges = 0
  for (const kind of [6, 9] as const) {
    for (const object of objects) if (object.kind === kind) droppedEdges += addRings(tin, classes, object, side)
  }
  tin.restore()
  paintOwners(tin, objects, droppedEdges > 0)
  const droppedLines = addLines(tin, classes, lines.breaklines)
  const droppedAbutments = addLines(tin, classes, lines.abutments)
  tin.restore()
  addPlaces(tin, classes, lines.places, side)
  return { tin, classes, places, droppedEdges, droppedLines, droppedAbutments }
}

const borderTin = (border: CutBorder, side: number): { tin: ConstrainedTin; classes: number[]; places: number[] } => {
  const { x, y, z, classes } = border
  const cornerAt = (cx: number, cy: number): number => {
    for (let i = 0; i < x.length; i++) if (x[i] === cx && y[i] === cy) return i
    throw new Error("terrain: a border without its corner")
  }
  const corners = [cornerAt(0, 0), cornerAt(side, 0), cornerAt(side, side), cornerAt(0, side)]
  const heights = corners.map((i) => z[i]) as [number, number, number, number]
  const tin = new ConstrainedTin(side, heights, Math.max(1 << 14, 4 * x.length))
  const labels = corners.map((i) => classes[i])
  const places = [...corners]
  let triangle = 0
  for (let i = 0; i < x.length; i++) {
    if (corners.includes(i)) continue
    triangle = tin.locate(x[i], y[i], triangle)
    const v = tin.insertOnSide(x[i], y[i], z[i], triangle)
    labels[v] = classes[i]
    places[v] = i
    triangle = (tin.edgeFrom(v) / 3) | 0
  }
  return { tin, classes: labels, places }
}

/**
 * Adds the parts of an object's rings inside the square; returns the number of edges that others
 * block.
 */
const addRings = (tin: ConstrainedTin, classes: number[], object: LocalObject, side: number): number => {
  let dropped = 0
  let triangle = 0
  const label = object.kind === 9 ? 9 : 2
  for (const ring of object.rings) {
    const n = ring.length / 3
    const vertices = new Int32Array(n).fill(-1)
    for (let i = 0; i < n; i++) {
      const [x, y, z] = [ring[3 * i], ring[3 * i + 1], ring[3 * i + 2]]
      if (x < 0 || y < 0 || x > side || y > side) continue
      triangle = tin.locate(x, y, triangle)
      const v = tin.insert(x, y, z, triangle)
      // On an edge of another ring: its own edges there are left out.
      if (v < 0) continue
      if (v >= classes.length) classes.push(label)
      vertices[i] = v
      triangle = (tin.edgeFrom(v) / 3) | 0
    }
    for (let i = 0; i < n; i++) {
      const j = (i + 1) % n
      const here = 3 * i
      const there = 3 * j
      const outside = !insideSquare(ring, here, side) || !insideSquare(ring, there, side)
      if (outside) {
        checkClipped(ring, here, there, side, object)
        continue
      }
      const done =
        vertices[i]! >= 0 && vertices[j]! >= 0 && tin.force(vertices[i], vertices[j], EdgeKind.wall) === Forced.done
      if (!done) dropped++
    }
  }
  return dropped
}

const insideSquare = (ring: Int32Array, at: number, side: number): boolean =>
  ring[at] >= 0 && ring[at + 1] >= 0 && ring[at] <= side && ring[at + 1] <= side

/** Throws if an edge with an end outside reaches into the square. */
const checkClipped = (ring: Int32Array, here: number, there: number, side: number, object: LocalObject): void => {
  const [ax, ay, bx, by] = [ring[here], ring[here + 1], ring[there], ring[there + 1]]
  // Liang–Barsky: the part of the edge over the open square.
  let [from, to] = [0, 1]
  for (const [start, delta] of [
    [ax, bx - ax],
    [ay, by - ay],
  ] as const) {
    if (delta === 0) {
      if (start <= 0 || start >= side) return
      continue
    }
    const [low, high] = [-start / delta, (side - start) / delta]
    from = Math.max(from, Math.min(low, high))
    to = Math.min(to, Math.max(low, high))
  }
  // A crossing is rounded to whole mm: the edges beside it may cut that much off a corner.
  if ((to - from) * Math.hypot(bx - ax, by - ay) > 3) {
    throw new Error(
      `terrain: object ${object.id} crosses the border of the tile without a vertex there: its rings were made for another grid of tiles`,
    )
  }
}

/**
 * Assigns each triangle its object. All triangles between walls get the object that contains the
 * middle of the largest of them. If edges are missing, each triangle is located separately.
 */
const paintOwners = (tin: ConstrainedTin, objects: readonly LocalObject[], broken: boolean): void => {
  if (objects.length === 0) return
  const region = new Int32Array(tin.triangleCount).fill(-1)
  const stack: number[] = []
  for (let start = 0; start < tin.triangleCount; start++) {
    if (region[start] >= 0) continue
    const members: number[] = []
    stack.push(start)
    region[start] = start
    for (let t = stack.pop(); t !== undefined; t = stack.pop()) {
      members.push(t)
      for (let e = 3 * t; e < 3 * t + 3; e++) {
        const across = (tin.twins[e] / 3) | 0
        if (tin.twins[e] < 0 || tin.kinds[e] === EdgeKind.wall || region[across] >= 0) continue
        region[across] = start
        stack.push(across)
      }
    }
    if (broken) {
      for (const t of members) tin.owner[t] = ownerAt(tin, objects, t)
      continue
    }
    const largest = members.reduce((best, t) => (areaOf(tin, t) > areaOf(tin, best) ? t : best))
    const owner = ownerAt(tin, objects, largest)
    for (const t of members) tin.owner[t] = owner
  }
  // Owners must end at walls: where an edge is missing, the line between owners becomes one.
  for (let e = 0; e < 3 * tin.triangleCount; e++) {
    const twin = tin.twins[e]
    if (twin > e && tin.owner[(e / 3) | 0] !== tin.owner[(twin / 3) | 0]) tin.setKind(e, EdgeKind.wall)
  }
}

const areaOf = (tin: ConstrainedTin, t: number): number => {
  const c = tin.corners[3 * t + 2]
  return tin.side(3 * t, tin.x[c], tin.y[c])
}

/** Index + 1 of the object that contains the middle of a triangle, blocks before water; or 0. */
const ownerAt = (tin: ConstrainedTin, objects: readonly LocalObject[], t: number): number => {
  const { corners, x, y } = tin
  const [a, b, c] = [corners[3 * t], corners[3 * t + 1], corners[3 * t + 2]]
  const [mx, my] = [(x[a] + x[b] + x[c]) / 3, (y[a] + y[b] + y[c]) / 3]
  for (const kind of [6, 9]) {
    const k = objects.findIndex((object) => object.kind === kind && placeTo(object, mx, my) > 0)
    if (k >= 0) return k + 1
  }
  return 0
}

/** Adds pieces of lines outside objects; returns the number of those left out. */
const addLines = (tin: ConstrainedTin, classes: number[], pieces: Int32Array): number => {
  let dropped = 0
  let triangle = 0
  const vertexAt = (at: number): number => {
    const [x, y, z] = [pieces[at], pieces[at + 1], pieces[at + 2]]
    triangle = tin.locate(x, y, triangle)
    const known = [0, 1, 2].map((k) => tin.corners[3 * triangle + k]).find((v) => tin.x[v] === x && tin.y[v] === y)
    if (known !== undefined) return known
    if (tin.owner[triangle] !== 0 || isNearEdge(tin, triangle, x, y, EdgeKind.wall)) return -1
    const v = tin.insert(x, y, z, triangle)
    if (v >= classes.length) classes.push(2)
    return v
  }
  for (let i = 0; i < pieces.length; i += 6) {
    const a = vertexAt(i)
    const b = vertexAt(i + 3)
    if (a < 0 || b < 0 || !forceThrough(tin, a, b)) dropped++
  }
  return dropped
}

/** Adds places strictly inside the square, outside objects, away from lines and walls. */
const addPlaces = (tin: ConstrainedTin, classes: number[], places: Int32Array, side: number): void => {
  let triangle = 0
  for (let i = 0; i < places.length; i += 3) {
    const [x, y] = [places[i], places[i + 1]]
    if (x <= 0 || y <= 0 || x >= side || y >= side) continue
    triangle = tin.locate(x, y, triangle)
    if (tin.owner[triangle] !== 0 || isNearEdge(tin, triangle, x, y, EdgeKind.line)) continue
    const v = tin.insert(x, y, places[i + 2], triangle)
    if (v >= classes.length) classes.push(2)
  }
}

/** True within 2 mm of an edge of the triangle that has the kind or a firmer one. */
const isNearEdge = (tin: ConstrainedTin, t: number, px: number, py: number, kind: number): boolean => {
  for (let e = 3 * t; e < 3 * t + 3; e++) {
    if (tin.kinds[e] < kind) continue
    const a = tin.corners[e]
    const b = tin.corners[nextEdge(e)]
    if (tin.side(e, px, py) < 2 * Math.hypot(tin.x[b] - tin.x[a], tin.y[b] - tin.y[a])) return true
  }
  return false
}

/** Makes a–b a line, in parts if vertices lie on it; false if an edge blocks one. */
const forceThrough = (tin: ConstrainedTin, a: number, b: number): boolean => {
  for (let from = a; from !== b; ) {
    const answer = tin.force(from, b, EdgeKind.line)
    if (answer === Forced.done) return true
    if (answer === Forced.blocked || tin.force(from, answer, EdgeKind.line) !== Forced.done) return false
    from = answer
  }
  return true
}
