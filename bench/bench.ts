/** What a micro-benchmark is: seeded work, an amount, and a digest that proves it. */
import { createArena } from "../engine/worker/scratch.js"
import { checksumOf } from "./product/checksum.js"
import type { KernelCall } from "./product/tile-calls.js"

/** What a benchmark works on, once set up. */
export interface Prepared {
  /**
   * One measured pass; gives how many of the unit it handled. Asynchronous where a file is read.
   */
  run(): number | Promise<number>
  /** A digest of the last pass's result: proof that the work was done, equal from run to run. */
  checksum(): string
  /**
   * A digest of what the passes work on: tells the guard whether another result comes from another
   * input.
   */
  inputs?(): string
  /** Frees what `setup` took (files, handles). */
  close?(): Promise<void>
}

/** A benchmark: a row of the tables in `kernels/` and `formats/`. */
export interface Benchmark {
  /** Kernel id or `format` name; what `--filter` looks at. */
  readonly name: string
  /** Amount per second: "points/s", "triangles/s", "Mpx/s" … */
  readonly unit: string
  /** Makes the data, outside the timing. A string instead: why it cannot run here. */
  setup(): Promise<Prepared | string>
}

/** How many of the unit a run handles, from its inputs and outputs. */
export type Amount = (inputs: Readonly<Record<string, unknown>>, outputs: Readonly<Record<string, unknown>>) => number

/** The benchmark of a kernel: one call, again and again. */
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
 * The benchmark of anything else. The pass gives its amount and its result; an amount may also be
 * fixed beforehand.
 *
 * @param prepare makes the data; gives the pass, and what to free in the end
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
      return typeof amount === "function" ? amount(made as never) : amount
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

/** One pass of {@link bench}. */
interface Pass {
  readonly amount: number | ((result: never) => number)
  run(): unknown
  /** What of the result is digested: all of it by default. */
  digest?(result: never): unknown
  readonly inputs?: unknown
  close?(): Promise<void>
}
