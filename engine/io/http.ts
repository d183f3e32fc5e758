/** Sends HTTP requests with retries, time-outs, a pace and redirects (RFC 9110). */
import { setTimeout as sleep } from "node:timers/promises"
import { EngineError } from "../errors.js"
import { secretMark } from "../without-secrets.js"
import { isS3, signS3 } from "./s3.js"
import { fullAddress, withoutKnownSecrets } from "./secrets.js"

export interface HttpOptions {
  /** First wait before a retry, doubled at each; default 500 ms. */
  readonly backOffMs?: number
  /** Total tries of one request, not counting those that made progress; default 6. */
  readonly tries?: number
  /** Longest wait, whatever the server's `Retry-After` says; default 30 s. */
  readonly mostWaitMs?: number
  /** Awaited before each request, redirected ones too: limits the rate. */
  readonly pace?: () => Promise<void>
  /**
   * Silence (no answer, or no further byte of it) after which a request is given up; default 60 s.
   */
  readonly idleMs?: number
  /**
   * Least average rate of an answer in bytes per second, after the first `idleMs`; default 1000.
   */
  readonly leastRate?: number
  readonly signal?: AbortSignal
}

/** Reports that so many bytes arrived. */
export type Alive = (bytes: number) => void

/** One request, built anew at each try. */
export interface HttpRequest<T> {
  /** Default GET. */
  readonly method?: string
  /** Bytes to send; not with GET. */
  readonly body?: Uint8Array<ArrayBuffer>
  /** Only for an `s3://` address: it is signed. */
  readonly query?: string
  /** Address of the next try, where it differs from the one in messages. */
  address?(): string
  headers(): Readonly<Record<string, string>>
  /**
   * Takes the answer. An `EngineError` ends the request; any other error leads to another try.
   * Call `alive` with the number of bytes that arrived: it restarts the time-out.
   */
  use(response: Response, alive: Alive): Promise<T>
  /**
   * Bytes so far. Tries are counted anew after progress at the least rate.
   */
  progress?(): number
}

/** Bytes per second; the slowest links that people work over bring five times as much. */
const LEAST_RATE = 1000
const RETRY_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])
const MOST_REDIRECTS = 10
/**
 * Assumed minimum bytes per second when sending a body, since progress of sending is not visible
 * here.
 */
const LEAST_SENT = 10_000
/** Connection failures that another try does not mend: certificates, invalid addresses. */
const LASTING = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_|ERR_SSL_|ERR_INVALID_URL)/
/** Headers that let whoever reads them act for the user. */
const SECRET_HEADER = /^(authorization|proxy-authorization|cookie|x-amz-.*)$/i

const isHttp = (path: string): boolean => /^https?:\/\//i.test(path)

/**
 * Sends a request until its answer is taken. Answers 408, 425, 429 and 5xx, broken connections and
 * silence are tried again with growing waits. A wait is at least the server's `Retry-After`
 * (seconds or a date, RFC 9110 §10.2.3), up to `mostWaitMs`.
 *
 * Redirects of a plain GET are followed; credentials are not sent to another scheme, host or port.
 * Messages show `url`: the secrets of an address are only in the request.
 *
 * @throws EngineError `E_INPUT` after the last try; the errors of `use`; the signal's reason when
 * it is aborted
 */
export const sendRequest = async <T>(url: string, request: HttpRequest<T>, options: HttpOptions = {}): Promise<T> => {
  const { backOffMs = 500, tries = 6, mostWaitMs = 30_000, leastRate = LEAST_RATE, signal } = options
  let last = ""
  let reached = request.progress?.() ?? 0
  let since = performance.now()
  for (let attempt = 0; attempt < tries; attempt++) {
    const ended = await tryOnce(url, request, options)
    if ("value" in ended) return ended.value
    last = ended.failure
    const now = request.progress?.() ?? 0
    if (now > reached && now - reached >= (leastRate * (performance.now() - since)) / 1000) {
      attempt = -1
      reached = now
      since = performance.now()
    }
    if (attempt + 1 === tries) break
    const wait = Math.max(ended.retryAfterMs, backOffMs * 2 ** Math.max(0, attempt))
    await sleep(Math.min(wait, mostWaitMs), undefined, { ...(signal === undefined ? {} : { signal }) })
  }
  // Marks it as transient, like a system error.
  const cause = Object.assign(new Error(last), { code: "EAGAIN" })
  throw new EngineError(
    "E_INPUT",
    `${url}: no answer after ${tries === 1 ? "1 try" : `${tries} tries; last error`}: ${last}. ${remedyOf(url)}`,
    { file: url },
    cause,
  )
}

const STORE_REMEDY = "Check the bucket's name, AWS_ENDPOINT_URL_S3, AWS_REGION and the connection."
/** What helps where a server does not. */
export const DOWNLOAD = "download the file yourself and give its path"
const FILE_REMEDY = `Check the address and the connection, or ${DOWNLOAD}.`

/** Advice for an address that cannot be read. */
export const remedyOf = (url: string): string => (isS3(url) ? STORE_REMEDY : FILE_REMEDY)

type Try<T> = { readonly value: T } | { readonly failure: string; readonly retryAfterMs: number }

