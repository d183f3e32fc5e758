/** The products that kernels declare, for commands that read an output folder. */
import { fileURLToPath } from "node:url"
import { conforms, isObject } from "../core/json/json-shape.js"
import type { FeaturesPort, Kernel, Ports, RasterPort } from "../kernel.js"
import { declaresSound, externalOf } from "./external-inputs.js"
import { declareKernels } from "./kernels/declare-kernels.js"
import type { LoadedKernel } from "./kernels/load-kernels.js"

/** The part of a kernel that states its products, and the files that it reads. */
export type ProductKernel = Pick<Kernel, "id" | "version" | "summary" | "outputs" | "options" | "onRequest"> & {
  /** Of third-party kernels of a folder: only those that read files of the user. */
  readonly inputs?: Ports
}

/** A module of third-party kernels, as the resolved job of an output folder states it. */
export interface KernelModule {
  readonly path: string
  readonly sha256: string
  readonly kernels: readonly ProductKernel[]
}

export interface DeclaredPorts {
  readonly kernels: readonly ProductKernel[]
  /** Vector layers by name. */
  readonly layers: ReadonlyMap<string, FeaturesPort>
  /** Published rasters by name. */
  readonly rasters: ReadonlyMap<string, RasterPort>
}

/**
 * Returns the products of maille's own kernels, and those of the third-party modules that the job
 * of an output folder states. Modules are code: looking at a folder must not run them.
 *
 * @param modules from a file that anybody may have written; what does not fit is left out
 */
export const declaredPorts = async (modules?: unknown): Promise<DeclaredPorts> => {
  const own = (await declareKernels()).map(({ kernel }) => kernel)
  const stated = (Array.isArray(modules) ? modules : []).flatMap((one: unknown) =>
    isObject(one) && Array.isArray(one["kernels"]) ? (one["kernels"] as unknown[]) : [],
  )
  const isKernel = (one: unknown): one is ProductKernel =>
    conforms(one, kernelSchema) && declaresSound(one as ProductKernel)
  return collectPorts([...own, ...stated.filter(isKernel)])
}

const text = { type: "string" }
const kernelSchema = {
  type: "object",
  required: ["id", "version", "outputs", "options"],
  properties: { id: text, inputs: { type: "object" }, outputs: { type: "object" }, options: { type: "object" } },
}
const rasterStyle = {
  type: "object",
  required: ["layer", "label", "needs", "unit"],
  properties: {
    ...{ layer: text, label: text, needs: text, unit: text },
    ramp: { type: "array", items: { type: "array", items: { type: "number" }, minItems: 3, maxItems: 3 } },
    ...{ low: { type: "number" }, span: { type: "number" }, least: { type: "number" } },
  },
}
const mapStyle = {
  type: "object",
  required: ["label", "needs", "relief"],
  properties: {
    ...{ label: text, needs: text },
    relief: { type: "object", required: ["line", "width"], properties: { line: text, width: { type: "number" } } },
  },
}
const featuresFill = {
  type: "object",
  required: ["column", "label", "unit", "ramp", "low", "high"],
  properties: {
    ...{ column: text, label: text, unit: text, low: { type: "number" }, high: { type: "number" } },
    ramp: rasterStyle.properties.ramp,
  },
}
const featuresStyle = {
  type: "object",
  required: ["colour"],
  properties: { colour: text, map: mapStyle, fill: featuresFill },
}

/** The modules of a plan's third-party kernels. */
export const describeModules = (kernels: readonly LoadedKernel[]): KernelModule[] => {
  const modules = new Map<string, KernelModule & { readonly kernels: ProductKernel[] }>()
  for (const { url, digest, kernel } of kernels) {
    if (digest === undefined) continue
    const path = fileURLToPath(url)
    const { id, version, summary, inputs, outputs, options } = kernel
    const external = Object.entries(inputs).filter(([, port]) => externalOf(port) !== undefined)
    const module = modules.get(path) ?? { path, sha256: digest, kernels: [] }
    const read = external.length === 0 ? {} : { inputs: Object.fromEntries(external) }
    module.kernels.push({ id, version, summary, ...read, outputs, options })
    modules.set(path, module)
  }
  return [...modules.values()]
}

/** Collects the products that kernels declare. */
export const collectPorts = (kernels: readonly ProductKernel[]): DeclaredPorts => {
  const layers = new Map<string, FeaturesPort>()
  const rasters = new Map<string, RasterPort>()
  for (const [name, port] of kernels.flatMap(({ outputs }) => Object.entries(outputs))) {
    if (port.kind === "features") layers.set(name, withStyle(port, featuresStyle))
    if (port.kind === "raster" && port.publish !== false) rasters.set(name, withStyle(port, rasterStyle))
  }
  return { kernels, layers, rasters }
}

/** A port without its style where that does not fit. */
const withStyle = <P extends FeaturesPort | RasterPort>(port: P, schema: object): P => {
  if (port.style === undefined || conforms(port.style, schema as never)) return port
  const { style: _, ...rest } = port
  return rest as P
}

/** Finds the kernel that makes an output. */
export const makerOf = ({ kernels }: DeclaredPorts, output: string): ProductKernel | undefined =>
  kernels.find(({ outputs }) => Object.hasOwn(outputs, output))

/** Finds the layer with a role; undefined if no kernel makes one. */
export const layerOfRole = ({ layers }: DeclaredPorts, role: FeaturesPort["role"]): string | undefined =>
  [...layers].find(([, port]) => port.role === role)?.[0]

/** Finds the raster with this kind of heights; undefined if no kernel makes one. */
export const rasterOfHeights = ({ rasters }: DeclaredPorts, heights: RasterPort["heights"]): string | undefined =>
  [...rasters].find(([, port]) => port.heights === heights)?.[0]
