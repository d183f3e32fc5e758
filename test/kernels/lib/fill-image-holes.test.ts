import { describe, expect, it } from "vitest"
import { randomFrom } from "../../../engine/core/random.js"
import { emptyRuns, keptRuns } from "../../../kernels/lib/empty-runs.js"
import { fillImageHoles } from "../../../kernels/lib/fill-image-holes.js"

const [WIDTH, HEIGHT] = [37, 29]
