/** Bytes of a file or an address, as its readers see them. */
import { EngineError } from "../errors.js"
import type { HttpOptions } from "./http.js"

/** Random access to the bytes of a file or an address (`http(s)`, `s3`). */
export interface ByteSource {
  /** Path or address as given, without its secrets. */
  readonly path: string
  /** Last part of the path. */
  readonly name: string
  /** Bytes in all. */
  readonly size: number
  /**
   * Changes when the content does. An address has its strong `ETag` (or date) and length; a file
   * its size and modification time.
   */
  readonly identity: string
  /**
   * Bytes `[begin, end)`, in an array of its own, or in `into`, which must have that length.
   *
   * @throws EngineError `E_FORMAT` beyond the end, `E_INPUT` when it cannot be read
   */
  read(begin: number, end: number, into?: Uint8Array): Promise<Uint8Array>
  /**
   * Checks, after reading, that the path still stands for the bytes that were read. For an address,
   * each answer was checked; one more request confirms it.
   *
   * @throws EngineError `E_INPUT` when it was changed, replaced or removed meanwhile
   */
  verify(): Promise<void>
  close(): Promise<void>
}

/** How {@link openBytes} talks to servers. */
export type OpenBytesOptions = HttpOptions

/** True for an address: `http(s)`, or `s3` for an object in a store. */
export const isUrl = (path: string): boolean => /^(https?|s3):\/\//i.test(path)

/** True for an address of any scheme, also one that maille does not read. */
export const isAddress = (path: string): boolean => /^[a-z][a-z\d+.-]+:\/\//i.test(path)

/**
 * Refuses bytes that a file of this size does not have.
 *
 * @throws EngineError `E_FORMAT`
 */
export const checkRange = (path: string, size: number, begin: number, end: number): void => {
  if (begin >= 0 && end >= begin && end <= size) return
  const text = `${path}: damaged: bytes ${begin} to ${end} are needed, the file has ${size}. Fetch or export it again.`
  throw new EngineError("E_FORMAT", text, { file: path })
}
