/** The one error class of maille: codes, place, cause, and plain data for threads and journals. */
import { withoutSecrets } from "./without-secrets.js"

/**
 * Codes of every failure that maille reports.
 * - `E_USAGE`: the command line or the job is wrong (exit 2)
 * - `E_INPUT`: an input is missing, broken or unsuitable (exit 3)
 * - `E_FORMAT`: a file breaks its format's specification (exit 3)
 * - `E_KERNEL`: a kernel failed on its tile
 * - `E_RESOURCE`: memory, disk or a worker ran out (exit 4)
 * - `E_OUTPUT`: a product could not be written (exit 4)
 * - `E_SKIP`: a tile has nothing to make, with the reason; no failure
 * - `E_INCOMPLETE`: run the command again later. An earlier phase of a plan is not complete, or
 *   another process took over the output folder (exit 75)
 * - `E_INTERNAL`: a fault of maille itself (exit 70)
 */
export type ErrorCode =
  | "E_USAGE"
  | "E_INPUT"
  | "E_FORMAT"
  | "E_KERNEL"
  | "E_RESOURCE"
  | "E_OUTPUT"
  | "E_SKIP"
  | "E_INCOMPLETE"
  | "E_INTERNAL"

/** Where an error happened. */
export interface ErrorContext {
  readonly file?: string
  readonly tile?: string
  readonly kernel?: string
  readonly option?: string
  /** Damaged file of the output folder, relative to it. */
  readonly damaged?: string
}

/** An `EngineError` as plain data, fit for a message port or a journal line. */
export interface ErrorData {
  readonly code: ErrorCode
  readonly message: string
  readonly context: ErrorContext
  /**
   * Code of the underlying system error, such as `EIO` or `ENOSPC`; `EAGAIN` for a server without
   * answer.
   */
  readonly system?: string
  readonly stack?: string
}

/**
 * Failures of disks, networks and shared file systems that may pass. A full disk counts, since
 * others may make room.
 */
const transient: ReadonlySet<string> = new Set(
  (
    "EIO EAGAIN EBUSY EINTR EMFILE ENFILE ENOLCK ENOSPC EDQUOT ESTALE ETIMEDOUT " +
    "ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ENETDOWN ENETUNREACH EHOSTUNREACH EAI_AGAIN UND_ERR_SOCKET UND_ERR_CONNECT_TIMEOUT"
  ).split(" "),
)

/**
 * True for a failure of the system or the network, which another try may avoid; never for bad data.
 */
export const isTransient = ({ system }: ErrorData): boolean => system !== undefined && transient.has(system)

/** True where the output folder takes no more bytes: every further task would fail too. */
export const isOutputLost = ({ system }: ErrorData): boolean =>
  system !== undefined && ["ENOSPC", "EDQUOT", "EROFS"].includes(system)

/**
 * A failure with a code and a place. The message says what was found, what was expected, where, and
 * what to do. Message and place contain no secret of an address, since journals and reports show
 * both.
 */
export class EngineError extends Error {
  readonly code: ErrorCode
  readonly context: ErrorContext

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}, cause?: unknown) {
    super(withoutSecrets(message), cause === undefined ? undefined : { cause })
    this.name = "EngineError"
    this.code = code
    this.context = context.file === undefined ? context : { ...context, file: withoutSecrets(context.file) }
  }

  /**
   * Plain data of any thrown value: across a message port, an error loses its subclass, name and
   * code.
   */
  static toData(error: unknown, context: ErrorContext = {}): ErrorData {
    const behind = systemCode(error)
    const system = behind === undefined ? {} : { system: behind }
    if (error instanceof EngineError) {
      const { code, message } = error
      return { code, message, context: { ...context, ...error.context }, ...system, ...stackOf(error) }
    }
    const message = withoutSecrets(error instanceof Error ? error.message : String(error))
    const failure = systemFailure(error)
    if (failure) return { code: failure.code, message: `${message}. ${failure.remedy}`, context, ...system }
    if (lacksBinary.test(message)) {
      const remedy = "Install maille again with its optional packages: npm install --include=optional."
      return { code: "E_RESOURCE", message: `${message.split("\n")[0]}. ${remedy}`, context }
    }
    if (isOutOfMemory(error)) {
      const remedy = "Memory ran out. Use fewer --workers or a smaller --tile-size."
      return { code: "E_RESOURCE", message: `${message}. ${remedy}`, context, ...stackOf(error) }
    }
    return { code: "E_INTERNAL", message, context, ...system, ...(error instanceof Error ? stackOf(error) : {}) }
  }

  /** Restores the error after a message port. */
  static fromData(data: ErrorData): EngineError {
    return new EngineError(data.code, data.message, data.context)
  }
}

