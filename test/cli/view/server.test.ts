import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { hostname } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { gunzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startViewServer, type ViewServer, type ViewServerOptions } from "../../../cli/view/server.js"
import { until } from "../../until.js"
import { ask, makeOutput } from "./view-client.js"

let server: ViewServer
const { folder, out, bytes } = makeOutput()
const file = "/out/tiles/a%20b.glb"

const start = (limits: NonNullable<ViewServerOptions["limits"]> = {}): Promise<ViewServer> =>
  startViewServer({ folder: out, host: "127.0.0.1", port: 0, limits })

beforeAll(async () => {
  symlinkSync(join(folder, "secret.txt"), join(out, "leak.txt"))
  symlinkSync(folder, join(out, "up"))
  symlinkSync(join(out, "tiles"), join(out, "inside"))
  symlinkSync("loop", join(out, "loop"))
  server = await start()
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

/**
 * Sends raw bytes and gives all that comes back until the end, or undefined when nothing ended it
 * in time.
 */
const raw = (port: number, text: string, timeMs = 60_000): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    let answer = ""
    const timer = setTimeout(() => {
      socket.destroy()
      resolve(undefined)
    }, timeMs)
    socket.on("data", (part) => {
      answer += part.toString("latin1")
    })
    socket.on("error", () => undefined)
    socket.on("close", () => {
      clearTimeout(timer)
      resolve(answer)
    })
    socket.write(text)
  })

const openFiles = (): string[] => readdirSync("/proc/self/fd")

describe("paths", () => {
  const absolute = encodeURIComponent(join(folder, "secret.txt"))
  const spellings = [
    "/out/../secret.txt",
    "/out/tiles/../../secret.txt",
    "/out/./../secret.txt",
    "/../secret.txt",
    "/out/%2e%2e/secret.txt",
    "/out/%2E%2E%2Fsecret.txt",
    "/out/.%2e/secret.txt",
    "/out/%252e%252e/secret.txt",
    "/out/%252e%252e%252fsecret.txt",
    "/out/..%2fsecret.txt",
    "/out/..%5csecret.txt",
    "/out/..\\secret.txt",
    "/out/%c0%ae%c0%ae/secret.txt",
    "/out/%u002e%u002e/secret.txt",
    `/out/${absolute}`,
    `/out/${join(folder, "secret.txt")}`,
    `/out//${join(folder, "secret.txt")}`,
    "/out/C:%5csecret.txt",
    "/out/..;/secret.txt",
    "/out/....//secret.txt",
    "/out/leak.txt",
    "/out/up/secret.txt",
    "/out/tiles/a%20b.glb%00/../../../secret.txt",
    "/out/..%00/secret.txt",
    "/out-too/secret.txt",
    "/out/%2e%2e/out-too/secret.txt",
    "/out/.work/context.json",
    "/out/%2ework/context.json",
    "/out/loop",
    "/out/",
    "/out/tiles",
    "/out/tiles/",
  ]
  it.each(spellings)("%s gives nothing", async (path) => {
    const { status, body } = await ask(server.port, path)
    expect(status).toBe(404)
    expect(body.toString()).not.toContain("HIDDEN")
  })

  it("a whole address, an asterisk, an authority and a path without a slash give nothing", async () => {
    for (const target of [`http://127.0.0.1:${server.port}/secret.txt`, "*", "../secret.txt", "file:///secret.txt"]) {
      const answer = await raw(server.port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
      expect(answer, target).toMatch(/^HTTP\/1.1 40[04] /)
    }
  })

  it("a link that stays inside is followed; the page itself is there", async () => {
    expect((await ask(server.port, "/out/inside/a%20b.glb")).body.equals(bytes)).toBe(true)
    const page = await ask(server.port, "/?lang=fr")
    expect(page.status).toBe(200)
    expect(page.headers["content-security-policy"]).toContain("default-src 'self'")
  })

  it("the page comes compressed to who takes it so, plain to others", async () => {
    const gzip = async (accepted: string) =>
      ask(server.port, "/viewer.css", { headers: { "accept-encoding": accepted } })
    const [packed, plain] = [await gzip("br, gzip;q=0.8"), await ask(server.port, "/viewer.css")]
    expect(packed.headers).toMatchObject({ "content-encoding": "gzip", "content-type": "text/css; charset=utf-8" })
    expect(plain.headers).toMatchObject({ vary: "accept-encoding", "content-type": "text/css; charset=utf-8" })
    expect(plain.headers["content-encoding"]).toBeUndefined()
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true)
    expect((await gzip("gzip;q=0, br")).body.equals(plain.body)).toBe(true)
    expect((await ask(server.port, "/viewer.css", { method: "HEAD" })).body).toHaveLength(0)
    expect((await ask(server.port, "/nothing.css")).status).toBe(404)
  })

  it("a loopback server answers to loopback names alone", async () => {
    expect((await ask(server.port, file, { headers: { host: "attacker.example:80" } })).status).toBe(403)
    expect((await ask(server.port, file, { headers: { host: `localhost:${server.port}` } })).status).toBe(200)
    expect((await ask(server.port, file, { headers: { host: "[::1]:9" } })).status).toBe(200)
  })

  it("a server for other machines answers to addresses, its own name and the machine's; two names are refused", async () => {
    const open = await startViewServer({ folder: out, host: "0.0.0.0", port: 0 })
    const status = async (host: string): Promise<number> => (await ask(open.port, file, { headers: { host } })).status
    for (const host of [`192.0.2.7:${open.port}`, "[2001:db8::1]:80", "localhost", hostname()])
      expect(await status(host), host).toBe(200)
    for (const host of ["attacker.example", "192.0.2.7.attacker.example:80", `${hostname()}.attacker.example`])
      expect(await status(host), host).toBe(403)
    const two = `GET ${file} HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n`
    expect(await raw(open.port, two)).toMatch(/^HTTP\/1.1 400 /)
    await open.close()
  })

  it("a page in the folder runs no script", async () => {
    writeFileSync(join(out, "report.html"), "<script>1</script>")
    const policy = (await ask(server.port, "/out/report.html")).headers["content-security-policy"]
    expect(policy).toMatch(/^default-src 'none'/)
    expect(policy).not.toContain("script-src")
  })
})

