/** The fault of a line in a file of orientations or cameras. */
import { EngineError, type ErrorCode } from "../../errors.js"

/** What is wrong with a line of a file, and the remedy; E_INPUT for what is sound and not supported. */
export const lineFault = (file: string, line: number, what: string, code: ErrorCode = "E_FORMAT"): EngineError =>
  new EngineError(code, `${file}:${line}: ${what}`, { file })
