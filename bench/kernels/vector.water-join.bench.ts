import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("vector.water-join", "MB/s", Amount.megabytes("water-part"))
