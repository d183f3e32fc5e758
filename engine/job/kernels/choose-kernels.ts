/** Chooses the kernels that the products of a job need, and the stages in which they run. */
import { EngineError } from "../../errors.js"
import {
  isPortRead,
  type Kernel,
  type KernelStage,
  type MeshPreset,
  makesClasses,
  type OptionValue,
  type Port,
  type Ports,
  portNames,
} from "../../kernel.js"
import { unknownName } from "../check-options.js"
import { isNamed, type LoadedKernel } from "./load-kernels.js"
import { defaultMesh, layerMakers, meshChoices, meshPresets } from "./presets.js"

/** The kernels of a job by stage, and the use of their ports. */
export interface ChosenKernels {
  readonly tile: readonly LoadedKernel[]
  readonly region: readonly LoadedKernel[]
  readonly job: readonly LoadedKernel[]
  readonly model: readonly LoadedKernel[]
  readonly parent: readonly LoadedKernel[]
  /** Output ports that become products. */
  readonly publish: readonly string[]
  /** Blobs and shards that the model stage reads. */
  readonly taken: readonly string[]
  /**
   * Optional blobs and shards that a kernel of the model stage does not get though another one
   * does, by kernel id.
   */
  readonly withheld: ReadonlyMap<string, readonly string[]>
  /** Port published as the mesh. */
  readonly shown: string
  /** Meshes, solids and painted walls that tiles and parents pass to the parent above. */
  readonly handed: readonly { readonly name: string; readonly kind: HandedKind }[]
}

/** Kinds of data that tiles and parents pass to the parent above. */
export type HandedKind = "mesh" | "solids" | "texture"

/** Values of options by kernel id; the others have their defaults. */
export type OptionsByKernel = Readonly<Record<string, Readonly<Record<string, OptionValue>>>>

/** Returns the values of all options of a kernel. */
export const optionValues = (
  { id, options }: Pick<Kernel, "id" | "options">,
  stated: OptionsByKernel,
): Record<string, OptionValue> => {
  const values: Record<string, OptionValue> = {}
  for (const [name, option] of Object.entries(options)) values[name] = stated[id]?.[name] ?? option.default
  return values
}

/** Kernels without the inputs that they do not read with these options. */
const withReadInputs = (kernels: readonly LoadedKernel[], stated: OptionsByKernel): LoadedKernel[] =>
  kernels.map((loaded) => {
    const { inputs } = loaded.kernel
    const values = optionValues(loaded.kernel, stated)
    const read = Object.entries(inputs).filter(([, port]) => isPortRead(port, values))
    if (read.length === Object.keys(inputs).length) return loaded
    return { ...loaded, kernel: { ...loaded.kernel, inputs: Object.fromEntries(read) } }
  })

/** Inputs that other kernels of the same stage or the one before make, optional ones included. */
export const chainInputs = ({ kernel }: LoadedKernel): [name: string, port: Port][] =>
  Object.entries(kernel.inputs).filter(([, port]) => isMade(port) && !("many" in port))

/** True for a kernel that reads points, which the classifiers of its stage have classified. */
export const readsClasses = (kernel: Pick<Kernel, "inputs" | "outputs">): boolean =>
  Object.values(kernel.inputs).some(isOfPoints) && !makesClasses(kernel)

const isOfPoints = ({ kind }: Port): boolean => kind === "points" || kind === "presence"
const isMade = (port: Port): boolean =>
  !isOfPoints(port) && port.kind !== "image" && port.kind !== "views" && !isExternal(port)
const isExternal = (port: Port): boolean => "external" in port && port.external !== undefined
const isOptional = (port: Port): boolean => "optional" in port && port.optional === true

/** Resolves an input's name: "mesh" refers to the port published as the mesh. */
export const portTaken = (name: string, shown: string): string => (name === "mesh" ? shown : name)

/**
 * Chooses the kernels that `products` need: the makers of the products, then the makers of their
 * inputs, across stages. Kernels that classify points run in each stage of tiles that reads points.
 * Third-party kernels, and own ones that the job names, always run and replace others that make a
 * port of the same name in a tile.
 *
 * @param mesh way to make the mesh
 * @param layers layers of the product "vector"; default: all
 * @param options they decide which inputs are read; the kernels returned have only these
 * @throws EngineError E_USAGE if a port has no maker or two, or no kernel makes a layer
 */