const lacks: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM"])

/** True where the machine lacks open files or memory: the fault of no input. */
export const isLacking = (error: unknown): boolean => lacks.has(systemCode(error) ?? "")

/**
 * The error for an input path that is missing or cannot be read; all readers use this wording.
 * E_RESOURCE where the machine lacks open files or memory.
 */
export const unreadable = (path: string, cause?: unknown, option?: string): EngineError => {
  const code = cause instanceof Error ? ownCode(cause) : "ENOENT"
  const found = ["ENOENT", "ENOTDIR"].includes(code)
    ? "no such file or folder. Check the path."
    : `cannot be read (${code || String(cause)}). Check the path and its permissions.`
  const context = option === undefined ? { file: path } : { file: path, option }
  if (isLacking(cause)) {
    const { message } = EngineError.toData(cause)
    return new EngineError("E_RESOURCE", `${path}: cannot be read: ${message}`, context, cause)
  }
  return new EngineError("E_INPUT", `${option === undefined ? "" : `${option}: `}${path}: ${found}`, context, cause)
}

const stackOf = (error: Error): { stack?: string } =>
  error.stack === undefined ? {} : { stack: withoutSecrets(error.stack) }

/** Code of the innermost system error in the chain of causes. */
const systemCode = (error: unknown): string | undefined => {
  let code: string | undefined
  let at: unknown = error
  for (let depth = 0; at instanceof Error && depth < 8; depth++, at = at.cause) {
    const own = ownCode(at)
    if (/^(?:E[A-Z]+[0-9A-Z]*|EAI_[A-Z]+|UND_ERR_[A-Z_]+)$/.test(own) && !own.startsWith("ERR_")) code = own
  }
  return code
}

/**
 * The error's own code. When Node.js 20 to 24 makes nested folders on a disk without room for
 * further files, it reports ENOENT.
 */
const ownCode = (error: Error): string => {
  const { code, syscall } = error as { readonly code?: unknown; readonly syscall?: unknown }
  if (code === "ENOENT" && syscall === "mkdir") return "ENOSPC"
  return typeof code === "string" ? code : ""
}

/**
 * A refusal by the system: the fault of machine, folder or installation, not of maille. Readers
 * report unreadable inputs themselves.
 */
const systemFailure = (error: unknown): { code: ErrorCode; remedy: string } | undefined => {
  const code = error instanceof Error ? ownCode(error) : ""
  if (["ENOSPC", "EDQUOT"].includes(code)) {
    return {
      code: "E_RESOURCE",
      remedy: "The disk is full, or out of inodes (df -i). Make room and run again; finished tasks are kept.",
    }
  }
  if (lacks.has(code)) {
    return {
      code: "E_RESOURCE",
      remedy: "A limit of the system is reached (memory, open files). Raise it, or use fewer --workers.",
    }
  }
  if (["EROFS", "EACCES", "EPERM", "ENOTDIR"].includes(code)) {
    return { code: "E_OUTPUT", remedy: "Check the permissions of the folder, or choose another --out." }
  }
  if (["EIO", "ESTALE", "EBUSY", "ENOLCK", "ENODEV", "ENXIO"].includes(code)) {
    return { code: "E_OUTPUT", remedy: "The disk or the network file system failed. Check it and run again." }
  }
  if (code === "ERR_MODULE_NOT_FOUND") {
    const remedy =
      "A file of the installation is missing. Install maille again (in a clone: npm ci, then npm run build)."
    return { code: "E_INTERNAL", remedy }
  }
  return undefined
}

/** Messages of packages whose binary for this system npm has left out. */
const lacksBinary = /^Could not load the "sharp" module|^(?:Cannot find|Failed to load) native binding/

const isOutOfMemory = (error: unknown): error is RangeError =>
  error instanceof RangeError &&
  /allocation failed|Invalid typed array length|(?:no|out of|allocate|grow instance) memory/i.test(error.message)

/** The error for a damaged file; all readers use this wording. `found`: the fault and its place. */
export const damaged = (file: string, found: string, remedy = "Fetch or export it again."): EngineError =>
  new EngineError("E_FORMAT", `${file}: damaged: ${found}. ${remedy}`, { file })
