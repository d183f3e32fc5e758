import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("vector.contour", "Mpx/s", Amount.megapixelsIn("dtm"))
