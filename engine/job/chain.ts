import { EngineError } from "../errors.js"
import { chainGrowth } from "../grid/halo.js"
import type { AttributeName, Kernel, OptionValue, Port, Scope } from "../kernel.js"
import { type ChosenKernels, chainInputs, chooseKernels, type HandedKind, portTaken } from "./choose-kernels.js"
import type { LoadedKernel } from "./load-kernels.js"
import type { MeshChoice } from "./mesh-presets.js"

/** One kernel of a chain, with its options resolved and its reach beyond the tile, metres. */
export interface ChainStep {
  readonly id: string
  readonly url: string
  readonly version: number
  readonly digest?: string
  readonly options: Readonly<Record<string, OptionValue>>
  /** Distance between points that a points port gets, metres, by its name; absent for every point. */
  readonly spacing?: Readonly<Record<string, number>>
  /** Port that an input takes, where it has another name. */
  readonly takes?: Readonly<Record<string, string>>
  /** Optional blobs that it does not get, though other kernels of the stage do. */
  readonly withheld?: readonly string[]
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
  /** What runs in each square of 10 km once its tiles are through. */
  readonly square: readonly ChainStep[]
  /** What runs in each tile once the job's kernels are through. */
  readonly model: readonly ChainStep[]
  /** Names of output ports that become products. */
  readonly publish: readonly string[]
  /** Port that is shown as the mesh of a tile. */
  readonly shown: string
  /** Meshes, solids and painted walls that tiles and parents hand to the parent above. */
  readonly handed: readonly { readonly name: string; readonly kind: HandedKind }[]
  /** Shards that the second tile stage reads; where there are any, a tile's model needs the tile stage of its eight neighbours. */
  readonly shards: readonly string[]
  /** Blobs that a tile hands to the second tile stage, or to the kernels that make its shards. */
  readonly blobs: readonly string[]
  /** Blobs that a tile hands to kernels of squares and of the job, whatever these make. */
  readonly joined: readonly string[]
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
  mesh?: MeshChoice,
  layers?: readonly string[],
): Chains => {
  const chosen = chooseKernels(kernels, products, mesh, layers)
  const { publish, shown, handed } = chosen
  const chain = (scope: Scope): ChainStep[] =>
    toSteps(inOrder(chosen[scope], scope, shown), scope, shown, options, spacing)
  return {
    tile: chain("tile"),
    parent: chain("parent"),
    job: chain("job"),
    square: chain("square"),
    model: chain("model").map((step) => withoutWithheld(step, chosen)),
    publish,
    shown,
    handed,
    ...portsBetween(chosen),
  }
}

/** The step with what it does not get of that which the stage takes. */
const withoutWithheld = (step: ChainStep, { withheld, taken }: ChosenKernels): ChainStep => {
  const names = (withheld.get(step.id) ?? []).filter((name) => taken.includes(name))
  return names.length === 0 ? step : { ...step, withheld: names.sort() }
}

const portsBetween = ({ tile, square, job, taken }: ChosenKernels): Pick<Chains, "shards" | "blobs" | "joined"> => {
  const read = new Set(taken)
  const sharing = job.filter(({ kernel }) => portNames(kernel.outputs, "shards").some((name) => read.has(name)))
  const made = new Set(tile.flatMap(({ kernel }) => portNames(kernel.outputs, "blob")))
  const blobs = [...read, ...sharing.flatMap(({ kernel }) => portNames(kernel.inputs, "blob"))]
  const shards = sharing.flatMap(({ kernel }) => portNames(kernel.outputs, "shards").filter((name) => read.has(name)))
  const joined = [...square, ...job].flatMap(({ kernel }) => portNames(kernel.inputs, "blob"))
  const ofTiles = (names: readonly string[]): string[] => [...new Set(names.filter((name) => made.has(name)))].sort()
  return { shards: shards.sort(), blobs: ofTiles(blobs), joined: ofTiles(joined) }
}

const portNames = (ports: Kernel["inputs"], kind: Port["kind"]): string[] =>
  Object.entries(ports).flatMap(([name, port]) => (port.kind === kind ? [name] : []))

/** Name of the port that an input takes within its chain; parents make "mesh" themselves. */
const takenIn = (scope: Scope, name: string, port: Port, shown: string): string =>
  (scope === "parent" && !("many" in port)) ||
  scope === "job" ||
  scope === "square" ||
  ("optional" in port && port.optional)
    ? name
    : portTaken(name, shown)

