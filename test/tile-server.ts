import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** A request as it came. */
interface SeenRequest {
  readonly path: string
  readonly range: string
  readonly ifRange: string
  /** Milliseconds. */
  readonly at: number
}

/** A server of files with the manners of real ones. */
export interface TileServer {
  /** `http://127.0.0.1:port`. */
  readonly base: string
  /** Files by their last name. */
  readonly files: Map<string, Uint8Array>
  readonly seen: SeenRequest[]
  /** Of every file; another one is another content. */
  tag: string
  close(): Promise<void>
}

/**
 * Serves `files` by ranges with a strong tag. The first folder of an address tells what else it does:
 *
 * | address | what |
 * |---|---|
 * | /good/NAME | nothing else |
 * | /busy/NAME | 429 with `Retry-After: 1` the first time, 503 the second |
 * | /moved/NAME | 302 to /on/NAME, and from there 301 to /good/NAME |
 * | /round/NAME | 302 to itself |
 * | /cut/NAME | the connection breaks after 40 000 bytes of each answer |
 * | /dead/NAME | the connection breaks after 1000 bytes of the first answer, and before the first byte of any other |
 * | /page/NAME | 200, a page of HTML |
 * | /sorry/NAME | 200, a page of HTML that says it is octets |
 * | /long/NAME | says that the file has 5000 bytes more than it has |
 * | /plain/NAME | 200 and the whole file, no ranges, no tag |
 * | /slow/NAME | 20 000 bytes every 50 ms |
 * | /gone/NAME | 404 |
 * | /telechargement/download/NAME | 200, no ranges, the connection breaks after 40 000 bytes of the first answer |
 * | /chunk/telechargement/download/NAME | as /good/NAME; 404 for names with `unranged` |
 */
export const startTileServer = async (): Promise<TileServer> => {
  const files = new Map<string, Uint8Array>()
  const seen: SeenRequest[] = []
  const state = { files, seen, tag: '"one"', base: "", close: () => Promise.resolve() }
  const server: Server = createServer((request, response) => answer(state, request, response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  state.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  state.close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve()))
  }
  return state
}

const html = "<html><head><title>Service indisponible</title></head><body><h1>Maintenance en cours</h1></body></html>"

const answer = (state: TileServer, request: IncomingMessage, response: ServerResponse): void => {
  const path = new URL(request.url ?? "", "http://x").pathname
  const parts = path.split("/")
  const how = parts[1] === "telechargement" ? "whole" : (parts[1] ?? "")
  const name = parts.at(-1) ?? ""
  const { range = "" } = request.headers
  const ifRange = String(request.headers["if-range"] ?? "")
  const times = state.seen.filter((one) => one.path === path).length
  state.seen.push({ path, range, ifRange, at: performance.now() })
  const content = state.files.get(name)
  if (how === "busy" && times === 0) response.writeHead(429, { "retry-after": "1" }).end()
  else if (how === "busy" && times === 1) response.writeHead(503).end()
  else if (how === "moved") response.writeHead(302, { location: `/on/${name}` }).end()
  else if (how === "on") response.writeHead(301, { location: `${state.base}/good/${name}` }).end()
  else if (how === "round") response.writeHead(302, { location: path }).end()
  else if (how === "page") response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html)
  else if (how === "sorry") response.writeHead(200, { "content-type": "application/octet-stream" }).end(html)
  else if (content === undefined || how === "gone") response.writeHead(404).end()
  else if (how === "plain") response.writeHead(200, { "content-length": content.length }).end(content)
  else if (how === "chunk" && name.includes("unranged")) response.writeHead(404).end()
  else serveRange(state, { how, times, range, ifRange, content }, response)
}

interface Asked {
  readonly how: string
  readonly times: number
  readonly range: string
  readonly ifRange: string
  readonly content: Uint8Array
}

const serveRange = ({ tag }: TileServer, asked: Asked, response: ServerResponse): void => {
  const { how, times, range, ifRange, content } = asked
  const total = content.length + (how === "long" ? 5000 : 0)
  const match = how === "whole" ? null : /^bytes=(\d+)-(\d*)$/.exec(range)
  const partial = match !== null && (ifRange === "" || ifRange === tag)
  const begin = partial ? Number(match[1]) : 0
  const end = partial && match[2] !== "" ? Math.min(Number(match[2]) + 1, total) : total
  if (partial && begin >= total) {
    response.writeHead(416, { "content-range": `bytes */${total}`, etag: tag }).end()
    return
  }
  const place = partial ? { "content-range": `bytes ${begin}-${end - 1}/${total}` } : {}
  const headers = { etag: tag, "content-type": "application/octet-stream", "content-length": end - begin, ...place }
  response.writeHead(partial ? 206 : 200, headers)
  const bytes = content.subarray(begin, end)
  const breaks = how === "whole" && times > 0 ? undefined : 40_000
  const most = { cut: 40_000, whole: breaks, dead: times === 0 ? 1000 : 0, long: bytes.length }[how]
  // What has just come when a connection breaks is lost to the client: a moment later it has taken it.
  if (how === "slow") drip(response, bytes)
  else if (most === undefined || (how === "cut" && bytes.length <= most)) response.end(bytes)
  else response.write(bytes.subarray(0, most), () => setTimeout(() => response.socket?.destroy(), 300))
}

const drip = (response: ServerResponse, bytes: Uint8Array): void => {
  const step = 20_000
  let at = 0
  const timer = setInterval(() => {
    response.write(bytes.subarray(at, at + step))
    at += step
    if (at < bytes.length && !response.destroyed) return
    clearInterval(timer)
    response.end()
  }, 50)
}
