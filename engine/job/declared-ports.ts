/**
 * The products that kernels declare, for commands that read an output folder and know no product by
 * name.
 */
import type { FeaturesPort, Kernel, RasterPort } from "../kernel.js"
import { declareKernels } from "./kernels/declare-kernels.js"

/** Products that kernels declare, in the order of the kernels. */
export interface DeclaredPorts {
  readonly kernels: readonly Kernel[]
  /** Vector layers by name. */
  readonly layers: ReadonlyMap<string, FeaturesPort>
  /** Rasters by name, those that are written. */
  readonly rasters: ReadonlyMap<string, RasterPort>
}

/** The products of maille's own kernels. Modules of third-party kernels are code: they are not loaded to look at a folder. */
export const declaredPorts = async (): Promise<DeclaredPorts> =>
  portsOf((await declareKernels()).map(({ kernel }) => kernel))

/** The products of kernels. */
export const portsOf = (kernels: readonly Kernel[]): DeclaredPorts => {
  const layers = new Map<string, FeaturesPort>()
  const rasters = new Map<string, RasterPort>()
  for (const [name, port] of kernels.flatMap(({ outputs }) => Object.entries(outputs))) {
    if (port.kind === "features") layers.set(name, port)
    if (port.kind === "raster" && port.publish !== false) rasters.set(name, port)
  }
  return { kernels, layers, rasters }
}

/** The name of the layer with a role; undefined where no kernel makes one. */
export const layerOfRole = ({ layers }: DeclaredPorts, role: FeaturesPort["role"]): string | undefined =>
  [...layers].find(([, port]) => port.role === role)?.[0]

/** The name of the raster of heights of a kind; undefined where no kernel makes one. */
export const rasterOfHeights = ({ rasters }: DeclaredPorts, heights: RasterPort["heights"]): string | undefined =>
  [...rasters].find(([, port]) => port.heights === heights)?.[0]
