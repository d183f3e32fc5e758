/** Declarations that the kernels of sun and views share. */
import type { RasterPort, RasterStyle } from "../../../engine/kernel.js"

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
