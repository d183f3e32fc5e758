import { mkdtemp, open, rm, stat } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { hashOutput } from "../../engine/check/hash-output.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"

const copc = "/lidar-hd/ctview/classee/test_data_77050_627755_LA93_IGN69_buildings.copc.laz"
const image = "/ortho/ign-pdal-tools/test_data_rgb.tif"
const block = "/bench/t02.copc.laz"

describe.skipIf(!sharedData)("sources on a server", () => {
  const root = sharedData ?? ""
  let folder = ""
  let server: Server
  let address = ""
  let served = 0
  let whole = 0
  let refusals = 0
  let ranges = true

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-http-"))
    server = createServer(async (request, response) => {
      const path = root + decodeURIComponent(new URL(request.url ?? "", address).pathname)
      if (refusals > 0) {
        refusals--
        response.writeHead(429, { "retry-after": "0" }).end()
        return
      }
      const found = await stat(path).catch(() => undefined)
      if (!found) {
        response.writeHead(404).end()
        return
      }
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "")
      const wanted = ranges && range !== null
      const begin = wanted ? Number(range[1]) : 0
      const end = wanted ? Math.min(Number(range[2]) + 1, found.size) : found.size
      const bytes = Buffer.alloc(end - begin)
      const handle = await open(path)
      await handle.read(bytes, 0, bytes.length, begin)
      await handle.close()
      served += bytes.length
      if (!wanted) whole++
      const part = wanted ? { "content-range": `bytes ${begin}-${end - 1}/${found.size}` } : {}
      response.writeHead(wanted ? 206 : 200, { etag: `"${found.size}"`, ...part }).end(bytes)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(() => {
    served = 0
    whole = 0
  })
  afterEach(() => {
    refusals = 0
    ranges = true
  })
  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  const run = (name: string, input: string, ...more: string[]) =>
    runMaille(["run", input, "--tile-size", "50", "--out", join(folder, name), "--json", ...more])
  const hashOf = async (name: string): Promise<string> => (await hashOutput(join(folder, name))).hash

  it("give the bytes of the same files on disk, points and image, through refusals for haste", async () => {
    refusals = 2
    const far = await run("far", address + copc, "--imagery", address + image)
    expect(far.code, far.stderr).toBe(0)
    expect(refusals).toBe(0)
    expect(jsonOf(far).done).toBe(1)
    expect(whole).toBe(0)
    const near = await run("near", root + copc, "--imagery", root + image)
    expect(near.code, near.stderr).toBe(0)
    expect(await hashOf("far")).toBe(await hashOf("near"))
    const again = await run("far", address + copc, "--imagery", address + image)
    expect(jsonOf(again)).toMatchObject({ done: 0, unchanged: 1 })
  })

  it("are read by ranges: a tile of a COPC file costs less than the file", async () => {
    const ended = await run("part", address + block, "--bbox", "292010,6832010,292040,6832040", "--products", "dtm")
    expect(ended.code, ended.stderr).toBe(0)
    expect(whole).toBe(0)
    expect(served).toBeLessThan((await stat(root + block)).size)
  })

  it("are refused where the server knows no ranges, or not the file", async () => {
    ranges = false
    const ended = await run("refused", address + block)
    expect(ended.code).toBe(3)
    expect(ended.stderr).toMatch(/range requests/)
    const absent = await run("refused", `${address}/absent.copc.laz`)
    expect(absent.code).toBe(3)
    expect(absent.stderr).toMatch(/404/)
  })
})
