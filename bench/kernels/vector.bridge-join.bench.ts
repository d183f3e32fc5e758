import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("vector.bridge-join", "MB/s", Amount.megabytes("deck-part"))