export const chooseKernels = (
  declared: readonly LoadedKernel[],
  products: readonly string[],
  mesh = defaultMesh,
  layers?: readonly string[],
  options: OptionsByKernel = {},
): ChosenKernels => {
  const kernels = withReadInputs(declared, options)
  const preset = findPreset(kernels, mesh)
  const asked = { products, shown: preset.shown, layers: chooseLayers(kernels, layers) }
  const choice = new Choice(listCandidates(kernels, preset), preset)
  const withMesh = products.some((name) => name === "mesh" || name === "texture")
  const wanted = choice.candidates.filter(
    (loaded) =>
      isNamed(loaded) ||
      makesClasses(loaded.kernel) ||
      (loaded.kernel.onRequest !== true && makesProduct(loaded.kernel.outputs, asked)) ||
      (withMesh && [...preset.makers, ...preset.beside].includes(loaded.kernel.id)),
  )
  const chosen = choice.withMakers(wanted)
  const placed = (stage: KernelStage): LoadedKernel[] => {
    const own = chosen.filter((kernel) => choice.runsIn(kernel, stage))
    return own.some(({ kernel }) => readsClasses(kernel)) ? own : own.filter(({ kernel }) => !makesClasses(kernel))
  }
  const stages = {
    tile: placed("tile"),
    region: placed("region"),
    job: placed("job"),
    model: placed("model"),
    parent: placed("parent"),
  }
  for (const [stage, placed] of Object.entries(stages)) refuseTwoMakers(placed, stage)
  const publish = wanted.flatMap((loaded) =>
    Object.entries(loaded.kernel.outputs)
      .filter(([name, port]) => (isNamed(loaded) && port.kind !== "classes") || isProduct(name, port, asked))
      .map(([name]) => (name === preset.shown ? "mesh" : name)),
  )
  return {
    ...stages,
    publish: [...new Set(publish)].sort(),
    ...takenPorts(stages, preset),
    shown: preset.shown,
    handed: handedPorts([...stages.tile, ...stages.model], stages.parent, preset),
  }
}

const stagesOf = ({ stages }: Kernel): readonly KernelStage[] => stages ?? ["tile"]
const inTile = ({ kernel }: LoadedKernel): boolean => stagesOf(kernel).some((s) => s === "tile" || s === "model")

/** A named kernel that makes "mesh" in tiles overrides the way of the job. */
const findPreset = (kernels: readonly LoadedKernel[], mesh: string): MeshPreset => {
  const own = kernels.some((loaded) => isNamed(loaded) && inTile(loaded) && loaded.kernel.outputs["mesh"])
  const preset = meshPresets[mesh]
  if (preset === undefined) throw unknownName("mesh", mesh, meshChoices, "--mesh")
  return own ? { makers: preset.makers, beside: preset.beside, shown: "mesh" } : preset
}

/**
 * Drops kernels of other ways to make the mesh, kernels with a port that a named kernel makes, and
 * readers of a user's raster where another kernel makes its port.
 */
const listCandidates = (kernels: readonly LoadedKernel[], preset: MeshPreset): LoadedKernel[] => {
  const elsewhere = new Set(Object.values(meshPresets).flatMap(({ makers }) => makers))
  for (const id of [...preset.makers, ...layerMakers]) elsewhere.delete(id)
  const taken = new Set<string>()
  for (const loaded of kernels) {
    if (!isNamed(loaded) || !inTile(loaded)) continue
    for (const [name, port] of Object.entries(loaded.kernel.outputs)) if (port.kind !== "metrics") taken.add(name)
  }
  const made = new Set(kernels.flatMap(({ kernel }) => (isStandIn(kernel) ? [] : Object.keys(kernel.outputs))))
  return kernels.filter(
    (loaded) =>
      isNamed(loaded) ||
      (!(isStandIn(loaded.kernel) && Object.keys(loaded.kernel.outputs).some((name) => made.has(name))) &&
        !elsewhere.has(loaded.kernel.id) &&
        !(inTile(loaded) && Object.keys(loaded.kernel.outputs).some((name) => taken.has(name)))),
  )
}

/** True for a kernel that reads a raster of the user in place of points. */
const isStandIn = ({ inputs }: Kernel): boolean =>
  Object.values(inputs).some((port) => port.kind === "raster" && port.external?.cell === "file")

interface Asked {
  readonly products: readonly string[]
  readonly shown: string
  /** Layers of the product "vector". */
  readonly layers: ReadonlySet<string>
}

