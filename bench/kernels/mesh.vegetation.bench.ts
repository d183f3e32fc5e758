import type { Mesh } from "../../engine/kernel.js"
import vegetation from "../../kernels/vegetation/crowns.js"
import { encodeTreeList } from "../../kernels/vegetation/tree/list.js"
import { riverBench } from "../site-bench.js"

/** A wood: a tree in every 6 m of 600 m. */
const SIDE = 100

export default riverBench(
  "mesh.vegetation",
  vegetation,
  "triangles/s",
  async ({ cells: [west], tile }) => {
    const count = SIDE * SIDE
    const whole = (value: (i: number) => number): Int32Array => Int32Array.from({ length: count }, (_, i) => value(i))
    const trees = encodeTreeList({
      x: Float64Array.from({ length: count }, (_, i) => 1000 * west[0] + 6000 * (i % SIDE)),
      y: Float64Array.from({ length: count }, (_, i) => 1000 * west[1] + 6000 * Math.floor(i / SIDE)),
      ground: whole((i) => 170_000 + (i % 7)),
      height: whole((i) => 5000 + 1000 * (i % 17)),
      radius: whole((i) => 1500 + 100 * (i % 13)),
    })
    return { tile: tile(west), inputs: { "tree-own": trees } }
  },
  (_inputs, outputs) => (outputs["crown"] as Mesh).triangles.length / 3,
)
