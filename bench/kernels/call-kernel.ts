/** Calls kernels by id with their default options, on tiles without a plan. */
import type { Kernel, Tile } from "../../engine/kernel.js"
import { createArena } from "../../engine/worker/thread-use.js"
import { kernelTable } from "../../kernels/index.js"
import type { KernelCall } from "../product/tile-calls.js"

type Values = Readonly<Record<string, unknown>>

/** Loads and prepares a kernel. @throws Error for an unknown id */
export const loadKernel = async (id: string): Promise<Kernel> => {
  const url = kernelTable[id]?.url
  if (url === undefined) throw new Error(`there is no kernel ${id}`)
  const { default: kernel } = (await import(url)) as { default: Kernel }
  await kernel.prepare?.()
  return kernel
}

/** The default of each of a kernel's options. */
export const defaultsOf = ({ options }: Kernel): Values =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]))

/**
 * Prepares a call of a kernel on a tile with its default options. A kernel of the stage region or
 * job needs no tile: `{}`.
 */
export const callWithDefaults = async (id: string, tile: Tile | object, inputs: Values): Promise<KernelCall> => {
  const kernel = await loadKernel(id)
  return { kernel, tile: tile as Tile, inputs, options: defaultsOf(kernel) }
}

/** Runs that call and returns its outputs. */
export const runWithDefaults = async (id: string, tile: Tile | object, inputs: Values): Promise<Values> => {
  const { kernel, options } = await callWithDefaults(id, tile, inputs)
  return kernel.run(tile as Tile, inputs as never, options as never, createArena())
}
