import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("vector.water", "points/s", Amount.points("water-surface-points"))
