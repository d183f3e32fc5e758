/** A peer and its work, which it does in a process of its own that is kept. */

/** Work that a peer's process does when asked. */
export interface Work {
  /** The work, whole; the number of points, or of what else it handles. This is what is timed. */
  pass(): number | Promise<number>
  /** What proves the last pass, for the answer. Not timed. */
  proof(): object | Promise<object>
  /**
   * Starts and ends the program that `pass` runs, without work: timed beside it. Only where `pass`
   * runs another process.
   */
  startUp?(): Promise<unknown>
  close?(): Promise<void>
}

/** A peer by its name. */
export interface Peer {
  /** What `peer-process.js` is started with, and what the reports call it. */
  readonly name: string
  /** What it does, from where to where. */
  readonly work: string
  /** Opens the task of that word. @throws Error why this peer cannot take it */
  readonly open: (word: string) => Promise<Work>
  /** Runs a program of its own, start included: timed as a whole process. */
  readonly whole?: boolean
  /** Name of our peer that it is measured by; by default the first of its kind. */
  readonly against?: string
}

/** Work that keeps its result for the proof; the amount may follow from it. */
export const resultWork = <Result>(
  amount: number | ((result: Result) => number),
  pass: () => Result | Promise<Result>,
  proof: (result: Result) => object | Promise<object>,
  close?: () => Promise<void>,
): Work => {
  let result: Result
  return {
    pass: async () => {
      result = await pass()
      return typeof amount === "number" ? amount : amount(result)
    },
    proof: () => proof(result),
    ...(close === undefined ? {} : { close }),
  }
}

/** Times of one pass, the mean over the repeats that were asked for. */
export interface TimedAnswer {
  readonly points: number
  /** User and system time of the whole process: its compiler's and collector's threads count. */
  readonly cpuMs: number
  readonly wallMs: number
  /** The same of starting and ending only, where the work is a process of its own. */
  readonly start?: { readonly cpuMs: number; readonly wallMs: number }
}
