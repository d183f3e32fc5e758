import { EngineError } from "../errors.js"
import { chainGrowth } from "../grid/halo.js"
import type { Kernel, OptionValue, Port, Ports, Scope } from "../kernel.js"
import type { LoadedKernel } from "./load-kernels.js"

/** One kernel of a chain, with its options resolved and its reach beyond the tile, metres. */
export interface ChainStep {
  readonly id: string
  readonly url: string
  readonly version: number
  readonly digest?: string
  readonly options: Readonly<Record<string, OptionValue>>
  /** Distance between points that a points port gets, metres, by its name; absent for every point. */
  readonly spacing?: Readonly<Record<string, number>>
  /** Growth of the output region over the tile. */
  readonly outputGrowth: number
  /** Growth of the input region over the tile. */
  readonly inputGrowth: number
}

/** The chains of a job: what runs in each tile, in each parent tile, and once for the job. */
export interface Chains {
  readonly tile: readonly ChainStep[]
  readonly parent: readonly ChainStep[]
  readonly job: readonly ChainStep[]
  /** What runs in each tile once the job's kernels are through. */
  readonly model: readonly ChainStep[]
  /** Names of output ports that become products. */
  readonly publish: readonly string[]
}

type PerKernelOptions = Readonly<Record<string, Readonly<Record<string, OptionValue>>>>

/**
 * Chooses the kernels that `products` need and orders them so that each port is made before it is read.
 *
 * `spacing` (metres) holds for the points ports whose kernel states none. A product is a port name ("dtm"), or "mesh", "texture", "vector" for every port of that kind. Third-party kernels (those with a digest) always run.
 * Throws E_USAGE when a port has no maker or two, or kernels wait for each other.
 */
export const buildChains = (
  kernels: readonly LoadedKernel[],
  products: readonly string[],
  options: PerKernelOptions,
  spacing?: number,
): Chains => {
  const wanted = kernels.filter(({ kernel, digest }) => digest !== undefined || makesProduct(kernel.outputs, products))
  const publish = wanted.flatMap(({ kernel, digest }) =>
    Object.entries(kernel.outputs)
      .filter(([name, port]) => digest !== undefined || isProduct(name, port, products))
      .map(([name]) => name),
  )
  const chain = (scope: Scope): ChainStep[] => {
    const own = kernels.filter(({ kernel }) => (kernel.scopes ?? ["tile"]).includes(scope))
    const needed =
      scope === "tile"
        ? withMakers(
            wanted.filter((k) => own.includes(k)),
            own,
          )
        : wanted.filter((k) => own.includes(k))
    return toSteps(inOrder(needed, scope), options, spacing)
  }
  return {
    tile: chain("tile"),
    parent: chain("parent"),
    job: chain("job"),
    model: chain("model"),
    publish: [...new Set(publish)].sort(),
  }
}

const isProduct = (name: string, port: Port, products: readonly string[]): boolean => {
  if (products.includes(name)) return true
  if (port.kind === "mesh") return products.includes("mesh") || products.includes("texture")
  if (port.kind === "texture") return products.includes("texture")
  if (port.kind === "features") return products.includes("vector")
  return port.kind === "raster" && products.some((product) => name.startsWith(`${product}-`))
}

const makesProduct = (outputs: Ports, products: readonly string[]): boolean =>
  Object.entries(outputs).some(([name, port]) => port.kind !== "metrics" && isProduct(name, port, products))

/** Ports that another kernel of the same chain must make. */
const chainInputs = (kernel: LoadedKernel): string[] =>
  Object.entries(kernel.kernel.inputs)
    .filter(([, port]) => port.kind !== "points" && port.kind !== "image" && !("many" in port))
    .map(([name]) => name)

const withMakers = (wanted: readonly LoadedKernel[], all: readonly LoadedKernel[]): LoadedKernel[] => {
  const chosen = new Set(wanted)
  // A set's iteration also visits what is added on the way: makers of makers are found.
  for (const kernel of chosen) {
    for (const port of chainInputs(kernel)) {
      const makers = all.filter((other) => other.kernel.outputs[port] !== undefined)
      if (makers.length === 1 && makers[0]) chosen.add(makers[0])
      else {
        const found =
          makers.length === 0 ? "no kernel makes it" : `made by ${makers.map((m) => m.kernel.id).join(", ")}`
        throw new EngineError(
          "E_USAGE",
          `kernel ${kernel.kernel.id} reads the port "${port}": ${found}; expected one maker`,
        )
      }
    }
  }
  return all.filter((kernel) => chosen.has(kernel))
}

