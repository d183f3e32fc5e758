import { Box2 } from "../../engine/core/geometry/box.js"
import { seededRandom } from "../../engine/core/random.js"
import type { Mesh, Points, Tile } from "../../engine/kernel.js"

/**
 * Points of an endless made scene: rolling ground, boxes as buildings, tufts as trees; where `hole`
 * says so, none.
 */
export interface Scene {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly z: Float64Array
  readonly classes: Uint8Array
}

/**
 * A scene over `box` (metres), about `density` points a square metre, mm, in canonical order of 1 m
 * cells.
 */
export const makeScene = (
  seed: number,
  box: Box2,
  density: number,
  hole?: (x: number, y: number) => boolean,
): Scene => {
  const random = seededRandom(seed)
  const rows: [number, number, number, number][] = []
  for (let cellY = box[1]; cellY < box[3]; cellY++) {
    for (let cellX = box[0]; cellX < box[2]; cellX++) {
      for (let k = 0; k < density; k++) {
        const x = Math.round((cellX + random()) * 1000)
        const y = Math.round((cellY + random()) * 1000)
        const bump = random()
        if (hole?.(x / 1000, y / 1000)) continue
        const ground = 100 + 3 * Math.sin(x / 9000) + 2 * Math.cos(y / 7000) + 0.05 * bump
        const roof = Math.floor(x / 17000) % 2 === 0 && Math.floor(y / 13000) % 2 === 0
        const tree = !roof && Math.hypot((x % 11000) - 5500, (y % 9000) - 4500) < 2500
        const height = roof ? 108 : tree ? ground + 4 + 3 * bump : ground
        rows.push([x, y, Math.round(height * 1000), roof ? 6 : tree ? 5 : 2])
      }
    }
  }
  return {
    x: Float64Array.from(rows, (row) => row[0]),
    y: Float64Array.from(rows, (row) => row[1]),
    z: Float64Array.from(rows, (row) => row[2]),
    classes: Uint8Array.from(rows, (row) => row[3]),
  }
}

/** The scene's points in the tile's extent, relative to its origin. */
export const pointsOf = (scene: Scene, tile: Tile): Points & { classification: Uint8Array } => {
  const chosen: number[] = []
  for (let i = 0; i < scene.x.length; i++) {
    if (Box2.owns(tile.extent, scene.x[i] / 1000, scene.y[i] / 1000)) chosen.push(i)
  }
  const relative = (values: Float64Array, offset: number): Int32Array =>
    Int32Array.from(chosen, (i) => values[i] - 1000 * offset)
  return {
    count: chosen.length,
    x: relative(scene.x, tile.origin[0]),
    y: relative(scene.y, tile.origin[1]),
    z: relative(scene.z, 0),
    classification: Uint8Array.from(chosen, (i) => scene.classes[i]),
    scale: 0.001,
    origin: tile.origin,
  }
}

/** What every mesh must satisfy, counted without the kernels' own code. */
export interface MeshFacts {
  readonly areaM2: number
  readonly degenerate: number
  readonly nonManifold: number
  readonly unused: number
  /** Open edges as "x y z x y z" in mm of the CRS, each from its lower end. */
  readonly open: ReadonlySet<string>
}

/** Facts of a mesh. */
export const factsOf = (mesh: Mesh): MeshFacts => {
  const { positions: p, triangles } = mesh
  let doubleArea = 0
  let degenerate = 0
  const fellows = new Map<string, number>()
  const used = new Set(triangles)
  const place = (v: number): string =>
    [0, 1, 2].map((axis) => p[3 * v + axis] + 1000 * mesh.origin[axis as 0 | 1 | 2]).join(" ")
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t], triangles[t + 1], triangles[t + 2]]
    const area =
      (p[3 * b] - p[3 * a]) * (p[3 * c + 1] - p[3 * a + 1]) - (p[3 * b + 1] - p[3 * a + 1]) * (p[3 * c] - p[3 * a])
    if (area <= 0) degenerate++
    doubleArea += area
    for (const [u, w] of [
      [a, b],
      [b, c],
      [c, a],
    ] as const) {
      const [pu, pw] = [place(u), place(w)]
      const key = pu < pw ? `${pu} ${pw}` : `${pw} ${pu}`
      fellows.set(key, (fellows.get(key) ?? 0) + 1)
    }
  }
  const open = new Set<string>()
  let nonManifold = 0
  for (const [key, count] of fellows) {
    if (count === 1) open.add(key)
    if (count > 2) nonManifold++
  }
  return { areaM2: doubleArea / 2e6, degenerate, nonManifold, unused: mesh.classes.length - used.size, open }
}

/** Open edges that lie on the vertical line x or the horizontal line y (metres), sorted. */
export const openOn = (facts: MeshFacts, line: { x: number } | { y: number }): string[] => {
  const axis = "x" in line ? 0 : 1
  const at = String(1000 * ("x" in line ? line.x : line.y))
  return [...facts.open].filter((key) => key.split(" ")[axis] === at && key.split(" ")[axis + 3] === at).sort()
}

/**
 * Height of the mesh at a place (mm relative to its origin) by trying every triangle; undefined
 * outside.
 */
export const heightAt = (mesh: Mesh, x: number, y: number): number | undefined => {
  const { positions: p, triangles } = mesh
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]]
    const ab = (p[b] - p[a]) * (y - p[a + 1]) - (p[b + 1] - p[a + 1]) * (x - p[a])
    const bc = (p[c] - p[b]) * (y - p[b + 1]) - (p[c + 1] - p[b + 1]) * (x - p[b])
    const ca = (p[a] - p[c]) * (y - p[c + 1]) - (p[a + 1] - p[c + 1]) * (x - p[c])
    if (ab < 0 || bc < 0 || ca < 0) continue
    return (p[a + 2] * bc + p[b + 2] * ca + p[c + 2] * ab) / (ab + bc + ca)
  }
  return undefined
}
