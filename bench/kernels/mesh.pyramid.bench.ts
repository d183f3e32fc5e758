import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("mesh.pyramid", "triangles/s", Amount.triangles("mesh"))
