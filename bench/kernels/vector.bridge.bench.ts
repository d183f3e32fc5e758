import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("vector.bridge", "points/s", Amount.points("deck-surface-points"))
