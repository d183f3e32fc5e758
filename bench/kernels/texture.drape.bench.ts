import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("texture.drape", "triangles/s", Amount.triangles("mesh"))
