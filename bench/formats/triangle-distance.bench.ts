import { triangleIndex } from "../../engine/core/geometry/triangle-distance.js"
import { seededRandom } from "../../engine/core/random.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { groundMesh } from "../seeded-data.js"

const POINTS = 100_000

const benchmark: Benchmark = {
  name: "triangle-distance",
  unit: "points/s",
  setup: async () => {
    const { positions, triangles } = groundMesh(makeScene())
    const metres = Float64Array.from(positions, (value) => value / 1000)
    const index = triangleIndex(metres, triangles)
    const random = seededRandom(5)
    const places = new Float64Array(3 * POINTS)
    for (let i = 0; i < POINTS; i++) {
      const vertex = Math.floor(random() * (metres.length / 3))
      for (let k = 0; k < 3; k++) places[3 * i + k] = metres[3 * vertex + k]! + random() - 0.5
    }
    let sum = 0
    return {
      run: () => {
        sum = 0
        for (let i = 0; i < POINTS; i++) sum += index.distance(places[3 * i]!, places[3 * i + 1]!, places[3 * i + 2]!)
        return POINTS
      },
      checksum: () => checksumOf(sum),
    }
  },
}
export default benchmark
