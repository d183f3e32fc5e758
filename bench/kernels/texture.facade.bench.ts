import type { Texture } from "../../engine/kernel.js"
import { kernelBench } from "../kernel-bench.js"

export default kernelBench(
  "texture.facade",
  "texels/s",
  ({ facade }) =>
    (facade as readonly Texture[]).reduce(
      (sum, { charts }) => charts.reduce((texels, { width, height }) => texels + width * height, sum),
      0,
    ),
  // Four tiles are painted first: from two images each in seconds, not in half a minute.
  { "texture.views": { views: 2 } },
)
