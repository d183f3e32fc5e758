import type { Chart, Mesh } from "../../engine/kernel.js"
import { type Building, roofHeight } from "../../fixtures/sample/roofs.js"
import type { Scene } from "../../fixtures/sample/scene.js"
import { listWalls, type Wall } from "../../fixtures/sample/wall-pattern.js"
import { triangulatePolygon } from "../../kernels/geometry/triangulate-polygon.js"

/** A wall of the scene with its chart in the frame of {@link sceneMesh}. */
export interface WallChart {
  readonly wall: Wall
  readonly chart: Chart
}

/** The middle of texel (column, row) of a chart, metres in the mesh's frame. */
export const texelCentre = ({ origin, u, v, texel }: Chart, column: number, row: number): [number, number, number] => {
  const [a, b] = [(column + 0.5) * texel, (row + 0.5) * texel]
  return [origin[0] + a * u[0] + b * v[0], origin[1] + a * u[1] + b * v[1], origin[2] + a * u[2] + b * v[2]]
}

/**
 * The exact surfaces of the scene as one mesh: ground (2 m), walls, roofs, deck, crowns (facets
 * around the ellipsoids).
 */
export const sceneMesh = (scene: Scene): Mesh => {
  const origin = [scene.box[0], scene.box[1], 0] as const
  const places: number[] = []
  const triangles: number[] = []
  const put = (x: number, y: number, z: number): number =>
    places.push(Math.round((x - origin[0]) * 1000), Math.round((y - origin[1]) * 1000), Math.round(z * 1000)) / 3 - 1
  const quad = (a: number, b: number, c: number, d: number): void => {
    triangles.push(a, b, c, a, c, d)
  }
  /** A surface over two parameters, (columns + 1) × (rows + 1) points. */
  const sheet = (columns: number, rows: number, at: (i: number, j: number) => [number, number, number]): void => {
    const first = places.length / 3
    for (let j = 0; j <= rows; j++) for (let i = 0; i <= columns; i++) put(...at(i, j))
    for (let j = 0; j < rows; j++) {
      for (let i = 0; i < columns; i++) {
        const a = first + j * (columns + 1) + i
        quad(a, a + 1, a + columns + 2, a + columns + 1)
      }
    }
  }
  const side = Math.round((scene.box[2] - scene.box[0]) / 2)
  sheet(side, side, (i, j) => {
    const [x, y] = [scene.box[0] + 2 * i, scene.box[1] + 2 * j]
    return [x, y, scene.ground(x, y)]
  })
  for (const wall of listWalls(scene.buildings)) {
    const building = scene.buildings[wall.building]!
    const steps = Math.ceil(wall.length / 0.25)
    sheet(steps, 1, (i, j) => {
      const [x, y] = alongWall(wall, (i / steps) * wall.length)
      return [x, y, j === 0 ? scene.ground(x, y) - 0.5 : topOf(building, wall, (i / steps) * wall.length)]
    })
  }
  for (const { faces } of scene.buildings) {
    for (const { rings, plane } of faces) {
      const corners: number[] = []
      const parts = rings.map((ring) => {
        const part: number[] = []
        for (let i = 0; i + 2 < ring.length; i += 2) {
          const [x, y] = [ring[i]!, ring[i + 1]!]
          part.push(corners.length)
          corners.push(put(x, y, plane.c + plane.a * (x - plane.x0) + plane.b * (y - plane.y0)))
        }
        return part
      })
      const found = triangulatePolygon(
        corners.map((v) => places[3 * v]!),
        corners.map((v) => places[3 * v + 1]!),
        parts,
      )
      triangles.push(...found!.map((v) => corners[v]!))
    }
  }
  const { box, south, north } = scene.bridge
  sheet(1, 1, (i, j) => [box[2 * i]!, box[1 + 2 * j]!, j === 0 ? south : north])
  for (const { x, y, z, radius, height, bole } of scene.trees) {
    const half = (height - bole) / 2
    sheet(16, 8, (i, j) => {
      const [turn, rise] = [(Math.PI * i) / 8, (Math.PI * j) / 8 - Math.PI / 2]
      // Facets touch the ellipsoid from outside.
      const r = 1.04 * Math.cos(rise)
      return [
        x + radius * r * Math.cos(turn),
        y + radius * r * Math.sin(turn),
        z + bole + half * (1 + 1.04 * Math.sin(rise)),
      ]
    })
  }
  const count = places.length / 3
  return {
    origin,
    positions: Int32Array.from(places),
    triangles: Uint32Array.from(triangles),
    classes: new Uint8Array(count),
    maxError: 0,
  }
}

/** x and y of a place along a wall. */
export const alongWall = ({ a, b, length }: Wall, along: number): [number, number] => [
  a[0] + ((b[0] - a[0]) * along) / length,
  a[1] + ((b[1] - a[1]) * along) / length,
]

/** Height of a wall's upper edge. */
export const topOf = (building: Building, wall: Wall, along: number): number => {
  const within = Math.min(wall.length - 1e-4, Math.max(1e-4, along))
  const [x, y] = alongWall(wall, within)
  const [ux, uy] = [(wall.b[0] - wall.a[0]) / wall.length, (wall.b[1] - wall.a[1]) / wall.length]
  return roofHeight(building, x - 1e-5 * uy, y + 1e-5 * ux)
}

/**
 * Charts of all walls: from the highest point of the building down to the lowest ground along the
 * wall.
 */
export const sceneCharts = (scene: Scene, texel: number): WallChart[] =>
  listWalls(scene.buildings).map((wall) => {
    const building = scene.buildings[wall.building]!
    const low = Math.min(scene.ground(...wall.a), scene.ground(...wall.b))
    const [ux, uy] = [(wall.b[0] - wall.a[0]) / wall.length, (wall.b[1] - wall.a[1]) / wall.length]
    const chart: Chart = {
      faces: new Uint32Array(0),
      origin: [wall.a[0] - scene.box[0], wall.a[1] - scene.box[1], building.top],
      u: [ux, uy, 0],
      v: [0, 0, -1],
      width: Math.ceil(wall.length / texel),
      height: Math.ceil((building.top - low) / texel),
      texel,
    }
    return { wall, chart }
  })
