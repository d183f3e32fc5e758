/** Runs a chain of kernels on one tile and releases each result after its last reader. */
import { EngineError } from "../errors.js"
import type { TileKey } from "../grid/tile-key.js"
import {
  isPortRead,
  type Kernel,
  type Metrics,
  type Points,
  type Port,
  portNames,
  type Raster,
  type Scratch,
  type Tile,
} from "../kernel.js"
import { type ChainStep, makeTile } from "../plan/chains/chain.js"
import { checkOutputs } from "./check-outputs.js"
import { rasterOfExtent } from "./crop-raster.js"
import type { PeakMemory } from "./thread-use.js"
import { releaseMemory } from "./thread-use.js"
import type { WorkerState } from "./worker-state.js"

/** A port's value on its way through a chain. */
export type PortValue = unknown

/**
 * Reads an input port that no kernel of the chain makes (points, images, children's meshes, blobs).
 */
export type PortReader = (port: Port, name: string, tile: Tile, step: ChainStep) => Promise<PortValue> | PortValue

interface ChainOptions {
  /** Results to keep though no later kernel reads them; default: all. */
  readonly keep?: (name: string, port: Port) => boolean
  /** Facts that the tile of each kernel states. */
  readonly about?: Pick<Tile, "sources" | "region">
}

/** The results of a chain by port name, and the figures of its kernels. */
export interface ChainResult {
  readonly values: ReadonlyMap<string, { port: Port; value: PortValue }>
  readonly metrics: Metrics
}

/** Step that the time of reading a port is booked under. */
const READING: Partial<Record<Port["kind"], string>> = { points: "select", image: "image", views: "image" }

/**
 * Runs the kernels of a chain on one tile and connects ports by name. A result is released at once
 * when no later kernel reads it and `keep` does not want it.
 */
export const runChain = async (
  state: WorkerState,
  steps: readonly ChainStep[],
  key: TileKey,
  read: PortReader,
  memory: PeakMemory,
  { keep = () => true, about }: ChainOptions = {},
): Promise<ChainResult> => {
  const values = new Map<string, { port: Port; value: PortValue }>()
  const metrics: Record<string, number> = {}
  state.arena.watch(() => memory.sample())
  let dropped = 0
  for (const [index, step] of steps.entries()) {
    const kernel = state.kernels.get(step.id)
    if (!kernel) throw new EngineError("E_INTERNAL", `kernel ${step.id}: not loaded`)
    const tile = { ...makeTile(state.context, key, step), ...about, toGeographic: state.crs.toGeographic }
    releaseMemory(dropped)
    const inputs: Record<string, PortValue> = {}
    for (const [name, port] of Object.entries(kernel.inputs)) {
      if (!isPortRead(port, step.options)) continue
      const made = isCollected(port) ? undefined : values.get(step.takes?.[name] ?? name)
      inputs[name] = made
        ? ofExtent(made, tile)
        : await state.clock.during(READING[port.kind] ?? "read", () => read(port, name, tile, step))
    }
    releaseMemory()
    memory.sample()
    for (const [name, value] of Object.entries(runKernel(kernel, tile, inputs, step, state))) {
      const port = kernel.outputs[name]
      if (port === undefined) continue
      if (port.kind === "metrics") addMetrics(metrics, step.id, value as Metrics)
      else values.set(name, { port, value })
    }
    memory.sample()
    state.arena.reset()
    dropped = pointsBytes(kernel, inputs)
    const wanted = new Set(steps.slice(index + 1).flatMap((later) => inputNames(state, later)))
    for (const [name, { port }] of values) if (!wanted.has(name) && !keep(name, port)) values.delete(name)
  }
  return { values, metrics }
}

/** A made value, for a raster cut to the extent of the kernel that reads it. */
const ofExtent = ({ port, value }: { port: Port; value: PortValue }, { extent }: Tile): PortValue =>
  port.kind === "raster" && value !== undefined ? rasterOfExtent(value as Raster, extent) : value

/** Bytes of the coordinates in a kernel's points ports. */
const pointsBytes = (kernel: Kernel, inputs: Readonly<Record<string, PortValue>>): number =>
  portNames(kernel.inputs, "points").reduce(
    (sum, name) => sum + 12 * ((inputs[name] as Points | undefined)?.count ?? 0),
    0,
  )

/**
 * True where a port takes results of other tiles or features of the user, never of its own chain.
 */
const isCollected = (port: Port): boolean => "many" in port || "listed" in port || "external" in port

const inputNames = (state: WorkerState, step: ChainStep): string[] =>
  Object.entries(state.kernels.get(step.id)?.inputs ?? {}).flatMap(([name, port]) =>
    isCollected(port) || !isPortRead(port, step.options) ? [] : [step.takes?.[name] ?? name],
  )

/** Runs one kernel on its inputs. @throws EngineError E_KERNEL, E_RESOURCE */
export const runKernel = (
  kernel: Kernel,
  tile: Tile,
  inputs: object,
  step: ChainStep,
  state: WorkerState,
): Record<string, PortValue> =>
  state.clock.during(kernel.id, () => callKernel(kernel, tile, inputs, step.options, state.arena))

/** Calls a kernel without a clock. @throws EngineError E_KERNEL, E_RESOURCE */
export const callKernel = (
  kernel: Kernel,
  tile: Tile,
  inputs: object,
  options: ChainStep["options"],
  scratch: Scratch,
): Record<string, PortValue> => {
  try {
    // Ports were read as the kernel declares them, which its own types check.
    const returned = kernel.run(tile, inputs as never, options as never, scratch)
    return checkOutputs({ kernel, tile, inputs, options }, returned)
  } catch (cause) {
    throw asKernelError(kernel, tile, cause)
  }
}

/** The error for what a kernel threw, which may be anything. */
const asKernelError = (kernel: Kernel, tile: Tile, cause: unknown): EngineError => {
  const context = { kernel: kernel.id, tile: tile.key }
  try {
    if (cause instanceof EngineError) return cause
    const why = cause instanceof Error ? String(cause.message) : String(cause)
    // A failed allocation is not the data's fault: there may be room another time.
    const code = EngineError.toData(cause).code === "E_RESOURCE" ? "E_RESOURCE" : "E_KERNEL"
    return new EngineError(code, `kernel ${kernel.id}: ${why}`, context, cause)
  } catch {
    // A proxy, or an object without a text, may throw wherever it is touched.
    return new EngineError("E_KERNEL", `kernel ${kernel.id}: threw a value that has no text. Throw an Error.`, context)
  }
}

const addMetrics = (all: Record<string, number>, kernel: string, own: Metrics): void => {
  for (const [name, value] of Object.entries(own)) if (Number.isFinite(value)) all[`${kernel}.${name}`] = value
}
