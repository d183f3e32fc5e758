/** Makes seeded rasters, features and meshes. */
import { objectId } from "../../engine/core/hash.js"
import { seededRandom } from "../../engine/core/random.js"
import type { Features, Mesh, Raster } from "../../engine/kernel.js"
import { makeScene, type Scene } from "../../fixtures/sample/scene.js"

const RASTER_SIDE = 1000

/** The scene's ground at 0.2 m, one megapixel. */
export const groundRaster = (): Raster => {
  const scene = makeScene()
  const data = new Float32Array(RASTER_SIDE * RASTER_SIDE)
  for (let i = 0; i < data.length; i++) {
    data[i] = scene.ground(
      scene.box[0] + ((i % RASTER_SIDE) + 0.5) * 0.2,
      scene.box[3] - (Math.floor(i / RASTER_SIDE) + 0.5) * 0.2,
    )
  }
  return { width: RASTER_SIDE, height: RASTER_SIDE, minX: scene.box[0], maxY: scene.box[3], cellSize: 0.2, data }
}

const RECTANGLES = 5000

/** 5,000 seeded rectangles over 10 km, each with a height. */
export const rectangles = (): Features => {
  const random = seededRandom(1)
  const coordinates = new Float64Array(RECTANGLES * 10)
  const ids: string[] = []
  const heights = new Float64Array(RECTANGLES)
  for (let i = 0; i < RECTANGLES; i++) {
    const [x, y] = [840000 + random() * 10_000, 6520000 + random() * 10_000]
    const [w, d] = [5 + random() * 20, 5 + random() * 15]
    coordinates.set([x, y, x + w, y, x + w, y + d, x, y + d, x, y], i * 10)
    ids.push(objectId("building", x, y))
    heights[i] = 3 + random() * 12
  }
  return {
    geometry: "Polygon",
    dimension: 2,
    coordinates,
    ringEnds: Uint32Array.from({ length: RECTANGLES }, (_, i) => (i + 1) * 5),
    partEnds: Uint32Array.from({ length: RECTANGLES }, (_, i) => i + 1),
    ids,
    columns: { height: { type: "number", values: heights } },
  }
}

const MESH_SIDE = 201

/** The scene's ground as a regular mesh of 1 m: 80,000 triangles. */
export const groundMesh = (scene: Scene): Mesh => {
  const positions = new Int32Array(MESH_SIDE * MESH_SIDE * 3)
  for (let i = 0; i < MESH_SIDE * MESH_SIDE; i++) {
    const [x, y] = [i % MESH_SIDE, Math.floor(i / MESH_SIDE)]
    const z = Math.round(scene.ground(scene.box[0] + x, scene.box[1] + y) * 1000)
    positions.set([x * 1000, y * 1000, z], i * 3)
  }
  const triangles = new Uint32Array((MESH_SIDE - 1) ** 2 * 6)
  let n = 0
  for (let row = 0; row < MESH_SIDE - 1; row++) {
    for (let column = 0; column < MESH_SIDE - 1; column++) {
      const a = row * MESH_SIDE + column
      triangles.set([a, a + 1, a + MESH_SIDE, a + 1, a + MESH_SIDE + 1, a + MESH_SIDE], n)
      n += 6
    }
  }
  const classes = new Uint8Array(MESH_SIDE * MESH_SIDE).fill(2)
  return { origin: [scene.box[0], scene.box[1], 0], positions, triangles, classes, maxError: 0.1 }
}
