/** What a benchmark works on, once set up. */
export interface Prepared {
  /** One measured pass; gives how many of the unit it handled. Asynchronous where a file is read. */
  run(): number | Promise<number>
  /** A digest of the last pass's result: proof that the work was done, equal from run to run. */
  checksum(): string
  /** A digest of what the passes work on: tells the guard whether another result comes from another input. */
  inputs?(): string
  /** Frees what `setup` took (files, handles). */
  close?(): Promise<void>
}

/** A benchmark: the default export of a `*.bench.ts` file. */
export interface Benchmark {
  /** Kernel id or `format` name; what `--filter` looks at. */
  readonly name: string
  /** Amount per second: "points/s", "triangles/s", "Mpx/s" … */
  readonly unit: string
  /** Makes the data, outside the timing. A string instead: why it cannot run here. */
  setup(): Promise<Prepared | string>
}

/** One line of the results. */
export interface Row {
  readonly name: string
  readonly unit: string
  /** Median rate over the passes, in `unit`. */
  readonly median: number
  /** Interquartile range of the rate, in `unit`. */
  readonly spread: number
  /** Highest resident memory of the process that ran it (set-up included), bytes. */
  readonly peakBytes: number
  readonly checksum: string
}
