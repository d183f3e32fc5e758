/**
 * Every reader against broken files. Point files have a test of their own, which also judges the
 * points: engine/formats/las/fuzz.test.ts.
 */
import { fuzzTargets } from "./fuzz-targets.js"
import { inputTargets } from "./input-targets.js"
import { jobTargets } from "./job-targets.js"
import { productTargets } from "./product-targets.js"
import { rasterTargets } from "./raster-targets.js"

fuzzTargets([...productTargets, ...inputTargets, ...rasterTargets, ...jobTargets])
