import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("mesh.surface", "points/s", Amount.points("relief"))
