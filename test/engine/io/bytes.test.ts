import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openBytes } from "../../../engine/io/bytes.js"

const body = Uint8Array.from({ length: 200000 }, (_, i) => (i * 7 + (i >> 8)) & 255)

/** A server that serves `body` in ranges, with one peculiarity per path. */
const requests: string[] = []
let tag = '"one"'
const answer = (request: IncomingMessage, response: ServerResponse): void => {
  const path = request.url ?? ""
  requests.push(path)
  const seen = requests.filter((one) => one === path).length
  if (path.startsWith("/busy") && seen === 1) response.writeHead(429, { "retry-after": "0" }).end()
  else if (path.startsWith("/broken") && seen === 1) request.socket.destroy()
  else if (path.startsWith("/always-500")) response.writeHead(500).end("no")
  else if (path.startsWith("/absent")) response.writeHead(404).end()
  else if (path.startsWith("/no-ranges")) response.writeHead(200, { etag: tag }).end(body)
  else {
    const content = path.startsWith("/empty") ? new Uint8Array(0) : body
    const [begin, end] = /bytes=(\d+)-(\d+)/
      .exec(request.headers.range ?? "")!
      .slice(1)
      .map(Number) as [number, number]
    if (begin >= content.length) {
      response.writeHead(416, { "content-range": `bytes */${content.length}` }).end()
      return
    }
    const part = content.subarray(begin, end + 1)
    const last = begin + part.length - 1
    response.writeHead(206, { etag: tag, "content-range": `bytes ${begin}-${last}/${content.length}` }).end(part)
  }
}

let server: Server
let base = ""
let folder = ""
beforeAll(async () => {
  server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  folder = await mkdtemp(join(tmpdir(), "maille-bytes-"))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

const quick = { backOffMs: 1, tries: 3 }

describe("a file", () => {
  test("is read in parts", async () => {
    const path = join(folder, "some.bin")
    await writeFile(path, body)
    const source = await openBytes(path)
    expect([source.name, source.size]).toEqual(["some.bin", body.length])
    expect(await source.read(1000, 1010)).toEqual(body.slice(1000, 1010))
    expect(await source.read(body.length - 3, body.length)).toEqual(body.slice(-3))
    expect(await source.read(7, 7)).toEqual(new Uint8Array(0))
    await expect(source.read(10, body.length + 1)).rejects.toMatchObject({ code: "E_FORMAT", context: { file: path } })
    await source.close()
  })

  test("that is absent or a folder is refused with its name", async () => {
    await expect(openBytes(join(folder, "none.las"))).rejects.toMatchObject({
      code: "E_INPUT",
      message: expect.stringContaining("none.las: no such file"),
    })
    await expect(openBytes(folder)).rejects.toMatchObject({
      code: "E_INPUT",
      message: expect.stringContaining("folder"),
    })
  })
})

describe("an address", () => {
  test.each(["/plain.laz", "/busy.laz", "/broken.laz"])(
    "%s is read by ranges, a refusal is tried again",
    async (path) => {
      const source = await openBytes(base + path, quick)
      expect([source.name, source.size, source.identity]).toEqual([path.slice(1), body.length, `"one"-${body.length}`])
      expect(await source.read(5, 9)).toEqual(body.slice(5, 9))
      expect(await source.read(100000, 170000)).toEqual(body.slice(100000, 170000))
      expect(requests.filter((one) => one === path).length).toBe(path === "/plain.laz" ? 2 : 3)
    },
  )

  test("of an empty file has size 0", async () => {
    expect((await openBytes(`${base}/empty`, quick)).size).toBe(0)
  })

  test("whose server ignores ranges is refused", async () => {
    await expect(openBytes(`${base}/no-ranges`, quick)).rejects.toMatchObject({
      code: "E_INPUT",
      message: expect.stringMatching(/ignores range requests.*download the file/),
    })
  })

  test("that is absent is refused at once, one that always fails after the tries", async () => {
    await expect(openBytes(`${base}/absent`, quick)).rejects.toMatchObject({ message: expect.stringContaining("404") })
    expect(requests.filter((one) => one === "/absent").length).toBe(1)
    await expect(openBytes(`${base}/always-500`, quick)).rejects.toMatchObject({
      code: "E_INPUT",
      message: expect.stringContaining("after 3 tries; last error: status 500"),
    })
    expect(requests.filter((one) => one === "/always-500").length).toBe(3)
  })

  test("whose content changes between two reads is refused", async () => {
    const source = await openBytes(`${base}/changing`, quick)
    tag = '"two"'
    await expect(source.read(100000, 100001)).rejects.toMatchObject({ message: expect.stringContaining("changed") })
    tag = '"one"'
  })
})
