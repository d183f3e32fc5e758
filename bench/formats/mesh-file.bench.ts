import { decodeMeshFile, encodeMeshFile } from "../../engine/formats/ports/handed-files.js"
import type { Mesh } from "../../engine/kernel.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { groundMesh } from "../seeded-data.js"

const benchmark: Benchmark = {
  name: "mesh-file",
  unit: "triangles/s",
  setup: async () => {
    const mesh = groundMesh(makeScene())
    let again: Mesh | undefined
    return {
      run: () => {
        again = decodeMeshFile(encodeMeshFile(mesh), "mesh")
        return mesh.triangles.length / 3
      },
      checksum: () => checksumOf(again),
    }
  },
}
export default benchmark
