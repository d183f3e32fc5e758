/** The products that kernels declare, for commands that read an output folder. */
import type { FeaturesPort, Kernel, RasterPort } from "../kernel.js"
import { declareKernels } from "./kernels/declare-kernels.js"

export interface DeclaredPorts {
  readonly kernels: readonly Kernel[]
  /** Vector layers by name. */
  readonly layers: ReadonlyMap<string, FeaturesPort>
  /** Published rasters by name. */
  readonly rasters: ReadonlyMap<string, RasterPort>
}

/**
 * Returns the products of maille's own kernels. Third-party modules are code: looking at a folder
 * must not run them.
 */
export const declaredPorts = async (): Promise<DeclaredPorts> =>
  portsOf((await declareKernels()).map(({ kernel }) => kernel))

/** Collects the products that kernels declare. */
export const portsOf = (kernels: readonly Kernel[]): DeclaredPorts => {
  const layers = new Map<string, FeaturesPort>()
  const rasters = new Map<string, RasterPort>()
  for (const [name, port] of kernels.flatMap(({ outputs }) => Object.entries(outputs))) {
    if (port.kind === "features") layers.set(name, port)
    if (port.kind === "raster" && port.publish !== false) rasters.set(name, port)
  }
  return { kernels, layers, rasters }
}

/** Finds the layer with a role; undefined if no kernel makes one. */
export const layerOfRole = ({ layers }: DeclaredPorts, role: FeaturesPort["role"]): string | undefined =>
  [...layers].find(([, port]) => port.role === role)?.[0]

/** Finds the raster with this kind of heights; undefined if no kernel makes one. */
export const rasterOfHeights = ({ rasters }: DeclaredPorts, heights: RasterPort["heights"]): string | undefined =>
  [...rasters].find(([, port]) => port.heights === heights)?.[0]
