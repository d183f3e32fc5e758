import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("texture.views", "triangles/s", Amount.triangles("mesh"))
