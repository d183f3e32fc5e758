import { decodeWallsFile, encodeWallsFile } from "../../engine/formats/ports/handed-files.js"
import type { Texture, TextureChart } from "../../engine/kernel.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"

/** A street of walls, 10 m by 6 m each at 0.4 m. */
const walls = (): TextureChart[] =>
  Array.from({ length: 2000 }, (_, n) => ({
    faces: new Uint32Array(0),
    origin: [15 * n, 0, 100],
    u: [1, 0, 0],
    v: [0, 0, 1],
    texel: 0.4,
    width: 25,
    height: 15,
    data: Uint8Array.from({ length: 4 * 25 * 15 }, (_, i) => (n * 31 + i * 7) & 255),
  }))

const benchmark: Benchmark = {
  name: "walls-file",
  unit: "texels/s",
  setup: async () => {
    const charts = walls()
    let again: Texture | undefined
    return {
      run: () => {
        again = decodeWallsFile(encodeWallsFile({ charts }), "walls")
        return charts.length * 25 * 15
      },
      checksum: () => checksumOf(again),
    }
  },
}
export default benchmark
