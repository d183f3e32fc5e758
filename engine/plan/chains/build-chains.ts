/**
 * Orders the kernels of a job into chains, with options and halos: makers of a port before its
 * readers.
 */
import { EngineError } from "../../errors.js"
import { chainGrowth } from "../../grid/halo.js"
import {
  type ChosenKernels,
  chainInputs,
  chooseKernels,
  type OptionsByKernel,
  optionValues,
  portTaken,
  readsClasses,
} from "../../job/kernels/choose-kernels.js"
import type { LoadedKernel } from "../../job/kernels/load-kernels.js"
import { type Kernel, type KernelStage, makesClasses, type OptionValue, type Port, portNames } from "../../kernel.js"
import type { ChainStep, Chains } from "./chain.js"

/**
 * Chooses the kernels that `products` need and orders them: makers of a port before its readers. A
 * product is the name of a port, or "mesh", "texture" or "vector" for all ports of that kind.
 * Third-party kernels (those with a digest) always run.
 *
 * @param spacing metres, for points ports whose kernel states none
 * @throws EngineError E_USAGE if a port has no maker or two, or kernels wait for each other
 */
export const buildChains = (
  kernels: readonly LoadedKernel[],
  products: readonly string[],
  options: OptionsByKernel,
  spacing?: number,
  mesh?: string,
  layers?: readonly string[],
): Chains => {
  const chosen = chooseKernels(kernels, products, mesh, layers, options)
  const { publish, shown, handed } = chosen
  const { tile, region, job, model, parent } = chosen
  const makers = [tile, region, job, model, parent].flat().map((loaded) => resolve(loaded, options))
  const chain = (stage: KernelStage): ChainStep[] =>
    toSteps(
      inOrder(chosen[stage], stage, shown).map((loaded) => resolve(loaded, options)),
      stage,
      { shown, makers },
      spacing,
    )
  return {
    tile: chain("tile"),
    parent: chain("parent"),
    job: chain("job"),
    region: chain("region"),
    model: chain("model").map((step) => withoutWithheld(step, chosen)),
    publish,
    shown,
    handed,
    ...portsBetween(chosen),
  }
}

/** Marks the blobs that the stage takes but this kernel must not get. */
const withoutWithheld = (step: ChainStep, { withheld, taken }: ChosenKernels): ChainStep => {
  const names = (withheld.get(step.id) ?? []).filter((name) => taken.includes(name))
  return names.length === 0 ? step : { ...step, withheld: names.sort() }
}

const portsBetween = ({ tile, region, job, taken }: ChosenKernels): Pick<Chains, "shards" | "blobs" | "joined"> => {
  const read = new Set(taken)
  const sharing = job.filter(({ kernel }) => portNames(kernel.outputs, "shards").some((name) => read.has(name)))
  const made = new Set(tile.flatMap(({ kernel }) => portNames(kernel.outputs, "blob")))
  const blobs = [...read, ...sharing.flatMap(({ kernel }) => portNames(kernel.inputs, "blob"))]
  const shards = sharing.flatMap(({ kernel }) => portNames(kernel.outputs, "shards").filter((name) => read.has(name)))
  const joined = [...region, ...job].flatMap(({ kernel }) => portNames(kernel.inputs, "blob"))
  const ofTiles = (names: readonly string[]): string[] => [...new Set(names.filter((name) => made.has(name)))].sort()
  return { shards: shards.sort(), blobs: ofTiles(blobs), joined: ofTiles(joined) }
}

/** Name of the port that an input reads within its chain; parents make "mesh" themselves. */
const takenIn = (stage: KernelStage, name: string, port: Port, shown: string): string =>
  (stage === "parent" && !("many" in port)) ||
  stage === "job" ||
  stage === "region" ||
  ("optional" in port && port.optional)
    ? name
    : portTaken(name, shown)

const takenBy = (
  loaded: LoadedKernel,
  stage: KernelStage,
  shown: string,
  classes: readonly string[],
): readonly string[] => [
  ...chainInputs(loaded).map(([name, port]) => takenIn(stage, name, port, shown)),
  ...(readsClasses(loaded.kernel) ? classes : []),
]

/** Ports of classes that the kernels of a stage make: every reader of points depends on them. */
const classesOf = (kernels: readonly LoadedKernel[]): string[] =>
  kernels.flatMap(({ kernel }) => portNames(kernel.outputs, "classes"))

/**
 * Number of classes whose points a kernel takes unthinned. The last reader of a tile's points may
 * overwrite them: the kernels that take most run late.
 */
