import { expect, it } from "vitest"
import type { Raster } from "../../../engine/kernel.js"
import { runKernel } from "../../../engine/library/kernels.js"
import kernel from "../../../kernels/terrain/dsm-file.js"

it("passes on the cells of the file, and states their side", async () => {
  const data = Float32Array.of(1.5, Number.NaN, -3, 4)
  const file: Raster = { width: 2, height: 2, minX: 843_000, maxY: 6_521_000, cellSize: 2, data }
  const made = await runKernel(
    "raster.dsm-file",
    { "dsm-file": file },
    { box: [843_000, 6_520_996, 843_004, 6_521_000] },
  )
  expect(made).toEqual({ dsm: file })
  expect(kernel.outputs.dsm.cell({ cell: 2 })).toBe(2)
})

it("needs a file", () => {
  expect(() => kernel.check?.({ cell: 1 }, { epsg: 2154, external: [], box: [0, 0, 1, 1] })).toThrow(
    /^--dsm is missing/,
  )
})
