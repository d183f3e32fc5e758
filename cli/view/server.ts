/** The server of `maille view`: the page and the output folder that it shows. */
import { readFile, realpath } from "node:fs/promises"
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http"
import { type AddressInfo, isIP } from "node:net"
import { hostname } from "node:os"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { joinInside } from "../../engine/core/files/join-inside.js"
import { builtFile } from "../../engine/core/package-files.js"
import { EngineError } from "../../engine/errors.js"
import { readStored } from "../../engine/io/archive/stored-file.js"
import { contentType } from "../../engine/io/file-kind.js"
import { describeOutput } from "./describe-output.js"
import { resolvePath } from "./resolve-path.js"
import { refuse, serveFile } from "./serve-file.js"

export interface ViewServerOptions {
  /** Output folder of a run. */
  readonly folder: string
  /**
   * Name or address to listen on. A loopback one answers requests for loopback names only. Another
   * one also answers for IP addresses, this name, and the machine's names.
   */
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** Whether pages of other origins may read the folder's files. */
  readonly cors?: boolean
  /** Overrides of the default limits. */
  readonly limits?: Partial<typeof usualLimits>
}

/** A server that listens. */
export interface ViewServer {
  readonly host: string
  readonly port: number
  readonly url: string
  /** Address of the tileset, for other viewers; absent where the folder has none. */
  readonly tileset?: string
  /** Stops at once and closes open connections. */
  close(): Promise<void>
}

/** Limits against slow or many clients. A page in a browser opens six connections. */
const usualLimits = {
  headerBytes: 8192,
  headerCount: 64,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  /** Time without a byte read or written. */
  idleMs: 30_000,
  keepAliveMs: 5_000,
  connections: 512,
}

/** The page's own files, made by `npm run build`. */
const pageFolder = fileURLToPath(builtFile("cli/view/page/"))

/**
 * Headers of the page. The browser blocks all other servers: the page needs no network. The KTX2
 * transcoder compiles text into functions, so `unsafe-eval` is set only for results with such
 * textures.
 */
const pageHeaders = (hasKtx2: boolean): OutgoingHttpHeaders => ({
  "content-security-policy":
    `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'${hasKtx2 ? " 'unsafe-eval'" : ""}; ` +
    "style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; " +
    "connect-src 'self' blob: data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
})

/** Scripts of the folder's files do not run: anyone may have written them. */
const folderHeaders: OutgoingHttpHeaders = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

/** True for names and addresses of the machine itself. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host) || /\.localhost$/i.test(host)

/**
 * True where a request names this server. This stops DNS rebinding, where a page of another site
 * reaches the server under that site's name. An IP address is safe.
 */
const isMeant = (asked: string, host: string): boolean => {
  const name = asked.replace(/:\d+$/, "").toLowerCase()
  if (isLoopback(name)) return true
  if (isLoopback(host)) return false
  const address = name.replace(/^\[|\]$/g, "")
  return isIP(address) > 0 || [host, hostname(), `${hostname()}.local`].some((own) => own.toLowerCase() === name)
}

/**
 * Starts the server of `maille view`: the page at `/`, its description at `/view.json`, the files
 * of `folder` below `/out/`.
 *
 * It allows GET and HEAD only, without listings or uploads. Nothing outside `folder`, and no name
 * with a leading dot, is accessible.
 * @throws EngineError E_INPUT where the folder has no run, E_USAGE where the port or the host is
 *   unavailable
 */
export const startViewServer = async (options: ViewServerOptions): Promise<ViewServer> => {
  const { hasKtx2, tileset } = await describeOutput(options.folder)
  const root = await realpath(options.folder)
  const { host } = options
  const headers = pageHeaders(hasKtx2)
  const server = createLimited({ ...usualLimits, ...options.limits })
  server.on("request", (request, response) => {
    handle({ root, host, headers, cors: options.cors === true }, request, response).catch(() => {
      if (response.headersSent) response.destroy()
      else refuse(response, 500)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenFailure(error, options)))
    server.listen(options.port, options.host.replace(/^\[|\]$/g, ""), resolve)
  })
  const { port } = server.address() as AddressInfo
  const shown = options.host.includes(":") && !options.host.startsWith("[") ? `[${options.host}]` : options.host
  const url = `http://${shown}:${port}/`
  return {
    host: options.host,
    port,
    url,
    ...(tileset ? { tileset: `${url}out/tileset.json` } : {}),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const createLimited = (limits: typeof usualLimits): Server => {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
  })
  server.maxHeadersCount = limits.headerCount
  server.maxConnections = limits.connections
  server.setTimeout(limits.idleMs)
  return server
}

interface Serving {
  readonly root: string
  readonly host: string
  /** Headers of the page's own files. */
  readonly headers: OutgoingHttpHeaders
  readonly cors: boolean
}

/** Lets pages of any origin read the folder, with these headers of an answer. */
const corsHeaders = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "accept-ranges, content-length, content-range, etag",
}
/**
 * Headers of the answer to a preflight. The last one lets a public page reach a loopback server.
 */
const preflightHeaders = {
  "access-control-allow-methods": "GET, HEAD",
  "access-control-allow-headers": "range, if-range, if-none-match",
  "access-control-allow-private-network": "true",
  "content-length": 0,
}

