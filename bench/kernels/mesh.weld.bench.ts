import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("mesh.weld", "triangles/s", Amount.triangles("ground"))
