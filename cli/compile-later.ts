/** Flags of Node.js for the engine process: V8 of Node.js 20 optimises functions later. */

/**
 * Arguments of Node.js with which V8 looks less often whether a function is worth optimising.
 *
 * Each thread of the pool compiles what it runs for itself, and V8 11 takes a function for hot after a few milliseconds: on tiles of some seconds a sixth of the processor's time went
 * into optimising hundreds of functions that were then thrown away, or were optimised three times because their first calls did not show what the later ones would be. Baseline code,
 * and what runs long, are the same. V8 12 and later weigh this otherwise: they are left alone, as is a process that was told a budget.
 */
export const compileLater = (
  version: string = process.versions.node,
  given: readonly string[] = process.execArgv,
): readonly string[] =>
  version.startsWith("20.") && !given.some((argument) => /^--interrupt[-_]budget(=|$)/.test(argument))
    ? ["--interrupt-budget=1000000"]
    : []
