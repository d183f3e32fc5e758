import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { sha256 } from "../../../engine/core/hash.js"
import { encodeCog } from "../../../engine/formats/raster/tiff/cog.js"
import { closeTiffs, type OpenTiff, withTiff } from "../../../engine/formats/raster/tiff/source.js"
import { resolveJob } from "../../../engine/index.js"
import { openBytes } from "../../../engine/io/bytes.js"
import { downloadFile } from "../../../engine/io/download.js"
import { sendRequest } from "../../../engine/io/http.js"
import { shownAddress } from "../../../engine/io/secrets.js"
import { readOrCopy } from "../../../engine/io/url-copy.js"
import { runJob } from "../../../engine/run/run.js"
import { until } from "../../until.js"

const body = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7 + (i >> 8)) & 255))
let content: Buffer = body
const seen: IncomingMessage[] = []

/**
 * How a server answers a range that begins behind the head: what it does by the first folder of
 * the address.
 */
const answer = (request: IncomingMessage, response: ServerResponse): void => {
  seen.push(request)
  const url = new URL(request.url ?? "", "http://x")
  const how = url.pathname.split("/")[1] ?? ""
  const [, begin, end] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "") ?? []
  const from = Number(begin)
  const part = content.subarray(from, end === "" ? content.length : Number(end) + 1)
  const last = from + part.length - 1
  const place = `bytes ${from}-${last}/${content.length}`
  if (how === "silent") return
  if (how === "echo") {
    const sent = String(request.headers.authorization).replace("Basic ", "")
    response.writeHead(200, { "content-type": "text/html" })
    return void response.end(`you sent ${sent} and ${request.url}, ${Buffer.from(sent, "base64").toString()}`)
  }
  const send = (headers: Record<string, string>, bytes: Uint8Array = part, status = 206): void => {
    response.writeHead(status, { etag: '"one"', "content-range": place, ...headers }).end(bytes)
  }
  if (how === "plain" || (from === 0 && !/^(untagged|weak|dated|redirect|locked|drip|stall)/.test(how))) send({})
  else if (how === "shifted") send({ "content-range": `bytes ${from + 300}-${last + 300}/${content.length}` })
  else if (how === "longer") send({ "content-range": `bytes ${from}-${last + 1}/${content.length}` })
  else if (how === "total") send({ "content-range": `bytes ${from}-${last}/*` })
  else if (how === "grown") send({ "content-range": `bytes ${from}-${last}/${content.length + 1}` })
  else if (how === "nowhere") send({ "content-range": "bytes" })
  else if (how === "several") send({ "content-type": "multipart/byteranges; boundary=x" })
  else if (how === "gzip") send({ "content-encoding": "gzip" }, gzipSync(part))
  else if (how === "page") send({ "content-type": "text/html; charset=utf-8" }, content, 200)
  else if (how === "whole") send({}, content, 200)
  else if (how === "endless") {
    response.writeHead(206, { etag: '"one"', "content-range": place })
    const more = (): void => {
      while (!response.destroyed && response.write(content));
    }
    response.on("drain", more)
    more()
  } else if (how === "other") send({ etag: '"two"' })
  else if (how === "untagged") response.writeHead(206, { "content-range": place }).end(part)
  else if (how === "weak") send({ etag: 'W/"one"' })
  else if (how === "dated") send({ etag: 'W/"one"', "last-modified": "Mon, 02 Jun 2025 10:00:00 GMT" })
  else if (how === "redirect")
    response.writeHead(302, { location: `http://${url.searchParams.get("to")}/plain/${url.search}` }).end()
  else if (how === "locked") {
    const { authorization } = request.headers
    if (authorization === `Basic ${Buffer.from("ann:se cret").toString("base64")}`) send({})
    else response.writeHead(401).end()
  } else if (how === "drip" || how === "stall") drip(response, { place, part, stalls: how === "stall" })
}

/** A thirtieth of the answer every 40 ms; or the first one alone. */
const drip = (response: ServerResponse, { place, part, stalls }: { place: string; part: Buffer; stalls: boolean }) => {
  response.writeHead(206, { etag: '"one"', "content-range": place, "content-length": part.length })
  const step = Math.ceil(part.length / 30)
  let at = 0
  const timer = setInterval(() => {
    response.write(part.subarray(at, at + step))
    at += step
    if (!stalls && at < part.length && !response.destroyed) return
    clearInterval(timer)
    if (!stalls) response.end()
  }, 40)
}

