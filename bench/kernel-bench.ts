import type { Mesh, Points, Raster } from "../engine/kernel.js"
import { createArena } from "../engine/worker/scratch.js"
import type { Benchmark } from "./bench.js"
import { checksumOf } from "./checksum.js"
import { prepareCall } from "./scene-tiles.js"

/** Gives how many of the unit a run handles, from its inputs and outputs. */
export type Amount = (inputs: Readonly<Record<string, unknown>>, outputs: Readonly<Record<string, unknown>>) => number

/** The benchmark of a kernel on the synthetic scene; `options` by kernel id, see `prepareCall`. */
export const kernelBench = (
  id: string,
  unit: string,
  amount: Amount,
  options: Parameters<typeof prepareCall>[1] = {},
): Benchmark => ({
  name: id,
  unit,
  setup: async () => {
    const { kernel, tile, inputs, options: values } = await prepareCall(id, options)
    const arena = createArena()
    let outputs: Readonly<Record<string, unknown>> = {}
    return {
      run: () => {
        outputs = kernel.run(tile, inputs as never, values as never, arena)
        arena.reset()
        return amount(inputs, outputs)
      },
      checksum: () => checksumOf(outputs),
      inputs: () => checksumOf([inputs, values]),
    }
  },
})

/** Amounts that several kernels share, by the name of the port. */
export const Amount = {
  /** Points that come in at a port. */
  points:
    (port: string): Amount =>
    (inputs) =>
      (inputs[port] as Points).count,
  /** Cells of a raster that goes out, in millions. */
  megapixels:
    (port: string): Amount =>
    (_inputs, outputs) => {
      const { width, height } = outputs[port] as Raster
      return (width * height) / 1e6
    },
  /** Cells of a raster that comes in, in millions. */
  megapixelsIn:
    (port: string): Amount =>
    (inputs) => {
      const { width, height } = inputs[port] as Raster
      return (width * height) / 1e6
    },
  /** Triangles of the meshes that come in at a port. */
  triangles:
    (port: string): Amount =>
    (inputs) =>
      [inputs[port] as Mesh | readonly Mesh[]].flat().reduce((sum, mesh) => sum + mesh.triangles.length / 3, 0),
  /** Bytes that come in at a port of blobs, in millions. */
  megabytes:
    (port: string): Amount =>
    (inputs) =>
      (inputs[port] as readonly Uint8Array[]).reduce((sum, blob) => sum + blob.byteLength, 0) / 1e6,
} as const
