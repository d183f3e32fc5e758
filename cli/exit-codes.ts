/** The exit codes of every command, and which one an error or failed files give. */
import type { ErrorCode } from "../engine/errors.js"

/**
 * Exit codes of every command: 75 (EX_TEMPFAIL of sysexits.h) where the same command is to be given again later, since a batch system asked to stop or an earlier phase is not through;
 * 130 after Ctrl-C, as shells have it.
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

/** The exit code of a failure that ended the command. */
export const exitCodeOfError = (code: ErrorCode): number => ofErrors[code]

/** The exit code of work on files: 1 when some failed; when all did, that of their kind where it is one, else that of inputs. */
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
