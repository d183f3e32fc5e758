import { type DecodedGlb, decodeGlb } from "../../engine/formats/tiles3d/decode-glb.js"
import { encodeGlb } from "../../engine/formats/tiles3d/glb.js"
import { frameOf } from "../../engine/formats/tiles3d/tile-frame.js"
import { crsByEpsg } from "../../engine/grid/crs.js"
import { openGeoid } from "../../engine/grid/geoid.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { groundMesh } from "../seeded-data.js"

const benchmark: Benchmark = {
  name: "read-glb",
  unit: "triangles/s",
  setup: async () => {
    const scene = makeScene()
    const geoid = await openGeoid({ heights: "ellipsoidal", epsg: scene.epsg })
    const frame = frameOf(crsByEpsg(scene.epsg), geoid, scene.box, [160, 180])
    const mesh = groundMesh(scene)
    const bytes = encodeGlb({ mesh, frame, copyright: "made up", generator: "maille", extras: {} })
    let decoded: DecodedGlb | undefined
    return {
      run: async () => {
        decoded = await decodeGlb(bytes)
        return decoded.triangles.length / 3
      },
      checksum: () => checksumOf(decoded),
    }
  },
}
export default benchmark
