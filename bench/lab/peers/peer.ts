/** A peer and its work, which it does in its own process. */

/** The work that a peer's process does on request. */
export interface Work {
  /** Does the whole work, timed; returns the number of points or other units. */
  pass(): number | Promise<number>
  /** Proof of the last pass for the answer. Not timed. */
  proof(): object | Promise<object>
  /**
   * Starts and ends the program that `pass` runs, without work, to time the start. Only if `pass`
   * runs another process.
   */
  startUp?(): Promise<unknown>
  close?(): Promise<void>
}

/** A program or module that is compared. */
export interface Peer {
  /** Argument of `peer-process.js`, and the name in reports. */
  readonly name: string
  /** Description of its work: from which input to which output. */
  readonly work: string
  /** Opens the task of that word. @throws Error with the reason why this peer cannot take it */
  readonly open: (word: string) => Promise<Work>
  /** Runs its own program: timed as a whole process, start included. */
  readonly whole?: boolean
  /** The peer of ours that it is compared with; by default our first one. */
  readonly against?: string
}

/** Work whose last result proves it. The amount may be computed from the result. */
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

/** Mean times of one pass, over the requested repeats. */
export interface TimedAnswer {
  readonly points: number
  /** User and system time of the whole process, with the threads of its compiler and collector. */
  readonly cpuMs: number
  readonly wallMs: number
  /** The same for start and end only, if the work is a process of its own. */
  readonly start?: { readonly cpuMs: number; readonly wallMs: number }
}
