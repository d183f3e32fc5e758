/** Declarations that the kernels of sun and views share. */
import type { RasterPort, RasterStyle, Rgb } from "../../../engine/kernel.js"

/** The option for the length of rays, which is also the halo. */
export const reachOption = (beyond: string) =>
  ({
    type: "number",
    default: 200,
    unit: "m",
    min: 10,
    max: 2000,
    help: `length of the rays, read around each tile; ${beyond}`,
  }) as const

/** A raster that follows from the surface, with its colours on maps. */
export const skyPort = (
  style: Pick<RasterStyle, "label" | "unit"> & Required<Pick<RasterStyle, "ramp">> & Partial<RasterStyle>,
): RasterPort => ({
  kind: "raster",
  type: "float",
  style: { layer: style.label.toLowerCase().replaceAll(" ", "-"), needs: "a surface model", low: 0, ...style },
})

/** Colours of the light of a year, from little to much. */
export const lightRamp: readonly Rgb[] = [
  [49, 54, 149],
  [171, 217, 233],
  [254, 224, 144],
  [244, 109, 67],
  [165, 0, 38],
]
