import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("vector.building", "points/s", Amount.points("class-6"))
