import square from "../../kernels/vegetation/cover-region.js"
import { coverBench, noisyTiles } from "../cover-bench.js"

/** Sixteen tiles of 250 m of noise, in one square. */
export default coverBench("vector.vegetation-square", square, "cover-tile", () =>
  noisyTiles([0, 250, 500, 750].flatMap((x) => [0, 250, 500, 750].map((y) => [x, y] as const))),
)
