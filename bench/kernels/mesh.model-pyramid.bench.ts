import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("mesh.model-pyramid", "triangles/s", Amount.triangles("ground"))