const handle = async (
  { root, host, headers, cors }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const isShared = cors && request.url?.startsWith("/out/") === true
  const isPreflight = isShared && request.method === "OPTIONS"
  if (request.method !== "GET" && request.method !== "HEAD" && !isPreflight) {
    return refuse(response, 405, { allow: "GET, HEAD", connection: "close" })
  }
  if (hasBody(request)) return refuse(response, 400, { connection: "close" })
  const asked = request.headersDistinct["host"] ?? []
  if (asked.length > 1) return refuse(response, 400, { connection: "close" })
  if (!isMeant(asked[0] ?? "", host)) return refuse(response, 403)
  if (isShared) for (const [name, value] of Object.entries(corsHeaders)) response.setHeader(name, value)
  if (isPreflight) {
    response.writeHead(204, preflightHeaders).end()
    return
  }
  const path = /^[^?#]*/.exec(request.url ?? "")?.[0] ?? ""
  if (path === "/view.json") return sendJson(response, JSON.stringify(await describeOutput(root)))
  const inFolder = path.startsWith("/out/")
  const name = path === "/" ? "/index.html" : inFolder ? path.slice("/out".length) : path
  if (!inFolder) return servePage(request, response, name, headers)
  const found = await resolvePath(root, name)
  if (found === undefined) return refuse(response, 404)
  const tileset = await servedTileset(joinInside(root, decodeURIComponent(name).slice(1)), found.name)
  if (tileset !== undefined) return sendJson(response, tileset)
  await serveFile(request, response, found, folderHeaders)
}

/**
 * Serves a file of the page, which is stored compressed: unchanged to clients that accept gzip,
 * else decompressed.
 */
const servePage = async (
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  headers: OutgoingHttpHeaders,
): Promise<void> => {
  const found = await resolvePath(await realpath(pageFolder), `${name}.gz`)
  if (found === undefined) return refuse(response, 404)
  const plain = { ...found, name: found.name.slice(0, -".gz".length) }
  const extra = { ...headers, vary: "accept-encoding" }
  if (/\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(request.headers["accept-encoding"] ?? ""))
    return serveFile(request, response, plain, { ...extra, "content-encoding": "gzip" })
  const bytes = gunzipSync(await readFile(found.file))
  const type = { "content-type": contentType(plain.name), "content-length": bytes.length }
  response.writeHead(200, { ...extra, ...type, "cache-control": "no-cache", "x-content-type-options": "nosniff" })
  // Node.js omits the body for a HEAD.
  response.end(bytes)
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0

const sendJson = (response: ServerResponse, text: string): void => {
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  })
  response.end(text)
}

const listenFailure = (error: NodeJS.ErrnoException, { host, port }: ViewServerOptions): EngineError => {
  const messages: Readonly<Record<string, string>> = {
    EADDRINUSE: `--port: ${port} of ${host} is in use. Choose another port, or --port 0 for a free one.`,
    EACCES: `--port: this user may not use ${port}. Choose a port above 1023.`,
    EADDRNOTAVAIL: `--host: ${host} is not an address of this machine. Give one of its addresses, or leave --host out.`,
    ENOTFOUND: `--host: "${host}" is not a known host. Give an address of this machine, or leave --host out.`,
  }
  const message =
    messages[error.code ?? ""] ??
    `--host: cannot listen on ${host}, port ${port} (${error.message}). Choose another host or port.`
  return new EngineError("E_USAGE", message, { option: error.code === "EADDRINUSE" ? "--port" : "--host" }, error)
}

/** Extension of tilesets whose addresses lead into archives. */
const ARCHIVES = "MAXAR_content_3tz"

interface Document {
  readonly extensionsUsed?: readonly string[]
  readonly extensionsRequired?: readonly string[]
}

/**
 * Text of a tileset with addresses into archives, without the extension that declares them. The
 * server presents archives as folders, and most viewers do not know the extension. Undefined for
 * every other file.
 * @param path as {@link readStored} takes it
 * @param name determines the type
 */
const servedTileset = async (path: string, name: string): Promise<string | undefined> => {
  if (!name.endsWith(".json") || !/(^|[\\/])(tileset\.json|tiles[\\/].*)$/.test(path)) return undefined
  const bytes = await readStored(path).catch(() => undefined)
  const text = bytes && new TextDecoder().decode(bytes)
  if (!text?.includes(ARCHIVES)) return undefined
  const document = parsed(text)
  if (document === undefined) return undefined
  const { extensionsUsed, extensionsRequired, ...rest } = document
  const others = (names: readonly string[] = []): readonly string[] => names.filter((one) => one !== ARCHIVES)
  const [used, required] = [others(extensionsUsed), others(extensionsRequired)]
  return JSON.stringify({
    ...rest,
    ...(used.length > 0 ? { extensionsUsed: used } : {}),
    ...(required.length > 0 ? { extensionsRequired: required } : {}),
  })
}

/** Undefined for a damaged tileset, which is served unchanged. */
const parsed = (text: string): Document | undefined => {
  try {
    const value = JSON.parse(text) as Document | null
    return typeof value === "object" && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