const chooseLayers = (kernels: readonly LoadedKernel[], layers?: readonly string[]): ReadonlySet<string> => {
  const offered = kernels.filter((loaded) => isNamed(loaded) || loaded.kernel.onRequest !== true)
  const known = new Set(offered.flatMap(({ kernel }) => portNames(kernel.outputs, "features")))
  for (const name of layers ?? []) if (!known.has(name)) throw unknownName("layer", name, [...known].sort(), "--layers")
  return layers === undefined ? known : new Set(layers)
}

const isProduct = (name: string, port: Port, { products, shown, layers }: Asked): boolean => {
  if (products.includes(name)) return true
  if (port.kind === "mesh") return name === shown && (products.includes("mesh") || products.includes("texture"))
  if (port.kind === "texture") return products.includes("texture")
  if (port.kind === "features") return products.includes("vector") && layers.has(name)
  return port.kind === "raster" && products.some((product) => name.startsWith(`${product}-`))
}

const makesProduct = (outputs: Ports, asked: Asked): boolean =>
  Object.entries(outputs).some(([name, port]) => port.kind !== "metrics" && isProduct(name, port, asked))

/** Decides in which stage each kernel runs, and which kernel makes each input. */
class Choice {
  readonly candidates: readonly LoadedKernel[]
  readonly #shown: string
  readonly #places = new Map<LoadedKernel, "tile" | "model" | undefined>()

  constructor(candidates: readonly LoadedKernel[], { shown }: MeshPreset) {
    this.candidates = candidates
    this.#shown = shown
  }

  /**
   * A kernel of both tile stages runs in the first, unless only the second makes an input that it
   * requires.
   */
  runsIn(loaded: LoadedKernel, stage: KernelStage): boolean {
    if (stage !== "tile" && stage !== "model") return stagesOf(loaded.kernel).includes(stage)
    if (makesClasses(loaded.kernel)) return true
    return this.#findPlace(loaded) === stage
  }

  #findPlace(loaded: LoadedKernel): "tile" | "model" | undefined {
    if (this.#places.has(loaded)) return this.#places.get(loaded)
    const stages = stagesOf(loaded.kernel)
    const first = (["tile", "model"] as const).find((stage) => stages.includes(stage))
    // Set before the makers are queried: a cycle ends here, and ordering the kernels refuses it
    // later.
    this.#places.set(loaded, first)
    if (first === "tile" && stages.includes("model")) {
      const late = chainInputs(loaded).some(
        ([name, port]) =>
          !isOptional(port) &&
          this.#makers(name, loaded, ["tile"]).length === 0 &&
          this.#makers(name, loaded, ["model", "job"]).length > 0,
      )
      if (late) this.#places.set(loaded, "model")
    }
    return this.#places.get(loaded)
  }

  #makers(input: string, reader: LoadedKernel, stages: readonly KernelStage[]): LoadedKernel[] {
    const name = portTaken(input, this.#shown)
    return this.candidates.filter(
      (other) =>
        other !== reader &&
        stages.some((stage) => {
          const port = this.runsIn(other, stage) ? other.kernel.outputs[name] : undefined
          // Tiles of the model stage receive only blobs (of tiles) and shards from other stages.
          if (port === undefined || !this.runsIn(reader, "model") || stage === "model") return port !== undefined
          return port.kind === (stage === "tile" ? "blob" : "shards")
        }),
    )
  }

  /** Flag of a raster in place of points: its reader is a candidate only where it is given. */
  #givenRaster(): string | undefined {
    const ports = this.candidates.flatMap(({ kernel }) => Object.values(kernel.inputs))
    const own = ports.find((port) => port.kind === "raster" && port.external?.cell === "file")
    return own?.kind === "raster" ? own.external?.flag : undefined
  }

  /** Returns the kernels and, transitively, the makers of their inputs. */
  withMakers(wanted: readonly LoadedKernel[]): LoadedKernel[] {
    const chosen = new Set(wanted)
    // A set's iterator also visits members added meanwhile, so makers of makers are found.
    for (const loaded of chosen) {
      for (const [name, stages] of this.#needs(loaded)) {
        const makers = this.#makers(name, loaded, stages)
        if (makers.length === 1 && makers[0]) chosen.add(makers[0])
        else throw noOneMaker(loaded, name, makers, this.#givenRaster())
      }
    }
    return this.candidates.filter((kernel) => chosen.has(kernel))
  }

  /** Required inputs of a kernel, and the stages that may make them. */
  #needs(loaded: LoadedKernel): [name: string, stages: readonly KernelStage[]][] {
    if (this.runsIn(loaded, "tile")) return requiredOf(loaded).map((name) => [name, ["tile"]])
    if (this.runsIn(loaded, "model")) return requiredOf(loaded).map((name) => [name, ["model", "tile", "job"]])
    const below: readonly KernelStage[] = this.runsIn(loaded, "job") ? ["tile", "region"] : ["tile"]
    if (!below.includes("region") && !this.runsIn(loaded, "region")) return []
    return Object.entries(loaded.kernel.inputs).flatMap(([name, port]) =>
      port.kind === "blob" && !isOptional(port) ? [[name, below]] : [],
    )
  }
}

