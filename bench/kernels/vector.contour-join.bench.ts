import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("vector.contour-join", "MB/s", Amount.megabytes("contour-part"))
