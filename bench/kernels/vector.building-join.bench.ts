import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("vector.building-join", "MB/s", Amount.megabytes("building-part"))
