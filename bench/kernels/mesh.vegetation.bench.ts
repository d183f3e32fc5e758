import type { Mesh } from "../../engine/kernel.js"
import { kernelBench } from "../kernel-bench.js"

export default kernelBench(
  "mesh.vegetation",
  "triangles/s",
  (_inputs, outputs) => (outputs["crown"] as Mesh).triangles.length / 3,
)
