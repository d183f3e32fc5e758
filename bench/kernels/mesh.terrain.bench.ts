import { Amount, kernelBench } from "../kernel-bench.js"

export default kernelBench("mesh.terrain", "points/s", Amount.points("ground-points"))
