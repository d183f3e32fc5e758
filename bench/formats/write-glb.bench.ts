import { encodeGlb } from "../../engine/formats/tiles3d/glb.js"
import { frameOf } from "../../engine/formats/tiles3d/tile-frame.js"
import { crsByEpsg } from "../../engine/grid/crs.js"
import { openGeoid } from "../../engine/grid/geoid.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { groundMesh } from "../seeded-data.js"

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
