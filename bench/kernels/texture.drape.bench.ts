import { Amount, kernelBench } from "../kernel-bench.js"

// What is painted of the walls is a small part of it: two images do.
export default kernelBench("texture.drape", "triangles/s", Amount.triangles("mesh"), { "texture.views": { views: 2 } })
