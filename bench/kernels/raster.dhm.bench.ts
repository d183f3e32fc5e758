import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("raster.dhm", "Mpx/s", Amount.megapixels("dhm"))
