import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("raster.dtm", "points/s", Amount.points("ground"))