const takenBy = (loaded: LoadedKernel, scope: Scope, shown: string): string[] =>
  chainInputs(loaded).map(([name, port]) => takenIn(scope, name, port, shown))

const inOrder = (kernels: readonly LoadedKernel[], scope: Scope, shown: string): LoadedKernel[] => {
  const rest = [...kernels].sort((a, b) => (a.kernel.id < b.kernel.id ? -1 : 1))
  const ordered: LoadedKernel[] = []
  while (rest.length > 0) {
    const index = rest.findIndex((kernel) =>
      takenBy(kernel, scope, shown).every(
        (port) => !rest.some((other) => other !== kernel && other.kernel.outputs[port]),
      ),
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
  scope: Scope,
  shown: string,
  options: PerKernelOptions,
  spacing: number | undefined,
): ChainStep[] => {
  const resolved = ordered.map((loaded) => ({ loaded, values: optionValues(loaded, options) }))
  const growths = chainGrowth(
    resolved.map(({ loaded: { kernel }, values }) => ({
      id: kernel.id,
      // A mesh is that of its tile whoever reads it: what looks farther (at images around it) asks no more of those who made it.
      inputs: Object.entries(kernel.inputs)
        .filter(([, port]) => port.kind !== "mesh" && port.kind !== "solids")
        .map(([name, port]) => takenIn(scope, name, port, shown)),
      outputs: Object.keys(kernel.outputs),
      halo: kernel.halo(values, cellsOf(kernel, resolved)),
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
      ...takesOf(kernel, scope, shown),
      outputGrowth: growth.output,
      inputGrowth: growth.input,
    }
  })
}

/** Sides of the cells of a kernel's raster inputs, as far as their makers tell. */
const cellsOf = (
  { inputs }: Kernel,
  makers: readonly { readonly loaded: LoadedKernel; readonly values: Readonly<Record<string, OptionValue>> }[],
): Record<string, number> => {
  const cells: Record<string, number> = {}
  for (const name of portNames(inputs, "raster")) {
    for (const { loaded, values } of makers) {
      const port = loaded.kernel.outputs[name]
      const cell = port?.kind === "raster" ? port.cell?.(values) : undefined
      if (cell !== undefined) cells[name] = cell
    }
  }
  return cells
}

const takesOf = ({ inputs }: Kernel, scope: Scope, shown: string): Pick<ChainStep, "takes"> => {
  const takes: Record<string, string> = {}
  for (const [name, port] of Object.entries(inputs)) {
    const taken = takenIn(scope, name, port, shown)
    if (taken !== name) takes[name] = taken
  }
  return Object.keys(takes).length === 0 ? {} : { takes }
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

/** Attributes that the points ports of the stages of tiles ask for, sorted: what the spools of a job must hold. All of them where points are kept for looking at. */
export const pointAttributes = (
  { chains, keepPoints }: { readonly chains: Pick<Chains, "tile" | "model">; readonly keepPoints?: number },
  kernelOf: (id: string) => Kernel | undefined,
): readonly AttributeName[] => {
  if (keepPoints !== undefined) return ["classification", "gpsTime", "intensity", "numberOfReturns", "returnNumber"]
  const ports = [...chains.tile, ...chains.model].flatMap(({ id }) => Object.values(kernelOf(id)?.inputs ?? {}))
  return [...new Set(ports.flatMap((port) => (port.kind === "points" ? (port.attributes ?? []) : [])))].sort()
}

/**
 * Classes that the points ports of the stages of tiles take, sorted: points of others need not be held. Undefined, all of them, where a port takes every class, where points are thinned (what is
 * thinned is counted with all its classes) and where they are kept for looking at.
 */
export const pointClasses = (
  { chains, keepPoints }: { readonly chains: Pick<Chains, "tile" | "model">; readonly keepPoints?: number },
  kernelOf: (id: string) => Kernel | undefined,
): readonly number[] | undefined => {
  const steps = [...chains.tile, ...chains.model]
  const ports = steps.flatMap(({ id }) => Object.values(kernelOf(id)?.inputs ?? {}))
  const classes = ports.flatMap((port) => (port.kind === "points" ? [port.classes] : []))
  if (keepPoints !== undefined || steps.some(({ spacing }) => spacing !== undefined)) return undefined
  if (classes.includes(undefined)) return undefined
  return [...new Set(classes.flatMap((some) => some ?? []))].sort((a, b) => a - b)
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