const inOrder = (kernels: readonly LoadedKernel[], scope: Scope): LoadedKernel[] => {
  const rest = [...kernels].sort((a, b) => (a.kernel.id < b.kernel.id ? -1 : 1))
  const ordered: LoadedKernel[] = []
  while (rest.length > 0) {
    const index = rest.findIndex((kernel) =>
      chainInputs(kernel).every((port) => !rest.some((other) => other !== kernel && other.kernel.outputs[port])),
    )
    const [next] = rest.splice(index, 1)
    if (index < 0 || !next) {
      const names = kernels.map((k) => k.kernel.id).join(", ")
      throw new EngineError("E_USAGE", `the ${scope} kernels ${names} wait for each other's ports; break the circle`)
    }
    ordered.push(next)
  }
  return ordered
}

const toSteps = (
  ordered: readonly LoadedKernel[],
  options: PerKernelOptions,
  spacing: number | undefined,
): ChainStep[] => {
  const resolved = ordered.map((loaded) => ({ loaded, values: optionValues(loaded, options) }))
  const growths = chainGrowth(
    resolved.map(({ loaded: { kernel }, values }) => ({
      id: kernel.id,
      inputs: Object.keys(kernel.inputs),
      outputs: Object.keys(kernel.outputs),
      halo: kernel.halo(values),
    })),
  )
  return resolved.map(({ loaded: { kernel, url, digest }, values }) => {
    const growth = growths.get(kernel.id) ?? { output: 0, input: 0 }
    return {
      id: kernel.id,
      url,
      version: kernel.version,
      ...(digest === undefined ? {} : { digest }),
      options: values,
      ...spacingOf(kernel, values, spacing),
      outputGrowth: growth.output,
      inputGrowth: growth.input,
    }
  })
}

const spacingOf = (
  { id, inputs }: Kernel,
  values: Readonly<Record<string, OptionValue>>,
  fallback = 0,
): Pick<ChainStep, "spacing"> => {
  const spacing: Record<string, number> = {}
  for (const [name, port] of Object.entries(inputs)) {
    if (port.kind !== "points") continue
    const metres = port.spacing?.(values) ?? fallback
    if (!(metres >= 0 && metres < 1e6))
      throw new EngineError(
        "E_USAGE",
        `kernel ${id} states a spacing of ${metres} for its port "${name}"; metres are expected`,
      )
    if (metres > 0) spacing[name] = Math.max(1, Math.round(metres * 1000)) / 1000
  }
  return Object.keys(spacing).length === 0 ? {} : { spacing }
}

/** The spacings that the points ports of a chain get, each once; undefined among them where one gets every point. */
export const spacingsOf = (
  steps: readonly ChainStep[],
  kernelOf: (id: string) => Kernel | undefined,
): readonly (number | undefined)[] => {
  const spacings = new Set<number | undefined>()
  for (const { id, spacing } of steps) {
    for (const [name, port] of Object.entries(kernelOf(id)?.inputs ?? {})) {
      if (port.kind === "points") spacings.add(spacing?.[name])
    }
  }
  return [...spacings]
}

/** The distance between points that a chain needs to read: that of its finest port; undefined: every point. */
export const finestSpacing = (spacings: readonly (number | undefined)[]): number | undefined => {
  const finest = spacings.reduce((least: number, one) => Math.min(least, one ?? 0), Infinity)
  return finest > 0 && finest < Infinity ? finest : undefined
}

/** Declared defaults, overridden by the job's values (already checked against the declarations). */
export const optionValues = ({ kernel }: LoadedKernel, options: PerKernelOptions): Record<string, OptionValue> => {
  const values: Record<string, OptionValue> = {}
  for (const [name, option] of Object.entries(kernel.options))
    values[name] = options[kernel.id]?.[name] ?? option.default
  return values
}
