import type { Box2 } from "../../engine/core/geometry/box.js"
import { catalogueShots } from "../../engine/spatial/shot-catalogue.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { flight } from "../seeded-shots.js"

/** Tiles asked among 10,000 shots; the catalogue of 100 beside it answers as fast, since as many shots see each tile. */
const SHOTS = 10_000
const QUERIES = 500

const benchmark: Benchmark = {
  name: "query-shots",
  unit: "queries/s",
  setup: async () => {
    const catalogue = catalogueShots(flight(SHOTS), { low: 0, high: 300 })
    const boxes = Array.from({ length: QUERIES }, (_, i): Box2 => {
      const [x, y] = [700_000 + ((i * 37) % 119) * 1000, 6_500_000 + ((i * 5) % 12) * 1000]
      return [x, y, x + 1000, y + 1000]
    })
    const found: number[] = []
    return {
      run: () => {
        found.length = 0
        for (const box of boxes) found.push(catalogue.query(box, { low: 40, high: 90 }).length)
        return QUERIES
      },
      checksum: () => checksumOf(Float64Array.from(found)),
    }
  },
}
export default benchmark
