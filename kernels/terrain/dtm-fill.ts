/**
 * Kernel `raster.dtm-fill`: fills the terrain model in enclosed voids, and cuts it where the data
 * end.
 */
import { decodeBlob } from "../../engine/core/blob.js"
import { defineKernel } from "../../engine/kernel.js"
import { cutRaster } from "../grid/cell-grid.js"
import { sourceValues, surfaceThresholds } from "./raster/surface-raster.js"
import { finishCells, RESTING, type RestingModel } from "./void/void-part.js"

/**
 * Finishes the terrain model of tiles with a void that the data may enclose. If they do, its cells
 * get heights between the ground around it, marked 2 (filled) in `dtm-source`. Cells beyond the end
 * of the data lose theirs: the model ends where the mesh does. Other tiles have their model from
 * `raster.dtm`.
 */
export default defineKernel({
  id: "raster.dtm-fill",
  version: 2,
  summary: "Fills the terrain model where the data enclose a void",
  stages: ["model"],
  inputs: { "dtm-rest": { kind: "blob" }, "void-filled": { kind: "blob", revives: true } },
  outputs: {
    dtm: { kind: "raster", type: "float", heights: "bare-earth", finishes: "dtm-rest" },
    "dtm-source": { kind: "raster", type: "byte", values: sourceValues, finishes: "dtm-rest" },
    "dtm-fill-quality": {
      kind: "metrics",
      thresholds: {
        voidPercent: surfaceThresholds("terrain").voidPercent,
        enclosedPercent: {
          meaning: "terrain cells filled because the data enclose a void",
          unit: "%",
          warn: 2,
          fail: 25,
        },
      },
    },
  },
  options: {},
  halo: () => 0,
  // The raster is read, copied and written.
  memory: ({ bytes }) => 3 * bytes,
  run(_tile, input) {
    const rest = input["dtm-rest"]
    if (rest.length === 0) return { dtm: undefined, "dtm-source": undefined, "dtm-fill-quality": {} }
    const model = decodeBlob<RestingModel>(RESTING, rest, "unfinished terrain model")
    const { grid, survey } = model
    const { values, source, filled, cut } = finishCells(model, input["void-filled"])
    return {
      dtm: cutRaster(values, grid, grid),
      "dtm-source": cutRaster(source, grid, grid),
      "dtm-fill-quality": measureFill(source, survey, filled, [countVoid(model.source), countVoid(source) - cut]),
    }
  },
})

const countVoid = (source: Uint8Array): number => source.reduce((sum, one) => sum + (one === 0 ? 1 : 0), 0)

/**
 * Shares of the cells that are in the survey or have a height; void ones before and after filling.
 */
const measureFill = (
  source: Uint8Array,
  { surveyedPercent, voidPercent }: RestingModel["survey"],
  filled: number,
  [before, after]: readonly [number, number],
): Record<string, number> => {
  const inside = Math.round((surveyedPercent / 100) * source.length)
  const empty = Math.round((voidPercent / 100) * inside)
  const extent = Math.max(inside, source.length - after)
  const percent = (count: number): number => (extent === 0 ? 0 : Math.round((1e4 * count) / extent) / 100)
  return { enclosedPercent: percent(filled), voidPercent: percent(Math.max(0, empty - (before - after))) }
}
