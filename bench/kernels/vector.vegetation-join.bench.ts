import join from "../../kernels/vegetation/cover-join.js"
import square from "../../kernels/vegetation/cover-region.js"
import { coverBench, noisyTiles, runWith } from "../cover-bench.js"

/** Strips of noise on both sides of a line of the grid, 10 km long. */
export default coverBench("vector.vegetation-join", join, "cover-cuts", () =>
  [9_750, 10_000].map((x) => {
    const tiles = noisyTiles(Array.from({ length: 40 }, (_, i) => [x, 250 * i] as const))
    return runWith(square, { "cover-tile": tiles })["cover-cuts"] as Uint8Array
  }),
)
