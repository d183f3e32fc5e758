/** Answers requests with files, whole or in byte ranges. */
import { type BigIntStats, constants } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http"
import { pipeline } from "node:stream/promises"
import { contentType } from "../../engine/io/file-kind.js"
import type { Resolved } from "./resolve-path.js"

/**
 * Answers a GET or HEAD with a file: whole (200), one range (206), not modified (304), failed
 * precondition (412) or bad range (416). Answers 404 where it is no regular file. Closes the file
 * after the answer or when the client disconnects.
 * @param found by its real path: a link in its last part is not followed
 * @param extra headers besides the file's own
 */
export const serveFile = async (
  request: IncomingMessage,
  response: ServerResponse,
  found: Resolved,
  extra: OutgoingHttpHeaders,
): Promise<void> => {
  // Without blocking: a named pipe would wait for a writer.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const handle = await open(found.file, flags).catch(() => undefined)
  if (handle === undefined) return refuse(response, 404)
  try {
    await answer(request, response, { handle, found, extra })
  } finally {
    await handle.close()
  }
}

/** Ends a response without a file: the status and its name as text. */
export const refuse = (response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void => {
  const text = `${status} ${reasons[status] ?? ""}\n`
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  })
  // Node.js omits the body for a HEAD.
  response.end(text)
}

const reasons: Readonly<Record<number, string>> = {
  400: "bad request",
  403: "this server answers to its own name only: ask by its address, or start it with --host and this name",
  404: "not found",
  405: "GET and HEAD only",
  412: "precondition failed",
  416: "one range within the file at a time",
  500: "the server failed",
}

interface OpenFile {
  readonly handle: FileHandle
  readonly found: Resolved
  readonly extra: OutgoingHttpHeaders
}

const answer = async (request: IncomingMessage, response: ServerResponse, file: OpenFile): Promise<void> => {
  const stats = await file.handle.stat({ bigint: true })
  if (!stats.isFile()) return refuse(response, 404)
  const { begin, sizeBytes: size = Number(stats.size), name } = file.found
  if (begin + size > stats.size) return refuse(response, 404)
  const validators = describeState(stats, begin)
  // A run may replace a file at any time: the client caches it, but revalidates every time.
  const headers = {
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    etag: validators.etag,
    "last-modified": validators.lastModified,
    "x-content-type-options": "nosniff",
    ...file.extra,
  }
  const failed = failedCondition(request.headers, validators)
  if (failed === 412) return refuse(response, 412)
  if (failed === 304) {
    response.writeHead(304, headers).end()
    return
  }
  // The standard defines ranges for GET only.
  const ranged = request.method === "GET" && rangeHolds(header(request.headers["if-range"]), validators)
  const range = ranged ? parseByteRange(request.headers.range, size) : "whole"
  if (range === "refused") return refuse(response, 416, { "content-range": `bytes */${size}` })
  const { start, end } = range === "whole" ? { start: 0, end: size - 1 } : range
  response.writeHead(range === "whole" ? 200 : 206, {
    ...headers,
    "content-type": contentType(name),
    "content-length": end - start + 1,
    ...(range === "whole" ? {} : { "content-range": `bytes ${start}-${end}/${size}` }),
  })
  if (request.method === "HEAD" || size === 0) response.end()
  else await send(response, file.handle, begin + start, begin + end)
}

const header = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)

const send = async (response: ServerResponse, handle: FileHandle, start: number, end: number): Promise<void> => {
  const stream = handle.createReadStream({ start, end, autoClose: false })
  try {
    await pipeline(stream, response)
  } catch {
    // The client is gone or the file became unreadable: the answer can only be cut off.
    response.destroy()
  }
  // Too few bytes were sent: the client must not read the next answer as the rest of this one.
  if (stream.bytesRead < end - start + 1) response.destroy()
}

/** Validators of a file, or of its part from byte `begin`: the members of one archive differ. */
const describeState = (stats: BigIntStats, begin = 0) => ({
  // Strong: from inode, size and modification time in nanoseconds. A rename publishes each product
  // whole.
  etag: `"${stats.ino.toString(36)}-${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}${begin === 0 ? "" : `-${begin.toString(36)}`}"`,
  // In whole seconds, as an HTTP date.
  lastModified: new Date(Number(stats.mtimeMs)).toUTCString(),
})

/** Headers that identify a state of a file. */
type Validators = ReturnType<typeof describeState>

/**
 * Evaluates the conditions of a GET or HEAD in the order of RFC 9110, section 13.2.2. 412 where a
 * precondition fails, 304 where the client has the file already, else undefined.
 */
const failedCondition = (headers: IncomingHttpHeaders, validators: Validators): 304 | 412 | undefined => {
  const changedSince = (date: string): boolean | undefined => {
    const time = Date.parse(date)
    return Number.isNaN(time) ? undefined : Date.parse(validators.lastModified) > time
  }
  const match = headers["if-match"]
  if (match !== undefined) {
    if (!names(match, validators.etag, false)) return 412
  } else if (headers["if-unmodified-since"] !== undefined && changedSince(headers["if-unmodified-since"]) === true) {
    return 412
  }
  const noneMatch = headers["if-none-match"]
  if (noneMatch !== undefined) return names(noneMatch, validators.etag, true) ? 304 : undefined
  const since = headers["if-modified-since"]
  return since !== undefined && changedSince(since) === false ? 304 : undefined
}

/** True where a range may be sent: without `If-Range`, or where it names the current state. */
const rangeHolds = (ifRange: string | undefined, validators: Validators): boolean =>
  ifRange === undefined || ifRange.trim() === validators.etag || ifRange.trim() === validators.lastModified

/** True where a list of entity tags contains `etag`. Weak tags only match in a weak comparison. */
const names = (list: string, etag: string, weak: boolean): boolean =>
  list.split(",").some((part) => {
    const tag = part.trim()
    return tag === "*" || tag === etag || (weak && tag === `W/${etag}`)
  })

/** A requested range of a file: bytes `start` to `end`, both included; all of it; or refused. */
type ByteRange = { readonly start: number; readonly end: number } | "whole" | "refused"

/**
 * Parses a `Range` header (RFC 9110, section 14.1). One byte range is allowed, cut at the end of
 * the file.
 *
 * Several ranges, and one beyond the end, are refused (416): the readers of our formats ask for
 * one. Several could turn a small request into many times the file. Another unit, or an invalid
 * text, means the whole file, as in the standard.
 * @param size of the file, bytes
 */
export const parseByteRange = (header: string | undefined, size: number): ByteRange => {
  const list = /^\s*bytes\s*=(.*)$/i.exec(header ?? "")?.[1]
  if (list === undefined) return "whole"
  const ranges = list.split(",").filter((part) => part.trim() !== "")
  const matches = ranges.map((part) => /^\s*(\d*)\s*-\s*(\d*)\s*$/.exec(part))
  if (ranges.length === 0 || matches.some((match) => match === null || match[1] + (match[2] ?? "") === "")) {
    return "whole"
  }
  if (ranges.length > 1) return "refused"
  const [, first = "", last = ""] = matches[0] ?? []
  // A suffix range: the last `count` bytes.
  if (first === "") {
    const count = Math.min(Number(last), size)
    return count === 0 ? "refused" : { start: size - count, end: size - 1 }
  }
  const start = Number(first)
  if (last !== "" && Number(last) < start) return "whole"
  if (start >= size) return "refused"
  return { start, end: last === "" ? size - 1 : Math.min(Number(last), size - 1) }
}
