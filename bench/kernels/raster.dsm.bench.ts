import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("raster.dsm", "points/s", Amount.points("surface"))
