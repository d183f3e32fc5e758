import { encodeGlb } from "../../engine/formats/tiles3d/glb.js"
import { frameOf } from "../../engine/formats/tiles3d/tile-frame.js"
import { crsByEpsg } from "../../engine/grid/crs.js"
import { openGeoid } from "../../engine/grid/geoid.js"
import type { Mesh } from "../../engine/kernel.js"
import { makeScene, type Scene } from "../../fixtures/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"

const SIDE = 201

/** The scene's ground as a regular mesh of 1 m: 80,000 triangles. */
const groundMesh = (scene: Scene): Mesh => {
  const positions = new Int32Array(SIDE * SIDE * 3)
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)]
    const z = Math.round(scene.ground(scene.box[0] + x, scene.box[1] + y) * 1000)
    positions.set([x * 1000, y * 1000, z], i * 3)
  }
  const triangles = new Uint32Array((SIDE - 1) ** 2 * 6)
  let n = 0
  for (let row = 0; row < SIDE - 1; row++) {
    for (let column = 0; column < SIDE - 1; column++) {
      const a = row * SIDE + column
      triangles.set([a, a + 1, a + SIDE, a + 1, a + SIDE + 1, a + SIDE], n)
      n += 6
    }
  }
  const classes = new Uint8Array(SIDE * SIDE).fill(2)
  return { origin: [scene.box[0], scene.box[1], 0], positions, triangles, classes, maxError: 0.1 }
}

const benchmark: Benchmark = {
  name: "write-glb",
  unit: "triangles/s",
  setup: async () => {
    const scene = makeScene()
    const mesh = groundMesh(scene)
    const geoid = await openGeoid({ heights: "ellipsoidal", epsg: scene.epsg })
    const frame = frameOf(crsByEpsg(scene.epsg), geoid, scene.box, [160, 180])
    let bytes = new Uint8Array(0)
    return {
      run: () => {
        bytes = new Uint8Array(encodeGlb({ mesh, frame, copyright: "made up", generator: "maille", extras: {} }))
        return mesh.triangles.length / 3
      },
      checksum: () => checksumOf(bytes),
    }
  },
}
export default benchmark
