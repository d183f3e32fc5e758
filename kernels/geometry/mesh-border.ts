/**
 * Open edges of meshes, and meshes joined over shared borders, to simplify levels and to look for
 * faults.
 */

import { nextEdge } from "../../engine/core/geometry/triangles.js"
import { addToList } from "../../engine/core/lists.js"
import type { Mesh } from "../../engine/kernel.js"

/** The vertices of several meshes as one list, with the border of their union. */
export interface JoinedMeshes {
  /**
   * Coordinates relative to the common origin, mm. A place that several meshes share occurs once.
   */
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classes: Uint8Array
  /** 1 for vertices on the border of one of the meshes. */
  readonly onBorder: Uint8Array
  /**
   * Directed border edges of the union (vertex pairs), the surface on their left; borders between
   * meshes cancel out.
   */
  readonly border: Int32Array
  /** Triangles of all meshes over the joined vertices. */
  readonly triangles: Uint32Array
}

/**
 * The edges of a mesh as sorted keys: half of a key is low · `vertexCount` + high of its vertices.
 * Odd keys run from high to low.
 */
export const edgeKeys = (triangles: Uint32Array, vertexCount: number): Float64Array => {
  const keys = new Float64Array(triangles.length)
  for (let e = 0; e < triangles.length; e++) {
    const a = triangles[e]
    const b = triangles[nextEdge(e)]
    keys[e] = a < b ? 2 * (a * vertexCount + b) : 2 * (b * vertexCount + a) + 1
  }
  return keys.sort()
}

/**
 * The directed edges that no second triangle shares, as vertex pairs in order of their first
 * vertex, the surface on their left. O(n log n).
 */
export const openEdges = (triangles: Uint32Array, vertexCount: number): Int32Array => {
  const keys = edgeKeys(triangles, vertexCount)
  const open: number[] = []
  for (let i = 0; i < keys.length; i++) {
    const edge = Math.floor(keys[i] / 2)
    const paired =
      (i > 0 && Math.floor(keys[i - 1] / 2) === edge) || (i + 1 < keys.length && Math.floor(keys[i + 1] / 2) === edge)
    if (paired) continue
    const low = Math.floor(edge / vertexCount)
    const high = edge % vertexCount
    if (keys[i] % 2 === 0) open.push(low, high)
    else open.push(high, low)
  }
  return Int32Array.from(open)
}

/**
 * Joins meshes whose borders agree vertex for vertex where they touch. Border vertices at one place
 * merge, and edges shared by two meshes leave the border. Vertices keep the order of the meshes.
 * O(n log n).
 */
export const joinAtBorders = (meshes: readonly Mesh[], origin: Mesh["origin"]): JoinedMeshes => {
  const count = meshes.reduce((sum, mesh) => sum + mesh.classes.length, 0)
  const x = new Int32Array(count)
  const y = new Int32Array(count)
  const z = new Int32Array(count)
  const classes = new Uint8Array(count)
  const onBorder = new Uint8Array(count)
  const triangles = new Uint32Array(meshes.reduce((sum, mesh) => sum + mesh.triangles.length, 0))
  const open: number[] = []
  let offset = 0
  let at = 0
  for (const mesh of meshes) {
    const dx = Math.round((mesh.origin[0] - origin[0]) * 1000)
    const dy = Math.round((mesh.origin[1] - origin[1]) * 1000)
    const dz = Math.round((mesh.origin[2] - origin[2]) * 1000)
    const vertexCount = mesh.classes.length
    for (let v = 0; v < vertexCount; v++) {
      x[offset + v] = mesh.positions[3 * v] + dx
      y[offset + v] = mesh.positions[3 * v + 1] + dy
      z[offset + v] = mesh.positions[3 * v + 2] + dz
    }
    classes.set(mesh.classes, offset)
    for (const vertex of openEdges(mesh.triangles, vertexCount)) {
      open.push(offset + vertex)
      onBorder[offset + vertex] = 1
    }
    for (let e = 0; e < mesh.triangles.length; e++) triangles[at++] = offset + mesh.triangles[e]
    offset += vertexCount
  }
  const same = mergeBorder(x, y, onBorder)
  const border = cancelled(
    open.map((vertex) => same[vertex]!),
    count,
  )
  for (let e = 0; e < triangles.length; e++) triangles[e] = same[triangles[e]]
  const renumbered = new Int32Array(count)
  const chosen = numberChosen(same, renumbered)
  const own = <T extends Int32Array | Uint8Array>(values: T): T =>
    pick(values, chosen, values.slice(0, chosen.length) as T)
  return {
    x: own(x),
    y: own(y),
    z: own(z),
    classes: own(classes),
    onBorder: own(onBorder),
    border: pick(renumbered, border, new Int32Array(border.length)),
    triangles: pick(renumbered, triangles, new Uint32Array(triangles.length)),
  }
}