let server: Server
let host = ""
let folder = ""
beforeAll(async () => {
  server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  folder = await mkdtemp(join(tmpdir(), "maille-url-"))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  seen.length = 0
  content = body
})

const quick = { backOffMs: 1, tries: 2 }
const opened = (how: string, options = {}) => openBytes(`http://${host}/${how}/a.laz`, { ...quick, ...options })

describe("a range that is not the one asked for is refused", () => {
  test.each([
    ["shifted", /sends bytes 100300 to 100309 of 200000; requested 100000 to 100009/],
    ["longer", /100000 to 100010 of 200000/],
    ["total", /expected bytes 100000 to 100009 and the size/],
    ["grown", /changed on the server/],
    ["nowhere", /Content-Range "bytes"; expected/],
    ["several", /several ranges/],
    ["gzip", /compressed \(gzip\)/],
    ["whole", /ignores range requests/],
    ["page", /a web page \(HTML\), not a file of data/],
    ["endless", /longer than the 10 bytes expected/],
    ["other", /changed on the server/],
  ])("%s", async (how, text) => {
    const source = await opened(how)
    await expect(source.read(100_000, 100_010)).rejects.toMatchObject({
      code: "E_INPUT",
      message: expect.stringMatching(text),
    })
    // Asking again would give the same.
    expect(seen.length).toBe(2)
  })

  test("and so is one of a server that cannot say whether the file changed; a date can", async () => {
    for (const how of ["untagged", "weak"])
      await expect(opened(how)).rejects.toThrow(/neither a strong ETag nor Last-Modified/)
    const source = await opened("dated")
    expect(await source.read(100_000, 100_010)).toEqual(new Uint8Array(body.subarray(100_000, 100_010)))
    content = body.subarray(0, 1000)
    const small = await opened("untagged")
    const { identity } = small
    await small.verify()
    content = Buffer.from(content).fill(7, 500, 501)
    await expect(small.verify()).rejects.toThrow(/changed/)
    expect((await opened("untagged")).identity).not.toBe(identity)
  })

  test("an image must be the one that the job was planned with", async () => {
    const raster = { width: 8, height: 8, minX: 0, maxY: 4, cellSize: 0.5, data: new Float32Array(64) }
    content = Buffer.from(encodeCog(raster, { epsg: 2154, metadata: {} }))
    const path = `http://${host}/plain/a.tif`
    const use = ({ bytes }: OpenTiff): Promise<number> => Promise.resolve(bytes.size)
    expect(await withTiff(path, sha256(`"one"-${content.length}`), use)).toBe(content.length)
    await expect(withTiff(path, sha256(`"two"-${content.length}`), use)).rejects.toThrow(/changed during the run/)
    await closeTiffs()
  })

  test("verify asks once more", async () => {
    const source = await opened("plain")
    await source.verify()
    content = body.subarray(1)
    await expect(source.verify()).rejects.toThrow(/changed on the server/)
  })
})

describe("time-outs count silence and slowness", () => {
  test("a steady answer may take longer; one that stops is given up", { retry: 2 }, async () => {
    const idleMs = 500
    const source = await opened("drip", { idleMs })
    const started = performance.now()
    expect((await source.read(70_000, 200_000)).length).toBe(130_000)
    expect(performance.now() - started).toBeGreaterThan(2 * idleMs)
    await expect(opened("stall", { idleMs })).rejects.toThrow(/after 2 tries; last error: no data for 0.5 s/)
  })

  test("an answer that drips is given up, and so is a download that brings a little at each try", async () => {
    const limits = { ...quick, idleMs: 700, leastRate: 1_000_000 }
    await expect(opened("drip", limits)).rejects.toThrow(
      /after 2 tries; last error: less than 1000000 bytes per second/,
    )
    seen.length = 0
    const download = downloadFile(`http://${host}/drip/a.laz`, join(folder, "drip.part"), limits)
    await expect(download).rejects.toThrow(/after 2 tries; last error: less than 1000000 bytes per second/)
    expect(seen.length).toBe(2)
  })

  test("planning ends with its requests when it is stopped", async () => {
    const job = await resolveJob({ inputs: [`http://${host}/silent/a.laz`], out: join(folder, "stopped") })
    for (const by of ["signal", "drain"] as const) {
      seen.length = 0
      const stop = new AbortController()
      const run = runJob(job, { [by]: stop.signal }).next()
      await until("a request", () => seen.length > 0)
      const [request] = seen
      stop.abort()
      await expect(run).rejects.toMatchObject({ code: "E_INCOMPLETE", message: expect.stringContaining("stopped") })
      await until("its end", () => request?.socket.destroyed === true)
    }
  })
})

