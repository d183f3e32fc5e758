/** Makes the error for a line in a file of orientations or cameras. */
import { EngineError, type ErrorCode } from "../../errors.js"

/**
 * The error for a line of a file, with its remedy. Use E_INPUT for valid but unsupported content.
 */
export const lineFault = (file: string, line: number, what: string, code: ErrorCode = "E_FORMAT"): EngineError =>
  new EngineError(code, `${file}:${line}: ${what}`, { file })
