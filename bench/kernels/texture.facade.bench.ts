import type { Texture } from "../../engine/kernel.js"
import { kernelBench } from "../kernel-bench.js"

export default kernelBench("texture.facade", "texels/s", ({ facade }) =>
  (facade as readonly Texture[]).reduce(
    (sum, { charts }) => charts.reduce((texels, { width, height }) => texels + width * height, sum),
    0,
  ),
)