const requiredOf = (loaded: LoadedKernel): string[] =>
  chainInputs(loaded).flatMap(([name, port]) => (isOptional(port) ? [] : [name]))

const noOneMaker = (
  { kernel }: LoadedKernel,
  port: string,
  makers: readonly LoadedKernel[],
  raster: string | undefined,
): EngineError => {
  const names = makers.map((m) => m.kernel.id).join(", ")
  const input = kernel.inputs[port]
  const option = input?.kind === "raster" ? input.when?.option : undefined
  const reader = option === undefined ? "what needs it (--products, --kernel)" : `--set ${kernel.id}.${option}`
  const found =
    makers.length > 0
      ? `which ${names} make. Leave all but one out`
      : raster === undefined
        ? `which no kernel of the job makes. Leave out ${reader}, or add a kernel that makes it (--kernel)`
        : `which is made from points, and the job has only ${raster}. Give point files instead, or leave out ${reader}`
  return new EngineError("E_USAGE", `kernel ${kernel.id}: needs the port "${port}", ${found}.`)
}

const refuseTwoMakers = (kernels: readonly LoadedKernel[], stage: string): void => {
  const makers = new Map<string, string>()
  for (const { kernel } of kernels) {
    for (const [name, port] of Object.entries(kernel.outputs)) {
      const other = makers.get(name)
      if (port.kind === "metrics") continue
      if (other !== undefined) {
        const text = `kernels ${other} and ${kernel.id}: both make the ${stage} port "${name}". Leave one out, or rename its port.`
        throw new EngineError("E_USAGE", text, { kernel: kernel.id })
      }
      makers.set(name, kernel.id)
    }
  }
}

/**
 * Collects the blobs that models require, and the optional ones that the mesh preset's kernels
 * make. Kernels that run only for other products must not change the mesh.
 */
const takenPorts = (
  { tile, job, model }: Pick<ChosenKernels, "tile" | "job" | "model">,
  { makers, beside }: MeshPreset,
): Pick<ChosenKernels, "taken" | "withheld"> => {
  const named = new Set([...makers, ...beside])
  const offered = new Set(
    [...tile, ...job].flatMap((loaded) =>
      isNamed(loaded) || named.has(loaded.kernel.id) ? Object.keys(loaded.kernel.outputs) : [],
    ),
  )
  const taken = model.flatMap(({ kernel }) =>
    Object.entries(kernel.inputs).flatMap(([name, port]) =>
      port.kind === "blob" && (!isOptional(port) || offered.has(name)) ? [name] : [],
    ),
  )
  const withheld = model.flatMap(({ kernel }) => {
    const names = Object.entries(kernel.inputs).flatMap(([name, port]) =>
      port.kind === "blob" && isOptional(port) && !offered.has(name) ? [name] : [],
    )
    return names.length === 0 ? [] : [[kernel.id, names] as const]
  })
  return { taken: [...new Set(taken)].sort(), withheld: new Map(withheld) }
}

/**
 * Meshes, solids and painted walls that tiles make and a parent's kernels read from its children.
 */
const handedPorts = (
  below: readonly LoadedKernel[],
  parents: readonly LoadedKernel[],
  { shown, handed }: MeshPreset,
): ChosenKernels["handed"] => {
  const made = new Set(below.flatMap(({ kernel }) => Object.keys(kernel.outputs)))
  const ports = new Map<string, HandedKind>()
  for (const { kernel } of parents) {
    for (const [input, port] of Object.entries(kernel.inputs)) {
      if (!("many" in port) || port.kind === "blob") continue
      const name = isOptional(port) || port.kind === "texture" ? input : portTaken(input, shown)
      // The mesh preset names shapes; textures go with any preset.
      const isOfWay = handed === undefined || handed.includes(name) || port.kind === "texture"
      if (made.has(name) && isOfWay) ports.set(name, port.kind)
    }
  }
  return [...ports].map(([name, kind]) => ({ name, kind })).sort((a, b) => (a.name < b.name ? -1 : 1))
}
