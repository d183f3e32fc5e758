import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { gzipSync } from "node:zlib"

/** A request as it came. */
interface SeenRequest {
  readonly path: string
  readonly query: string
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
 * Serves `files` by ranges with a strong tag. The first folder of an address tells what else it
 * does:
 *
 * | address | what |
 * |---|---|
 * | /good/NAME | nothing else |
 * | /busy/NAME | 429 with `Retry-After: 1` the first time, 503 the second |
 * | /moved/NAME | 302 to /on/NAME, and from there 301 to /good/NAME |
 * | /round/NAME | 302 to itself |
 * | /cut/NAME | the connection breaks after 40 000 bytes of each answer |
 * | /dead/NAME | breaks after 1000 bytes of the first answer, then before the first byte |
 * | /page/NAME | 200, a page of HTML |
 * | /sorry/NAME | 200, a page of HTML that says it is octets |
 * | /long/NAME | says that the file has 5000 bytes more than it has |
 * | /plain/NAME | 200 and the whole file, no ranges, no tag |
 * | /open/NAME | 200 and the whole file, no length, no tag |
 * | /endless/NAME | the file again and again, no length |
 * | /packed/NAME | 200, the file as gzip |
 * | /slow/NAME | 20 000 bytes every 50 ms |
 * | /gone/NAME | 404 |
 * | /telechargement/download/NAME | 200, no ranges, first breaks after 40 000 bytes |
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
  const { pathname: path, search: query } = new URL(request.url ?? "", "http://x")
  const parts = path.split("/")
  const how = parts[1] === "telechargement" ? "whole" : (parts[1] ?? "")
  const name = parts.at(-1) ?? ""
  const { range = "" } = request.headers
  const ifRange = String(request.headers["if-range"] ?? "")
  const times = state.seen.filter((one) => one.path === path).length
  state.seen.push({ path, query, range, ifRange, at: performance.now() })
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
  else if (how === "open") response.writeHead(200, { "transfer-encoding": "chunked" }).end(content)
  else if (how === "packed") response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(content))
  else if (how === "endless") repeat(response, content)
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
  // What has just come when a connection breaks is lost to the client: a moment later it has taken
  // it.
  if (how === "slow") drip(response, bytes)
  else if (most === undefined || (how === "cut" && bytes.length <= most)) response.end(bytes)
  else response.write(bytes.subarray(0, most), () => setTimeout(() => response.socket?.destroy(), 300))
}

const repeat = (response: ServerResponse, bytes: Uint8Array): void => {
  const more = (): void => {
    while (!response.destroyed && response.write(bytes));
  }
  response.on("drain", more)
  more()
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

/**
 * The GeoJSON of an index whose tiles all lie at one place: what the server does → name; `more`
 * properties of each.
 */
export const tileIndexOf = (
  base: string,
  tiles: readonly (readonly [how: string, name: string])[],
  more: object,
): string => {
  const corners = [
    [700000, 6600000],
    [701000, 6600000],
    [701000, 6601000],
    [700000, 6601000],
    [700000, 6600000],
  ]
  const features = tiles.map(([how, name]) => ({
    type: "Feature",
    geometry: { type: "Polygon", coordinates: [corners] },
    properties: {
      name: name.replace(/\..*/, ""),
      url: `${base}/${how}/${name}`,
      projection: "EPSG:2154",
      ...more,
    },
  }))
  const crs = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } }
  return JSON.stringify({ type: "FeatureCollection", crs, features })
}
