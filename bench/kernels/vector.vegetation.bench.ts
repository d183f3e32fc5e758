import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("vector.vegetation", "Mpx/s", Amount.megapixelsIn("dhm"))
