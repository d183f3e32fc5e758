import { setTimeout as sleep } from "node:timers/promises"
import { EngineError } from "../errors.js"
import { isS3, signS3 } from "./s3.js"

/** How requests are sent. */
export interface HttpOptions {
  /** First wait before a retry, doubled at each; default 500 ms. */
  readonly backOffMs?: number
  /** Tries of one request in all, those that brought it on aside; default 6. */
  readonly tries?: number
  /** Longest wait, whatever the server's `Retry-After` says; default 30 s. */
  readonly mostWaitMs?: number
  /** Waited for before each request, redirected ones too: keeps a rate. */
  readonly pace?: () => Promise<void>
  /** Time without an answer, or without a byte of it, after which a request is given up; default 60 s. */
  readonly idleMs?: number
  readonly signal?: AbortSignal
}

/** One request, told anew at each try. */
export interface HttpRequest<T> {
  /** Default GET. */
  readonly method?: string
  /** What is sent; not with GET. */
  readonly body?: Uint8Array<ArrayBuffer>
  /** Of an `s3://` address alone: it is signed. */
  readonly query?: string
  /** Address of the next try, where it is not the one that messages name. */
  address?(): string
  headers(): Readonly<Record<string, string>>
  /**
   * Takes the answer. An `EngineError` ends the request, any other error is followed by another try. `alive` puts the time-out off: called when bytes come.
   */
  use(response: Response, alive: () => void): Promise<T>
  /** Grows when a try brought the request on: tries are then counted anew. */
  progress?(): number
}

const RETRY_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])
const MOST_REDIRECTS = 10

/** True for an address: `http(s)`, or `s3` of an object in a store. */
export const isUrl = (path: string): boolean => isHttp(path) || isS3(path)

const isHttp = (path: string): boolean => /^https?:\/\//i.test(path)

/**
 * Sends a request until its answer is taken. Redirects are followed; 408, 425, 429 and 5xx answers, broken connections and silence are tried again with growing waits,
 * as long as the server's `Retry-After` (seconds or a date, RFC 9110 §10.2.3) asks for.
 *
 * @throws EngineError `E_INPUT` after the last try; what `use` throws; the signal's reason when it is aborted
 */
export const sendRequest = async <T>(url: string, request: HttpRequest<T>, options: HttpOptions = {}): Promise<T> => {
  const { backOffMs = 500, tries = 6, mostWaitMs = 30_000, signal } = options
  let last = ""
  let reached = request.progress?.() ?? 0
  for (let attempt = 0; attempt < tries; attempt++) {
    const ended = await tryOnce(url, request, options)
    if ("value" in ended) return ended.value
    last = ended.failure
    const now = request.progress?.() ?? 0
    if (now > reached) attempt = -1
    reached = Math.max(now, reached)
    if (attempt + 1 === tries) break
    const wait = Math.max(ended.retryAfterMs, backOffMs * 2 ** Math.max(0, attempt))
    await sleep(Math.min(wait, mostWaitMs), undefined, { ...(signal === undefined ? {} : { signal }) })
  }
  // Worth another try later, as what the system calls so.
  const cause = Object.assign(new Error(last), { code: "EAGAIN" })
  throw new EngineError(
    "E_INPUT",
    `${url}: no answer after ${tries === 1 ? "1 try" : `${tries} tries, the last`}: ${last}. ${isS3(url) ? STORE_REMEDY : FILE_REMEDY}`,
    { file: url },
    cause,
  )
}

const STORE_REMEDY = "Check the bucket's name, AWS_ENDPOINT_URL_S3, AWS_REGION and the connection."
const FILE_REMEDY = "Check the address and the connection, or fetch the file and name it by its path."

type Try<T> = { readonly value: T } | { readonly failure: string; readonly retryAfterMs: number }

const tryOnce = async <T>(url: string, request: HttpRequest<T>, options: HttpOptions): Promise<Try<T>> => {
  const { signal, idleMs = 60_000 } = options
  signal?.throwIfAborted()
  const stop = new AbortController()
  const abort = (): void => stop.abort(signal?.reason)
  signal?.addEventListener("abort", abort, { once: true })
  const silence = (): void => stop.abort(new Error(`silence for ${idleMs / 1000} s`))
  let timer: NodeJS.Timeout | undefined
  const alive = (): void => {
    clearTimeout(timer)
    timer = setTimeout(silence, idleMs)
  }
  try {
    const address = request.address?.() ?? url
    const headers = request.headers()
    const { method = "GET", body, query } = request
    const sent = isS3(address)
      ? await signS3(address, { method, headers, ...(query === undefined ? {} : { query }) })
      : { url: address, headers }
    const response = await followRedirects({ ...sent, method, body: body ?? null }, stop.signal, alive, options)
    if (!RETRY_STATUS.has(response.status)) return { value: await request.use(response, alive) }
    await response.body?.cancel()
    return { failure: `status ${response.status}`, retryAfterMs: retryAfterMs(response.headers.get("retry-after")) }
  } catch (error) {
    if (error instanceof EngineError) throw error
    signal?.throwIfAborted()
    return { failure: textOf(error), retryAfterMs: 0 }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener("abort", abort)
  }
}

interface Sent {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly method: string
  readonly body: Uint8Array<ArrayBuffer> | null
}

/** By hand, so that each request keeps the rate and its range. */
const followRedirects = async (
  { url, headers, method, body }: Sent,
  signal: AbortSignal,
  alive: () => void,
  { pace }: HttpOptions,
): Promise<Response> => {
  let address = url
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    await pace?.()
    alive()
    // No content coding: a range of a compressed body would be a range of other bytes.
    const all = { ...headers, "accept-encoding": "identity" }
    const response = await fetch(address, { method, body, headers: all, signal, redirect: "manual" })
    const location = response.headers.get("location")
    if (response.status < 300 || response.status > 399 || response.status === 304 || location === null) return response
    await response.body?.cancel()
    const next = URL.canParse(location, address) ? new URL(location, address).href : location
    if (!isHttp(next)) throw new EngineError("E_INPUT", `${url}: leads on to ${next}, no http address.`, { file: url })
    address = next
  }
  const text = `${url}: leads on and on (more than ${MOST_REDIRECTS} redirects, the last to ${address}). Check the address.`
  throw new EngineError("E_INPUT", text, { file: url })
}

const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ""}`
}

const retryAfterMs = (text: string | null): number => {
  if (text === null) return 0
  if (/^\s*\d+\s*$/.test(text)) return 1000 * Number(text)
  const date = Date.parse(text)
  return Number.isNaN(date) ? 0 : Math.max(0, date - Date.now())
}

/** A pace of `rate` requests a second at most, whoever waits for it. */
export const createPace = (rate: number, signal?: AbortSignal): (() => Promise<void>) => {
  let next = 0
  return async () => {
    const now = performance.now()
    const at = Math.max(now, next)
    next = at + 1000 / rate
    if (at > now) await sleep(at - now, undefined, signal === undefined ? {} : { signal })
  }
}
