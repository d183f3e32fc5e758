/** The exit codes of all commands, and how errors and failed files map to them. */
import type { ErrorCode } from "../engine/errors.js"

/**
 * Exit codes of all commands. 75 (EX_TEMPFAIL of sysexits.h) asks for the same command later: a
 * batch system stopped it, or an earlier phase is unfinished. 130 follows Ctrl-C, as in shells.
 */
export const exitCodes = {
  done: 0,
  someFailed: 1,
  usage: 2,
  input: 3,
  resources: 4,
  fault: 70,
  early: 75,
  stopped: 130,
} as const

/** What the help says about them. */
export const exitMeanings: Readonly<Record<(typeof exitCodes)[keyof typeof exitCodes], string>> = {
  0: "done",
  1: "some tasks failed, something asked for is missing, or a check found a fault",
  2: "wrong usage",
  3: "unusable input",
  4: "out of memory or disk space",
  70: "a bug in maille",
  75: "stopped early, or an earlier phase is not finished: run the command again",
  130: "stopped by Ctrl-C: run the same command again to resume",
}

const ofErrors: Readonly<Record<ErrorCode, number>> = {
  E_USAGE: exitCodes.usage,
  E_INPUT: exitCodes.input,
  E_FORMAT: exitCodes.input,
  E_KERNEL: exitCodes.someFailed,
  E_RESOURCE: exitCodes.resources,
  E_OUTPUT: exitCodes.resources,
  E_SKIP: exitCodes.done,
  E_INCOMPLETE: exitCodes.early,
  E_INTERNAL: exitCodes.fault,
}

/** Exit code of an error that ended the command. */
export const exitCodeOfError = (code: ErrorCode): number => ofErrors[code]

/**
 * Exit code of work on files: 1 when some failed. When all failed for one reason, its code; for
 * several, that of inputs.
 */
export const exitCodeOfFiles = (
  files: readonly { readonly outcome: string; readonly error?: { readonly code: ErrorCode } }[],
): number => {
  const failures = files.filter(({ outcome }) => outcome === "failed")
  if (failures.length === 0) return exitCodes.done
  if (failures.length < files.length) return exitCodes.someFailed
  const codes = new Set(failures.map(({ error }) => (error === undefined ? exitCodes.input : ofErrors[error.code])))
  const [only = exitCodes.input] = codes
  return codes.size === 1 ? only : exitCodes.input
}
