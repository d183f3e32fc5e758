/** The figures of two results that were compared. */
import type { LayerComparison } from "./compare-layers.js"
import type { MeshComparison } from "./compare-meshes.js"
import type { RasterComparison } from "./compare-rasters.js"
import type { ZonesTable } from "./zonal.js"

/** How two results differ: B against A. */
export interface ResultsComparison {
  readonly a: string
  readonly b: string
  readonly epsg: number
  readonly tolerance: number
  readonly rasters: readonly RasterComparison[]
  readonly layers: readonly LayerComparison[]
  /** Absent unless both have one. */
  readonly mesh?: MeshComparison
  /** Products of one result only, such as `raster/dhm`. */
  readonly onlyA: readonly string[]
  readonly onlyB: readonly string[]
  /** Statistics of the zones, if they were asked for: in A, in B and B minus A. */
  readonly zones?: ZonesTable
}