const takenClasses = ({ inputs }: Kernel): number =>
  Object.values(inputs).reduce(
    (most, port) =>
      port.kind === "points" && port.spacing === undefined ? Math.max(most, port.classes?.length ?? 256) : most,
    0,
  )

const inOrder = (kernels: readonly LoadedKernel[], stage: KernelStage, shown: string): LoadedKernel[] => {
  const rest = [...kernels].sort(
    (a, b) => takenClasses(a.kernel) - takenClasses(b.kernel) || (a.kernel.id < b.kernel.id ? -1 : 1),
  )
  const classes = classesOf(kernels)
  const ordered: LoadedKernel[] = []
  while (rest.length > 0) {
    const index = rest.findIndex((kernel) =>
      takenBy(kernel, stage, shown, classes).every(
        (port) => !rest.some((other) => other !== kernel && other.kernel.outputs[port]),
      ),
    )
    const [next] = rest.splice(index, 1)
    if (index < 0 || !next) {
      const names = kernels.map((k) => k.kernel.id).join(", ")
      throw new EngineError("E_USAGE", `kernels ${names}: each needs a ${stage} port of another. Break the circle.`)
    }
    ordered.push(next)
  }
  return ordered
}

/** A kernel with the values of its options. */
interface Resolved {
  readonly loaded: LoadedKernel
  readonly values: Readonly<Record<string, OptionValue>>
}

const toSteps = (
  resolved: readonly Resolved[],
  stage: KernelStage,
  { shown, makers }: { readonly shown: string; readonly makers: readonly Resolved[] },
  spacing: number | undefined,
): ChainStep[] => {
  const classes = classesOf(resolved.map(({ loaded }) => loaded))
  const spacings = resolved.flatMap(({ loaded: { kernel }, values }) =>
    Object.values(checkSpacing(kernel, values, spacing).spacing ?? {}),
  )
  // Thinning reads whole cells beyond the extent, whose classes must be right too.
  const beyond = Math.max(0, ...spacings)
  const growths = chainGrowth(
    resolved.map(({ loaded: { kernel }, values }) => ({
      id: kernel.id,
      // A mesh or a blob is that of its tile: a reader with a larger extent (for images around the
      // tile) must not enlarge its makers' output.
      inputs: [
        ...Object.entries(kernel.inputs)
          .filter(([, { kind }]) => kind !== "mesh" && kind !== "solids" && kind !== "blob")
          .map(([name, port]) => takenIn(stage, name, port, shown)),
        ...(readsClasses(kernel) ? classes : []),
      ],
      outputs: Object.keys(kernel.outputs),
      halo: kernel.halo(values, findCells(kernel, makers)) + (makesClasses(kernel) ? beyond : 0),
    })),
  )
  return resolved.map(({ loaded: { kernel, url, digest }, values }) => {
    const growth = growths.get(kernel.id) ?? { output: 0, input: 0 }
    const cells = findCells(kernel, makers)
    return {
      id: kernel.id,
      url,
      version: kernel.version,
      ...(digest === undefined ? {} : { digest }),
      options: values,
      ...checkSpacing(kernel, values, spacing),
      ...resolveTakes(kernel, stage, shown),
      ...(Object.keys(cells).length === 0 ? {} : { cells }),
      outputGrowth: growth.output,
      inputGrowth: growth.input,
    }
  })
}

/** Cell sides of a kernel's raster inputs, where their makers state them. */
const findCells = ({ inputs }: Kernel, makers: readonly Resolved[]): Record<string, number> => {
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

const resolveTakes = ({ inputs }: Kernel, stage: KernelStage, shown: string): Pick<ChainStep, "takes"> => {
  const takes: Record<string, string> = {}
  for (const [name, port] of Object.entries(inputs)) {
    const taken = takenIn(stage, name, port, shown)
    if (taken !== name) takes[name] = taken
  }
  return Object.keys(takes).length === 0 ? {} : { takes }
}

const checkSpacing = (
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
        `kernel ${id}: spacing ${metres} of port "${name}" is not valid; expected metres`,
      )
    if (metres > 0) spacing[name] = Math.max(1, Math.round(metres * 1000)) / 1000
  }
  return Object.keys(spacing).length === 0 ? {} : { spacing }
}

/** Declared defaults, overridden by the job's checked values. */
const resolve = (loaded: LoadedKernel, options: OptionsByKernel): Resolved => ({
  loaded,
  values: optionValues(loaded.kernel, options),
})
