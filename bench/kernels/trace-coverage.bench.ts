import { labelRuns } from "../../kernels/vegetation/coverage/class-runs.js"
import { coverageGraph } from "../../kernels/vegetation/coverage/graph.js"
import { simplifyCoverage } from "../../kernels/vegetation/coverage/simplify.js"
import { type RegionRings, traceCoverage } from "../../kernels/vegetation/coverage/trace.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { classRaster } from "../seeded-classes.js"

const SIDE = 1500
/** Cells. */
const TOLERANCE = 1

/** Regions of a class raster: labelled, simplified once for both sides, traced. */
const benchmark: Benchmark = {
  name: "trace-coverage",
  unit: "Mpx/s",
  setup: async () => {
    const { data: classes } = classRaster(SIDE)
    const place = { column: 840_000, row: 6_520_000, columns: SIDE, rows: SIDE }
    let rings: RegionRings | undefined
    return {
      run: () => {
        const runs = labelRuns({ ...place, classes, nodata: 0 })
        const graph = coverageGraph(runs)
        rings = traceCoverage(runs, graph, simplifyCoverage(graph, TOLERANCE))
        return (SIDE * SIDE) / 1e6
      },
      checksum: () => checksumOf(rings),
      inputs: () => checksumOf(classes),
    }
  },
}
export default benchmark
