import { projectPoints } from "../../engine/core/projection.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { FRAME, flight } from "../seeded-shots.js"

const POINTS = 200_000

/** Vertices of a mesh to pixels of one image with distortion: what choosing images for faces does most. */
const benchmark: Benchmark = {
  name: "project-points",
  unit: "points/s",
  setup: async () => {
    const distortion = { centre: [13_230, 8502], radial: [-2e-11, 3e-20, -1e-29], given: "ideal" } as const
    const shot = { ...flight(1)[0]!, camera: { ...FRAME, distortion } }
    const points = Float64Array.from({ length: POINTS * 3 }, (_, i) => {
      const k = Math.floor(i / 3)
      if (i % 3 === 2) return 40 + (k % 97)
      return i % 3 === 0 ? 699_300 + (k % 1400) : 6_499_600 + (k % 811)
    })
    let pixels: Float64Array = new Float64Array(0)
    return {
      run: () => {
        pixels = projectPoints(shot, points)
        return POINTS
      },
      checksum: () => checksumOf(pixels),
      inputs: () => checksumOf(points),
    }
  },
}
export default benchmark