describe("answers", () => {
  it("a file whole, with its type and validators; HEAD the same without the bytes", async () => {
    const whole = await ask(server.port, file)
    expect(whole.status).toBe(200)
    expect(whole.body.equals(bytes)).toBe(true)
    expect(whole.headers["content-type"]).toBe("model/gltf-binary")
    expect(whole.headers["accept-ranges"]).toBe("bytes")
    const head = await ask(server.port, file, { method: "HEAD", headers: { range: "bytes=0-1" } })
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, "200000", 0])
    expect(head.headers.etag).toBe(whole.headers.etag)
    const empty = await ask(server.port, "/out/empty.txt")
    expect([empty.status, empty.body.length]).toEqual([200, 0])
  })

  it.each([
    ["bytes=0-0", 0, 0],
    ["bytes=100-199", 100, 199],
    ["bytes=199999-", 199_999, 199_999],
    ["bytes=-10", 199_990, 199_999],
    ["bytes=199000-9999999", 199_000, 199_999],
    ["bytes=-9999999", 0, 199_999],
  ])("range %s", async (range, first, last) => {
    const part = await ask(server.port, file, { headers: { range } })
    expect(part.status).toBe(206)
    expect(part.headers["content-range"]).toBe(`bytes ${first}-${last}/200000`)
    expect(part.body.equals(bytes.subarray(first, last + 1))).toBe(true)
  })

  it("a range beyond the end and several ranges are refused; what is no range means the whole file", async () => {
    for (const range of ["bytes=200000-", "bytes=-0", "bytes=0-1,5-6", "bytes=0-,0-,0-,0-"]) {
      const refused = await ask(server.port, file, { headers: { range } })
      expect(refused.status, range).toBe(416)
      expect(refused.headers["content-range"]).toBe("bytes */200000")
    }
    expect((await ask(server.port, "/out/empty.txt", { headers: { range: "bytes=0-" } })).status).toBe(416)
    for (const range of ["bytes=9-3", "bytes=-", "bytes=a-b", "tiles=0-1", "bytes="]) {
      expect((await ask(server.port, file, { headers: { range } })).status, range).toBe(200)
    }
  })

  it("conditions", async () => {
    const { etag = "", "last-modified": modified = "" } = (await ask(server.port, file)).headers
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await ask(server.port, file, { headers })).status
    expect(await status({ "if-none-match": etag })).toBe(304)
    expect(await status({ "if-none-match": `"x", W/${etag}` })).toBe(304)
    expect(await status({ "if-none-match": '"x"' })).toBe(200)
    expect(await status({ "if-modified-since": modified })).toBe(304)
    expect(await status({ "if-modified-since": "Thu, 01 Jan 1998 00:00:00 GMT" })).toBe(200)
    // The tag has the last word.
    expect(await status({ "if-none-match": '"x"', "if-modified-since": modified })).toBe(200)
    expect(await status({ "if-match": '"x"' })).toBe(412)
    expect(await status({ "if-match": `W/${etag}` })).toBe(412)
    expect(await status({ "if-match": etag, range: "bytes=0-1" })).toBe(206)
    expect(await status({ "if-unmodified-since": "Thu, 01 Jan 1998 00:00:00 GMT" })).toBe(412)
    expect(await status({ "if-range": etag, range: "bytes=0-1" })).toBe(206)
    expect(await status({ "if-range": modified, range: "bytes=0-1" })).toBe(206)
    expect(await status({ "if-range": '"x"', range: "bytes=0-1" })).toBe(200)
  })

  it("another method, or a body, is refused and the connection ended", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"]) {
      const refused = await ask(server.port, file, { method, headers: { "content-length": "0" } })
      expect([refused.status, refused.headers.allow, refused.headers.connection]).toEqual([405, "GET, HEAD", "close"])
    }
    expect((await ask(server.port, file, { headers: { "content-length": "3" }, body: "abc" })).status).toBe(400)
  })

  it("tells what there is: CRS, layers, notes", async () => {
    mkdirSync(join(out, "vector"), { recursive: true })
    writeFileSync(join(out, "vector", "building.fgb"), "")
    const { body, headers } = await ask(server.port, "/view.json")
    expect(headers["content-type"]).toBe("application/json")
    const told = JSON.parse(body.toString()) as { crs: { epsg: number; proj: string }; vectors: string[] }
    expect(told).toMatchObject({ crs: { epsg: 2975 }, tileset: false, vectors: ["building"], rasters: [], points: [] })
    expect(told.crs.proj).toContain("+zone=40 +south")
  })
})

