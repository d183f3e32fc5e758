import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("mesh.bridge", "points/s", Amount.points("deck-surface-points"))
