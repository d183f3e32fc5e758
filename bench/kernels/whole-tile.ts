/** The benchmark of a whole tile: one job with every product, as a program runs it. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { resolveJob } from "../../engine/job/job.js"
import { hashOutput } from "../../engine/report/hash-output.js"
import { runJob } from "../../engine/run/run.js"
import { writeSample } from "../../fixtures/sample/write-sample.js"
import { bench } from "../bench.js"

/** Side of the tile, metres: buildings, trees and water of a sixteenth of the sample. */
const SIDE = 50

export default [
  bench("tile", "tiles/s", async () => {
    const folder = await mkdtemp(join(tmpdir(), "maille-bench-"))
    const { scene, lidar, ortho } = await writeSample(folder)
    const [west, south] = scene.box
    const out = join(folder, "out")
    return {
      amount: 1,
      // Each pass starts a thread, loads its code and makes all files again.
      run: async () => {
        await rm(out, { recursive: true, force: true })
        const bbox = [west, south, west + SIDE, south + SIDE] as const
        const job = await resolveJob({ inputs: lidar, imagery: [ortho], out, tileSize: SIDE, bbox, workers: 1 })
        for await (const { key, outcome, reason } of runJob(job)) {
          if (outcome !== "done" && outcome !== "skipped") throw new Error(`${key}: ${outcome}: ${reason}`)
        }
        const { files = [] } = await hashOutput(out, { list: true })
        // Only names: the rows of the kernels compare bytes, under the version of each.
        return files.map(({ path }) => path)
      },
      close: () => rm(folder, { recursive: true }),
    }
  }),
]
