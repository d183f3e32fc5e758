/** Reads parts of a remote file by range requests, and notices when the file changes meanwhile. */
import { basename } from "node:path"
import { sha256 } from "../core/hash.js"
import { EngineError } from "../errors.js"
import { type ByteSource, checkRange } from "./byte-source.js"
import { type Alive, type HttpOptions, refusalOf, remedyOf, sendRequest } from "./http.js"
import { readChunks } from "./read-body.js"
import { isS3, partsOfS3 } from "./s3.js"
import { shownAddress, withoutKnownSecrets } from "./secrets.js"

/** The first request fetches this much: most headers fit in it. */
const HEAD_BYTES = 65536

/**
 * The failure of an address whose server cannot say whether the file changed between two answers.
 */
export class Unvalidated extends EngineError {
  /** The address without its secrets. */
  readonly url: string
  readonly size: number
  /** The first 64 KiB. */
  readonly head: Uint8Array

  constructor(url: string, size: number, head: Uint8Array) {
    const found =
      "the server sends neither a strong ETag nor Last-Modified, so a change between two reads would go unnoticed"
    const remedy = `Download the file (${(size / 1e6).toFixed(1)} MB) and give its path, or use a server that sends one.`
    super("E_INPUT", `${url}: ${found}. ${remedy}`, { file: url })
    this.url = url
    this.size = size
    this.head = head
  }
}

/**
 * Opens an address for range requests (RFC 9110 §14). Answers 429 and 5xx and broken connections
 * are tried again with growing waits (`Retry-After` is obeyed up to 30 s). Start, end, total and
 * validator of every answer are checked against the request. The validator is a strong `ETag`, else
 * `Last-Modified`; a weak `ETag` does not promise the same bytes.
 *
 * @throws EngineError `E_INPUT`: an invalid address, a refusal, or a server without ranges or with
 * other bytes than requested; {@link Unvalidated}
 */
export const openUrl = async (address: string, options: HttpOptions): Promise<ByteSource> => {
  const url = shownAddress(address)
  const name = nameAddress(url)
  const first = await requestRange(url, 0, HEAD_BYTES, options)
  const { size, tag } = first
  // A file that arrived whole in one answer cannot be a mixture.
  if (tag === "" && size > first.bytes.length) throw new Unvalidated(url, size, first.bytes)
  const ask = async (begin: number, end: number): Promise<Uint8Array> => {
    const answer = await requestRange(url, begin, end, options)
    if (answer.tag !== tag || answer.size !== size) throw changedOnServer(url)
    return answer.bytes
  }
  return {
    path: url,
    name,
    size,
    identity: `${tag === "" ? sha256(first.bytes) : tag}-${size}`,
    read: async (begin, end, into) => {
      checkRange(url, size, begin, end)
      const isHere = end <= first.bytes.length || end === begin
      const bytes = isHere ? first.bytes.slice(begin, end) : await ask(begin, end)
      into?.set(bytes)
      return into ?? bytes
    },
    verify: async () => {
      if (tag !== "") await ask(0, Math.min(1, size))
      else if (!sameBytes((await requestRange(url, 0, HEAD_BYTES, options)).bytes, first.bytes))
        throw changedOnServer(url)
    },
    close: () => Promise.resolve(),
  }
}

const NONE = new Uint8Array(0)

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0

const changedOnServer = (url: string): EngineError =>
  new EngineError("E_INPUT", `${url}: changed on the server during the run. Run again.`, { file: url })

const nameAddress = (url: string): string => {
  // Keys of objects are not percent-encoded.
  if (isS3(url)) return basename(partsOfS3(url).key)
  try {
    return decodeURIComponent(basename(new URL(url).pathname))
  } catch (error) {
    throw new EngineError("E_INPUT", `${url}: not a valid address. Check how it is written.`, { file: url }, error)
  }
}

interface RangeAnswer {
  readonly bytes: Uint8Array
  readonly size: number
  /** Strong `ETag`, else `Last-Modified`, else empty. */
  readonly tag: string
}

/** The bytes of an address within `[begin, end)`; fewer where it ends earlier. */
export const requestRange = (url: string, begin: number, end: number, options: HttpOptions): Promise<RangeAnswer> => {
  const headers = { range: `bytes=${begin}-${Math.max(begin, end - 1)}` }
  const use = (response: Response, alive: Alive): Promise<RangeAnswer> =>
    readAnswer({ url, begin, end }, response, alive)
  return sendRequest(url, { headers: () => headers, use }, options)
}

/**
 * Validator that distinguishes contents of an address (RFC 9110 §8.8): a strong `ETag`, else
 * `Last-Modified`.
 */
export const validatorOf = (headers: Headers): string | undefined => {
  const tag = headers.get("etag")
  return tag !== null && /^".+"$/.test(tag) ? tag : (headers.get("last-modified") ?? undefined)
}

interface Asked {
  readonly url: string
  readonly begin: number
  readonly end: number
}

const readAnswer = async (asked: Asked, response: Response, alive: Alive): Promise<RangeAnswer> => {
  const { url, begin, end } = asked
  const { status, headers } = response
  const tag = validatorOf(headers) ?? ""
  const found = headers.get("content-range") ?? ""
  if (status === 416) {
    await response.body?.cancel()
    const total = /^bytes \*\/(\d{1,15})$/.exec(found)
    if (total !== null && Number(total[1]) <= begin) return { bytes: NONE, size: Number(total[1]), tag }
  }
  const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(found)
  const refusal = refusalOfRange(asked, response, range)
  if (range === null || refusal !== undefined) {
    await response.body?.cancel()
    const text = `${url}: ${refusal}. ${remedyOf(url)}`
    throw new EngineError("E_INPUT", text, { file: url })
  }
  const size = Number(range[3])
  const bytes = new Uint8Array(Math.min(end, size) - begin)
  let count = 0
  for await (const chunk of readChunks(url, response, bytes.length, alive)) {
    bytes.set(chunk, count)
    count += chunk.length
  }
  if (count !== bytes.length) throw new Error(`${count} bytes received, ${bytes.length} requested`)
  return { bytes, size, tag }
}

/** Why an answer is not the requested range. */
const refusalOfRange = (
  { url, begin, end }: Asked,
  response: Response,
  range: RegExpExecArray | null,
): string | undefined => {
  const { status, headers } = response
  if (status === 200 && /html/i.test(headers.get("content-type") ?? "")) return "a web page (HTML), not a file of data"
  if (status === 200) return "the server ignores range requests, which maille needs"
  if (status !== 206) return refusalOf(url, response)
  const coding = headers.get("content-encoding") ?? "identity"
  if (coding !== "identity")
    return `the server sends the range compressed (${withoutKnownSecrets(coding)}), not its plain bytes`
  const type = headers.get("content-type") ?? ""
  if (/^multipart\//i.test(type)) return "the server sends several ranges; one was requested"
  const stated = headers.get("content-range")
  const found = stated === null ? "no Content-Range" : `the Content-Range "${withoutKnownSecrets(stated)}"`
  if (range === null) return `the server sends ${found}; expected bytes ${begin} to ${end - 1} and the size of the file`
  const [, first, last, total] = range.map(Number) as [number, number, number, number]
  if (first === begin && last === Math.min(end, total) - 1) return undefined
  return `the server sends bytes ${first} to ${last} of ${total}; requested ${begin} to ${end - 1}`
}
