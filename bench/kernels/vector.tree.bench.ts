import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("vector.tree", "Mpx/s", Amount.megapixelsIn("dhm"))