describe("clients that are slow, large or many", () => {
  it("huge headers are refused", async () => {
    const huge = await raw(
      server.port,
      `GET ${file} HTTP/1.1\r\nHost: localhost\r\nX-A: ${"a".repeat(100_000)}\r\n\r\n`,
    )
    expect(huge).toMatch(/^HTTP\/1.1 431 /)
    const long = await ask(server.port, `/out/${"a".repeat(4000)}`)
    expect(long.status).toBe(404)
  })

  it("a header that does not come to its end is given up", async () => {
    const impatient = await start({ headersTimeoutMs: 300, requestTimeoutMs: 600 })
    const answer = await raw(impatient.port, `GET ${file} HTTP/1.1\r\nHost: localhost\r\nX-Slow: `)
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    await impatient.close()
  })

  it.skipIf(process.platform !== "linux")("a client that stops reading, or leaves, leaves no open file", async () => {
    const large = join(out, "large.laz")
    writeFileSync(large, Buffer.alloc(64 << 20))
    const impatient = await start({ idleMs: 400 })
    const before = openFiles().length
    const sockets = Array.from({ length: 20 }, (_, i) => {
      const socket = connect(impatient.port, "127.0.0.1")
      socket.on("error", () => undefined)
      socket.pause()
      socket.write("GET /out/large.laz HTTP/1.1\r\nHost: localhost\r\n\r\n")
      if (i % 2 === 0) setTimeout(() => socket.destroy(), 100)
      return socket
    })
    await until("open files", () => openFiles().length > before + 10, { everyMs: 5 })
    await sleep(1200)
    for (const socket of sockets) socket.destroy()
    await until("closed files", () => openFiles().length <= before)
    expect((await ask(impatient.port, file)).status).toBe(200)
    await impatient.close()
  })

  it.skipIf(process.platform !== "linux")("200 ranged requests at a time: all right, no file left open", async () => {
    const before = openFiles().length
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, i) =>
          ask(server.port, file, { headers: { range: `bytes=${i * 997}-${i * 997 + 999}` } }),
        ),
      )
      for (const [i, { status, body }] of answers.entries()) {
        expect(status).toBe(206)
        expect(body.equals(bytes.subarray(i * 997, i * 997 + 1000))).toBe(true)
      }
    }
    await until("closed files", () => openFiles().length <= before + 2)
  })

  it("rubbish does not end the server", async () => {
    for (const text of [
      "\0\0\0\0\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01",
    ]) {
      expect(await raw(server.port, `${text}\r\n\r\n`)).toMatch(/^(HTTP\/1.1 400 .*)?/s)
    }
    expect((await ask(server.port, file)).status).toBe(200)
  })
})