/** Numbers the vertices that are the first at their place, and returns them. */
const numberChosen = (same: Int32Array, numbers: Int32Array): Int32Array => {
  const chosen = new Int32Array(same.length)
  let count = 0
  for (let v = 0; v < same.length; v++) {
    chosen[count] = v
    numbers[v] = count
    count += same[v] === v ? 1 : 0
  }
  return chosen.subarray(0, count)
}

/** Copies the values at some places. A separate function, which V8 compiles once. */
const pick = <T extends Int32Array | Uint32Array | Uint8Array>(
  values: Int32Array | Uint8Array,
  places: Int32Array | Uint32Array,
  to: T,
): T => {
  for (let i = 0; i < places.length; i++) to[i] = values[places[i]]
  return to
}

/**
 * The border as closed loops of vertices. At a vertex that two loops touch, the sharpest left turn
 * continues: loops never cross.
 */
export const borderLoops = (joined: JoinedMeshes): number[][] => {
  const { x, y, border } = joined
  const leaving = new Map<number, number[]>()
  for (let e = 0; e < border.length; e += 2) addToList(leaving, border[e], e)
  const used = new Uint8Array(border.length)
  const loops: number[][] = []
  for (let first = 0; first < border.length; first += 2) {
    if (used[first] === 1) continue
    const loop: number[] = []
    let e = first
    while (used[e] === 0) {
      used[e] = 1
      const from = border[e]
      const via = border[e + 1]
      loop.push(from)
      const turn = (candidate: number): number => {
        const to = border[candidate + 1]
        const ux = x[via] - x[from]
        const uy = y[via] - y[from]
        const wx = x[to] - x[via]
        const wy = y[to] - y[via]
        return Math.atan2(ux * wy - uy * wx, ux * wx + uy * wy)
      }
      const choices = (leaving.get(via) ?? []).filter((candidate) => used[candidate] === 0 || candidate === first)
      choices.sort((a, b) => turn(b) - turn(a) || a - b)
      const next = choices[0]
      if (next === undefined) break
      e = next
    }
    loops.push(loop)
  }
  return loops
}

/** For each border vertex the first one at its place; other vertices map to themselves. */
const mergeBorder = (x: Int32Array, y: Int32Array, onBorder: Uint8Array): Int32Array => {
  const same = Int32Array.from(x, (_, v) => v)
  const border: number[] = []
  for (let v = 0; v < x.length; v++) if (onBorder[v] === 1) border.push(v)
  border.sort((a, b) => y[a] - y[b] || x[a] - x[b] || a - b)
  for (let i = 1; i < border.length; i++) {
    const before = border[i - 1]!
    const v = border[i]!
    if (x[before] === x[v] && y[before] === y[v]) same[v] = same[before]
  }
  return same
}

/** The directed edges whose reverse does not occur. */
const cancelled = (open: readonly number[], vertexCount: number): Int32Array => {
  const edges = new Set<number>()
  for (let i = 0; i < open.length; i += 2) edges.add(open[i]! * vertexCount + open[i + 1]!)
  const chosen: number[] = []
  for (let i = 0; i < open.length; i += 2) {
    if (!edges.has(open[i + 1]! * vertexCount + open[i]!)) chosen.push(open[i]!, open[i + 1]!)
  }
  return Int32Array.from(chosen)
}
