import { existsSync } from "node:fs"
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { hashOutput } from "../../../engine/report/hash-output.js"
import { encodeGeoTiff } from "../../../fixtures/sample/tiff.js"
import { jsonOf, runKept, runMaille } from "../../run-maille.js"
import { sharedData } from "../../shared-data.js"

const copc = "/lidar-hd/ctview/classee/test_data_77050_627755_LA93_IGN69_buildings.copc.laz"
const image = "/ortho/ign-pdal-tools/test_data_rgb.tif"
const block = "/bench/t02.copc.laz"
const laz = "/lidar-hd/ign-pdal-tools/check_las/Semis_2022_0906_6665_LA93_IGN69_ok.laz"

describe.skipIf(!sharedData)("sources on a server", () => {
  const root = sharedData ?? ""
  let folder = ""
  let server: Server
  let address = ""
  let served = 0
  let whole = 0
  let refusals = 0
  let ranges = true
  let tags = true
  let locked = false

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-http-"))
    server = createServer(async (request, response) => {
      const url = new URL(request.url ?? "", address)
      const path = root + decodeURIComponent(url.pathname)
      const isSigned = /^hush/.test(url.searchParams.get("X-Amz-Signature") ?? "") && url.searchParams.has("layer")
      if (locked && !isSigned && request.headers.authorization !== `Basic ${btoa("ann:hush1")}`) {
        response.writeHead(401).end()
        return
      }
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
      const tag = tags ? { etag: `"${found.size}"` } : {}
      response.writeHead(wanted ? 206 : 200, { ...tag, ...part }).end(bytes)
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
    tags = true
    locked = false
  })
  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  const args = (name: string, input: string, ...more: string[]): string[] => [
    ...["run", input, "--tile-size", "50", "--out", join(folder, name), "--json", ...more],
  ]
  const run = (...what: Parameters<typeof args>) => runKept(args(...what))
  const hashOf = async (name: string): Promise<string> => (await hashOutput(join(folder, name))).hash

  /** Every file of an output folder; entries of archives are stored as they are. */
  const textOfFolder = async (name: string): Promise<string> => {
    const files = await readdir(join(folder, name), { recursive: true, withFileTypes: true })
    const texts = files.map((file) => (file.isFile() ? readFile(join(file.parentPath, file.name), "latin1") : ""))
    return (await Promise.all(texts)).join("\n")
  }

  it("give the bytes of the same files on disk, through refusals for haste, and keep no secret of theirs", async () => {
    refusals = 2
    locked = true
    const points = address.replace("://", "://ann:hush1@") + copc
    const signed = `${address}${image}?layer=1&X-Amz-Date=1&X-Amz-Signature=hush2`
    // Threads get the secrets when they start: each of these has its own.
    // The image of the server is of another place, and a job without any image is refused.
    const own = join(folder, "own.tif")
    const data = new Uint8Array(3 * 50 * 50).fill(120)
    const box = [770500, 6277500, 770550, 6277550] as const
    await writeFile(own, encodeGeoTiff({ width: 50, height: 50, data, pixel: 1, box }, 2154))
    const far = await runMaille(args("far", points, "--imagery", signed, own, "--pack"))
    expect(far.code, far.stderr).toBe(0)
    expect(refusals).toBe(0)
    expect(jsonOf(far).done).toBe(1)
    expect(whole).toBe(0)
    const near = await run("near", root + copc, "--imagery", root + image, own)
    expect(near.code, near.stderr).toBe(0)
    expect(await hashOf("far")).toBe(await hashOf("near"))
    const kept = await textOfFolder("far")
    expect(kept).toContain(`${image}?layer=1&***`)
    const update = ["update", join(folder, "far"), "--json"]
    const without = await runMaille(update)
    expect(without.code).toBe(3)
    expect(without.stderr).toMatch(/\*\*\*@.*password or signature is missing.*MAILLE_SECRETS/)
    const anew = `${signed.replace("hush2", "hush3").replace("Date=1", "Date=2")} ${points}`
    const again = await runMaille(update, { MAILLE_SECRETS: anew })
    expect(jsonOf(again)).toMatchObject({ done: 0, unchanged: 1 })
    for (const text of [
      kept,
      await textOfFolder("far"),
      ...[far, without, again].flatMap((one) => [one.stdout, one.stderr]),
    ])
      expect(/hush\d/.exec(text)).toBeNull()
  })

  it("are downloaded whole where the server cannot tell changes, and not left there", async () => {
    tags = false
    const ended = await run("copied", address + laz, "--products", "dtm", "--bbox", "906400,6664000,906600,6664050")
    expect(ended.code, ended.stderr).toBe(0)
    expect(jsonOf(ended)).toMatchObject({ done: 4, failed: 0 })
    expect(whole).toBe(1)
    expect(existsSync(join(folder, "copied/.work/copies"))).toBe(false)
    expect(JSON.parse(await readFile(join(folder, "copied/job.json"), "utf8")).inputs).toEqual([address + laz])
    const cloud = await run("copied-2", address + block, "--products", "dtm")
    expect(cloud.code).toBe(3)
    expect(cloud.stderr).toMatch(/neither a strong ETag nor Last-Modified.*Download the file \(/)
  })

  it("are read by ranges: a tile of a COPC file costs less than the file", async () => {
    const ended = await run("part", address + block, "--bbox", "292010,6832010,292040,6832040", "--products", "dsm")
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
