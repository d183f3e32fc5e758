/** The form of a micro-benchmark: seeded work, its amount, and a digest that proves it was done. */
import { createArena } from "../engine/worker/thread-use.js"
import { checksumOf } from "./product/checksum.js"
import type { KernelCall } from "./product/tile-calls.js"

/** A benchmark after its set-up. */
export interface Prepared {
  /** Does one measured pass and returns its amount. Asynchronous where it reads a file. */
  run(): number | Promise<number>
  /** Digest of the last pass's result, equal from run to run: proof that the work was done. */
  checksum(): string
  /** Digest of the input. With it the guard sees whether another output is due to another input. */
  inputs?(): string
  /** Releases what `setup` opened (files, handles). */
  close?(): Promise<void>
}

/** A benchmark: a row of the tables in `kernels/` and `formats/`. */
export interface Benchmark {
  /** Kernel id or `format` name, which `--filter` is matched against. */
  readonly name: string
  /** Amount per second: "points/s", "triangles/s", "Mpx/s" … */
  readonly unit: string
  /** Makes the data, outside the timing. Returns a string if it cannot run here: the reason. */
  setup(): Promise<Prepared | string>
}

/** Computes the amount of work of a run from its inputs and outputs. */
export type Amount = (inputs: Readonly<Record<string, unknown>>, outputs: Readonly<Record<string, unknown>>) => number

/** A benchmark that repeats one call of a kernel. */
export const kernelBench = (
  name: string,
  unit: string,
  amount: Amount,
  prepare: () => KernelCall | Promise<KernelCall>,
): Benchmark => ({
  name,
  unit,
  setup: async () => {
    const { kernel, tile, inputs, options } = await prepare()
    const arena = createArena()
    let outputs: Readonly<Record<string, unknown>> = {}
    return {
      run: () => {
        outputs = kernel.run(tile, inputs as never, options as never, arena)
        arena.reset()
        return amount(inputs, outputs)
      },
      checksum: () => checksumOf(outputs),
      inputs: () => checksumOf([inputs, options]),
    }
  },
})

/**
 * The benchmark of anything else.
 *
 * @param prepare makes the data; returns the pass, or the reason why it cannot run here
 */
export const bench = (
  name: string,
  unit: string,
  prepare: () => Pass | string | Promise<Pass | string>,
): Benchmark => ({
  name,
  unit,
  setup: async () => {
    const pass = await prepare()
    if (typeof pass === "string") return pass
    const { amount, run, digest, inputs, close } = pass
    let result: unknown
    const keep = (made: unknown): number => {
      result = made
      return typeof amount === "function" ? amount(made as never) : (amount ?? (made as number))
    }
    return {
      run: () => {
        const made = run()
        return made instanceof Promise ? made.then(keep) : keep(made)
      },
      checksum: () => checksumOf(digest === undefined ? result : digest(result as never)),
      ...(inputs === undefined ? {} : { inputs: () => checksumOf(inputs) }),
      ...(close === undefined ? {} : { close }),
    }
  },
})

interface Pass {
  /** The result itself by default. */
  readonly amount?: number | ((result: never) => number)
  run(): unknown
  /** The digested part of the result; all of it by default. */
  digest?(result: never): unknown
  readonly inputs?: unknown
  close?(): Promise<void>
}
