import { seededRandom } from "../engine/core/random.js"
import type { Kernel } from "../engine/kernel.js"
import { createArena } from "../engine/worker/scratch.js"
import { labelRuns } from "../kernels/vegetation/coverage/class-runs.js"
import { type CoverPartRules, encodeCoverTile, noCover } from "../kernels/vegetation/coverage/part.js"
import type { Benchmark } from "./bench.js"
import { checksumOf } from "./checksum.js"

const rules: CoverPartRules = {
  cellMm: 1000,
  minArea: 40,
  minHole: 40,
  tolerance: 1.5,
  woodArea: 5000,
  hedgeWidth: 12,
  hedgeLength: 25,
}

/** Coverage of tiles of 250 m with south-west corners at the places given, metres: five classes by waves and noise, seeded by the place. */
export const noisyTiles = (corners: readonly (readonly [x: number, y: number])[]): Uint8Array[] =>
  corners.map(([column, row]) => {
    const random = seededRandom(1 + column + 7919 * row)
    const classes = new Uint8Array(250 * 250)
    for (let i = 0; i < classes.length; i++) {
      const [x, y] = [column + (i % 250), row + Math.floor(i / 250)]
      const value = Math.sin(x / 11) + Math.sin(y / 13 + x / 29) + 0.3 * random()
      classes[i] = Math.max(0, Math.min(4, Math.floor(2.2 * value)))
    }
    const runs = labelRuns({ column, row, columns: 250, rows: 250, classes })
    return encodeCoverTile({ rules, runs, sums: Array.from(runs.classes, noCover) })
  })

/** Runs a kernel of a square or a job, without options. */
export const runWith = (kernel: unknown, inputs: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  (kernel as Kernel).run({} as never, inputs as never, {} as never, createArena()) as Record<string, unknown>

/** The benchmark of a kernel that reads blobs alone. */
export const coverBench = (name: string, kernel: unknown, port: string, make: () => Uint8Array[]): Benchmark => ({
  name,
  unit: "MB/s",
  setup: async () => {
    const inputs = { [port]: make() }
    let outputs: Readonly<Record<string, unknown>> = {}
    return {
      run: () => {
        outputs = runWith(kernel, inputs)
        return inputs[port]!.reduce((sum, blob) => sum + blob.byteLength, 0) / 1e6
      },
      checksum: () => checksumOf(outputs),
      inputs: () => checksumOf(inputs),
    }
  },
})