describe("credentials", () => {
  test("of an address go into a header, stay with its host, and are not asked about twice", async () => {
    const source = await openBytes(`http://ann:se%20cret@${host}/locked/a.laz`, quick)
    expect(source.path).toBe(`http://***@${host}/locked/a.laz`)
    expect((await source.read(100_000, 100_010)).length).toBe(10)
    seen.length = 0
    const wrong = openBytes(`http://ann:wrong@${host}/locked/b.laz`, quick)
    await expect(wrong).rejects.toThrow(/\*\*\*@.*answers 401 .*password or signature is wrong or has expired/)
    await expect(wrong).rejects.not.toThrow(/ann|wrong@/)
    expect(seen.length).toBe(1)
  })

  test("that a server repeats in its answer are in no message", async () => {
    const address = `http://ann:s%C3%A9cret@${host}/echo/b.laz?token=hush1234`
    const download = downloadFile(shownAddress(address), join(folder, "echo.part"), quick)
    await expect(download).rejects.toThrow(/sends a page .*: "you sent \*\*\* and/)
    await expect(download).rejects.not.toThrow(/cret|hush|Basic \w/)
  })

  test.each(["127.0.0.1", "localhost"])("follow a redirect to the same host alone: %s", async (to) => {
    const port = host.split(":")[1]
    const headers = {
      authorization: "Bearer secret",
      cookie: "id=secret",
      "x-amz-security-token": "secret",
      range: "bytes=0-9",
    }
    const use = async (response: Response): Promise<void> => void (await response.body?.cancel())
    await sendRequest(`http://${host}/redirect/a?to=${to}:${port}`, { headers: () => headers, use }, quick)
    const kept = JSON.stringify(seen[1]?.headers).includes("secret")
    expect(kept).toBe(to === "127.0.0.1")
    expect(seen[1]?.headers.range).toBe("bytes=0-9")
  })
})

describe("a file whose server cannot tell changes", () => {
  const read = (path: string): Promise<string> =>
    openBytes(path, quick).then(async (source) => {
      await source.close()
      return source.path
    })
  const copied = (name: string) =>
    readOrCopy(`http://${host}/untagged/${name}`, read, { ...quick, copies: join(folder, "copies") })
  const las = (signature: string): Buffer => {
    const bytes = Buffer.from(body)
    bytes.write(signature)
    return bytes
  }

  test("is downloaded once, and again when its size, begin or end is another", async () => {
    content = las("LASF")
    const path = await copied("a.laz")
    expect(path).toMatch(/copies\/[0-9a-f]{16}\/a\.laz$/)
    expect((await readFile(path)).equals(content)).toBe(true)
    expect(await readdir(join(path, ".."))).toEqual(["a.laz"])
    seen.length = 0
    expect(await copied("a.laz")).toBe(path)
    expect(seen.map(({ headers }) => headers.range)).toEqual(["bytes=0-65535", "bytes=134464-199999"])
    content = Buffer.from(content).fill(1, 199_999)
    await copied("a.laz")
    expect((await readFile(path)).equals(content)).toBe(true)
    await writeFile(path, "half")
    await copied("a.laz")
    expect((await readFile(path)).equals(content)).toBe(true)
  })

  test("is refused where it is COPC, no point file or image, or has no folder to go to", async () => {
    content = las("LASF")
    await expect(readOrCopy(`http://${host}/untagged/b.laz`, read, quick)).rejects.toThrow(
      /Download the file \(0.2 MB\)/,
    )
    content.write("copc", 377)
    await expect(copied("b.copc.laz")).rejects.toThrow(/neither/)
    content = las("none")
    await expect(copied("b.bin")).rejects.toThrow(/neither/)
  })
})
