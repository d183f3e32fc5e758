import type { Stats } from "node:fs"
import { type FileHandle, open, stat } from "node:fs/promises"
import { basename } from "node:path"
import { EngineError } from "../errors.js"
import { locateStored, type StoredFile } from "./archive/stored-file.js"
import { type HttpOptions, isUrl, sendRequest } from "./http.js"
import { isS3, partsOfS3 } from "./s3.js"

export { isUrl } from "./http.js"

/** Random access to the bytes of a file or an address (`http(s)`, `s3`). */
export interface ByteSource {
  /** Path or address as given. */
  readonly path: string
  /** Last part of the path. */
  readonly name: string
  /** Bytes in all. */
  readonly size: number
  /** What changes when the content does: `ETag` (or date) and length of an address; size and time of change of a file. */
  readonly identity: string
  /**
   * Bytes `[begin, end)`, an array of its own, or `into`, which is as long.
   * @throws EngineError `E_FORMAT` beyond the end, `E_INPUT` when it cannot be read.
   */
  read(begin: number, end: number, into?: Uint8Array): Promise<Uint8Array>
  /**
   * Checks, after reading, that the path still stands for the bytes that were read. Of an address each answer was checked.
   * @throws EngineError `E_INPUT` when it was changed, replaced or removed meanwhile.
   */
  verify(): Promise<void>
  close(): Promise<void>
}

/** How {@link openBytes} talks to servers. */
export type OpenBytesOptions = HttpOptions

/**
 * Opens a file for positioned reads (also one that is stored in an archive, `a.3tz/inner/path`), or an address for range requests (RFC 9110 §14): 429 and 5xx answers and broken
 * connections are tried again with growing waits (`Retry-After` is obeyed up to 30 s).
 *
 * @throws EngineError `E_INPUT`: absent, unreadable, a folder, a server without range support, a file that changed meanwhile.
 */
export const openBytes = (path: string, options: OpenBytesOptions = {}): Promise<ByteSource> =>
  isUrl(path) ? openUrl(path, options) : openFile(path)

const checkRange = (path: string, size: number, begin: number, end: number): void => {
  if (begin < 0 || end < begin || end > size) {
    throw new EngineError(
      "E_FORMAT",
      `${path}: bytes ${begin} to ${end} are wanted, the file has ${size}. It is cut short or its structure is broken: fetch it again.`,
      { file: path },
    )
  }
}

const unreadable = (path: string, error: unknown): EngineError => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  const found = code === "ENOENT" ? "there is no such file" : `cannot be read (${code || String(error)})`
  return new EngineError("E_INPUT", `${path}: ${found}. Check the path and its permissions.`, { file: path }, error)
}

const openFile = async (path: string): Promise<ByteSource> => {
  let handle: FileHandle | undefined
  try {
    const stored = await locateStored(path)
    handle = await open(stored.file, "r")
    const facts = await handle.stat()
    if (facts.isDirectory()) {
      throw new EngineError("E_INPUT", `${path}: is a folder, a file was expected. Name the files in it.`, {
        file: path,
      })
    }
    return fileSource(path, handle, facts, stored)
  } catch (error) {
    await handle?.close()
    throw error instanceof EngineError ? error : unreadable(path, error)
  }
}

const fileSource = (
  path: string,
  handle: FileHandle,
  facts: Stats,
  { file, begin: start, sizeBytes: size = facts.size }: StoredFile,
): ByteSource => ({
  path,
  name: basename(path),
  size,
  identity: `${size}-${facts.mtimeMs}`,
  read: async (begin, end, bytes = new Uint8Array(end - begin)) => {
    checkRange(path, size, begin, end)
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await handle
        .read(bytes, done, bytes.length - done, start + begin + done)
        .catch((error: unknown) => {
          throw unreadable(path, error)
        })
      if (bytesRead === 0) {
        throw new EngineError(
          "E_INPUT",
          `${path}: became shorter while it was read. Run again when nothing writes it.`,
          {
            file: path,
          },
        )
      }
      done += bytesRead
    }
    return bytes
  },
  verify: async () => {
    const now = await stat(file).catch((error: unknown) => {
      throw unreadable(path, error)
    })
    const same = now.size === facts.size && now.mtimeMs === facts.mtimeMs && now.ino === facts.ino
    if (!same) throw changed(path)
  },
  close: () => handle.close(),
})

/** The failure of an input that is another one than the plan was made for. */
export const changed = (path: string): EngineError =>
  new EngineError("E_INPUT", `${path}: was changed during the run. Run again when nothing writes it.`, { file: path })

// ------------------------------------------------------------------------------------------------------------- http(s)

/** The first request fetches this much: most headers fit in it. */
const HEAD_BYTES = 65536

const openUrl = async (url: string, options: OpenBytesOptions): Promise<ByteSource> => {
  const name = nameOf(url)
  const first = await requestRange(url, 0, HEAD_BYTES, options)
  const { size, tag } = first
  const fetchBytes = async (begin: number, end: number): Promise<Uint8Array> => {
    checkRange(url, size, begin, end)
    if (end === begin) return new Uint8Array(0)
    if (end <= first.bytes.length) return first.bytes.slice(begin, end)
    const answer = await requestRange(url, begin, end, options)
    if (answer.tag !== tag || answer.size !== size) {
      throw new EngineError("E_INPUT", `${url}: changed on the server while it was read. Run again.`, { file: url })
    }
    return answer.bytes
  }
  return {
    path: url,
    name,
    size,
    identity: `${tag}-${size}`,
    read: async (begin, end, into) => {
      const bytes = await fetchBytes(begin, end)
      into?.set(bytes)
      return into ?? bytes
    },
    verify: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}

const nameOf = (url: string): string => {
  // Keys of objects are as they are written.
  if (isS3(url)) return basename(partsOfS3(url).key)
  try {
    return decodeURIComponent(basename(new URL(url).pathname))
  } catch (error) {
    throw new EngineError("E_INPUT", `${url}: is no valid address. Check how it is written.`, { file: url }, error)
  }
}

interface RangeAnswer {
  readonly bytes: Uint8Array
  readonly size: number
  /** `ETag`, else date of change, else empty. */
  readonly tag: string
}

const requestRange = (url: string, begin: number, end: number, options: OpenBytesOptions): Promise<RangeAnswer> => {
  const headers = { range: `bytes=${begin}-${end - 1}` }
  return sendRequest(url, { headers: () => headers, use: (response) => readAnswer(url, response, begin, end) }, options)
}

const readAnswer = async (url: string, response: Response, begin: number, end: number): Promise<RangeAnswer> => {
  const tag = response.headers.get("etag") ?? response.headers.get("last-modified") ?? ""
  const total = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(response.headers.get("content-range") ?? "")
  if (response.status === 416 && total !== null) return { bytes: new Uint8Array(0), size: Number(total[1]), tag }
  if (response.status === 206 && total !== null) {
    const bytes = new Uint8Array(await response.arrayBuffer())
    const size = Number(total[1])
    const expected = Math.min(end, size) - begin
    if (bytes.length !== expected) throw new Error(`${bytes.length} bytes came, ${expected} were asked for`)
    return { bytes, size, tag }
  }
  await response.body?.cancel()
  const found =
    response.status === 200 || response.status === 206
      ? "the server ignores range requests, and reading by parts needs them"
      : `the server answers ${response.status} ${response.statusText}`
  throw new EngineError("E_INPUT", `${url}: ${found}. Check the address, or fetch the file and name it by its path.`, {
    file: url,
  })
}