const tryOnce = async <T>(url: string, request: HttpRequest<T>, options: HttpOptions): Promise<Try<T>> => {
  const { signal, idleMs = 60_000, leastRate = LEAST_RATE } = options
  signal?.throwIfAborted()
  const stop = new AbortController()
  const abort = (): void => stop.abort(signal?.reason)
  signal?.addEventListener("abort", abort, { once: true })
  const silence = (): void => stop.abort(new Error(`no data for ${idleMs / 1000} s`))
  let timer: NodeJS.Timeout | undefined
  const slow = (): void => stop.abort(new Error(`less than ${leastRate} bytes per second`))
  let bytes = 0
  let answered = 0
  const alive = (count: number): void => {
    clearTimeout(timer)
    bytes += count
    const left = answered + idleMs + (1000 * bytes) / leastRate - performance.now()
    timer = bytes > 0 && left < idleMs ? setTimeout(slow, left) : setTimeout(silence, idleMs)
  }
  try {
    const { method = "GET", body } = request
    const sent = await fetchOnce(url, request)
    // Sending a body shows no progress: its time is added to the silence.
    const patience = idleMs + (1000 * (body?.length ?? 0)) / LEAST_SENT
    const begin = (): void => {
      clearTimeout(timer)
      timer = setTimeout(silence, patience)
    }
    const response = await followRedirects(
      { ...sent, named: url, method, body: body ?? null },
      stop.signal,
      begin,
      options,
    )
    answered = performance.now()
    alive(0)
    if (!RETRY_STATUS.has(response.status)) return { value: await request.use(response, alive) }
    await response.body?.cancel()
    return { failure: `status ${response.status}`, retryAfterMs: retryAfterMs(response.headers.get("retry-after")) }
  } catch (error) {
    if (error instanceof EngineError) throw error
    signal?.throwIfAborted()
    if (isLasting(error)) {
      throw new EngineError("E_INPUT", `${url}: ${textOf(error)}. ${remedyOf(url)}`, { file: url }, error)
    }
    return { failure: textOf(error), retryAfterMs: 0 }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener("abort", abort)
  }
}

interface Sent {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The signature is only valid for that address. */
  readonly isSigned?: boolean
}

/**
 * The request to send: signed for a store; with user and password in a header for any other
 * address.
 */
const fetchOnce = async (url: string, request: HttpRequest<unknown>): Promise<Sent> => {
  const address = request.address?.() ?? url
  const headers = request.headers()
  const { method = "GET", query } = request
  if (isS3(address)) {
    const sent = await signS3(address, { method, headers, ...(query === undefined ? {} : { query }) })
    return { ...sent, isSigned: sent.headers["authorization"] !== undefined }
  }
  const whole = new URL(fullAddress(address))
  if (whole.username === "" && whole.password === "") return { url: whole.href, headers }
  const user = `${decodeURIComponent(whole.username)}:${decodeURIComponent(whole.password)}`
  whole.username = ""
  whole.password = ""
  const authorization = `Basic ${Buffer.from(user).toString("base64")}`
  return { url: whole.href, headers: { ...headers, authorization } }
}

interface Redirected extends Sent {
  /** As messages name it. */
  readonly named: string
  readonly method: string
  readonly body: Uint8Array<ArrayBuffer> | null
}

/**
 * Follows redirects itself: each request keeps the rate and its range, and none takes credentials
 * elsewhere.
 */
const followRedirects = async (
  { named: url, url: first, headers: own, isSigned, method, body }: Redirected,
  signal: AbortSignal,
  begin: () => void,
  { pace }: HttpOptions,
): Promise<Response> => {
  let address = first
  let headers = own
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    await pace?.()
    begin()
    // No content coding: a range of a compressed body would be a range of other bytes.
    const all = { ...headers, "accept-encoding": "identity" }
    const response = await fetch(address, { method, body, headers: all, signal, redirect: "manual" })
    const location = response.headers.get("location")
    if (response.status < 300 || response.status > 399 || response.status === 304 || location === null) return response
    await response.body?.cancel()
    const next = URL.canParse(location, address) ? new URL(location, address).href : location
    if (!isHttp(next)) throw redirected(url, `redirects to ${withoutKnownSecrets(next)}, which is not an http address`)
    if (isSigned || method !== "GET") throw ledAway(url, response.status, next)
    if (new URL(next).origin !== new URL(address).origin) headers = withoutCredentials(headers)
    address = next
  }
  throw redirected(url, `redirects more than ${MOST_REDIRECTS} times, last to ${withoutKnownSecrets(address)}`)
}

const redirected = (url: string, found: string): EngineError =>
  new EngineError("E_INPUT", `${url}: ${found}. Check the address.`, { file: url })

const ledAway = (url: string, status: number, next: string): EngineError => {
  const text = `${url}: the store answers ${status} and redirects to ${new URL(next).host}; signed requests are not redirected. ${STORE_REMEDY}`
  return new EngineError("E_INPUT", text, { file: url })
}

const withoutCredentials = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADER.test(name)))

const isLasting = (error: unknown): boolean =>
  error instanceof Error && (("code" in error && LASTING.test(String(error.code))) || isLasting(error.cause))

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

/** Why a request was refused, where the status says so. */
export const refusalOf = (url: string, { status, statusText }: Response): string => {
  const found = `the server answers ${`${status} ${withoutKnownSecrets(statusText)}`.trim()}`
  if (status !== 401 && status !== 403) return found
  return `${found}: ${url.includes(secretMark) ? "the password or signature is wrong or has expired" : "it needs a password or a signature"}`
}

/** A pace of at most `rate` requests per second, shared by all callers. */
export const createPace = (rate: number, signal?: AbortSignal): (() => Promise<void>) => {
  let next = 0
  return async () => {
    const now = performance.now()
    const at = Math.max(now, next)
    next = at + 1000 / rate
    if (at > now) await sleep(at - now, undefined, signal === undefined ? {} : { signal })
  }
}
