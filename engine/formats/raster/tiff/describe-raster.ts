/** Facts about a raster product for GIS programs: CRS, unit, names of bands and values. */
import type { OptionValue, RasterPort, RasterValues } from "../../../kernel.js"

/** Facts that a raster file and the mosaic of its tiles share. */
export interface RasterFacts {
  /** EPSG code of the projected CRS. */
  readonly epsg: number
  /** EPSG code of the vertical CRS of its values (5720: NGF-IGN69). Absent for other values. */
  readonly verticalEpsg?: number
  /** Unit of the values, such as "m". */
  readonly unit?: string
  /** Names of the bands, one after another in the data; absent: one band without a name. */
  readonly bands?: readonly string[] | undefined
  /** Meaning and colour of the values of a raster of bytes. */
  readonly values?: RasterValues
}

/**
 * The facts of a kernel's raster. Only heights are in the vertical CRS of the job.
 *
 * @param name of the port: the name of a single band
 * @param options of the kernel that makes it
 */
export const describeRaster = (
  name: string,
  { heights, unit, style, values, bands }: RasterPort,
  options: Readonly<Record<string, OptionValue>>,
  { epsg, verticalEpsg }: Pick<RasterFacts, "epsg" | "verticalEpsg">,
): RasterFacts => {
  const stated = heights === undefined ? (unit ?? style?.unit ?? "") : "m"
  return {
    epsg,
    ...(heights === undefined || verticalEpsg === undefined ? {} : { verticalEpsg }),
    ...(stated === "" ? {} : { unit: stated }),
    ...(values === undefined ? {} : { values }),
    bands: bands?.(options) ?? [name],
  }
}
