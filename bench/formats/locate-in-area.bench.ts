import { seededRandom } from "../../engine/core/random.js"
import { indexArea } from "../../engine/formats/vector/area-index.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"

const corners = 20_000
const points = 200_000

/** The limit of a département: a ring of 20 000 corners about 100 km across. */
const limit = (): Float64Array => {
  const random = seededRandom(1)
  const xy = Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners
    const radius = 40_000 + 5000 * Math.sin(7 * angle) + 100 * random()
    return [750_000 + radius * Math.cos(angle), 6_300_000 + radius * Math.sin(angle)]
  }).flat()
  return Float64Array.from([...xy, xy[0] ?? 0, xy[1] ?? 0])
}

const benchmark: Benchmark = {
  name: "locate-in-area",
  unit: "points/s",
  setup: () => {
    const index = indexArea({ rings: [[limit()]] })
    const random = seededRandom(2)
    const places = Float64Array.from({ length: 2 * points }, (_, i) =>
      i % 2 === 0 ? 700_000 + 100_000 * random() : 6_250_000 + 100_000 * random(),
    )
    const inside = new Uint8Array(points)
    return Promise.resolve({
      run: () => {
        for (let i = 0; i < points; i++) inside[i] = index.holds(places[2 * i] ?? 0, places[2 * i + 1] ?? 0) ? 1 : 0
        return points
      },
      checksum: () => checksumOf(inside),
    })
  },
}
export default benchmark
