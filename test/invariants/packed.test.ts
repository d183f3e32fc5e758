import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { startViewServer } from "../../cli/view/server.js"
import { openArchive } from "../../engine/io/archive/open-archive.js"
import { readStored } from "../../engine/io/archive/stored-file.js"
import { listProductFiles } from "../../engine/job/product-files.js"
import { publishOutput } from "../../engine/publish/publish.js"
import { hashOutput } from "../../engine/report/hash-output.js"
import { writeSample } from "../../fixtures/sample/write-sample.js"
import { ask } from "../cli/view/view-client.js"
import { jsonOf, runKept } from "../run-maille.js"
import { s3Environment, startS3Server } from "../s3-server.js"

let folder = ""
let plain = ""
let packed = ""
const run = async (out: string, ...more: string[]): Promise<{ unchanged: number; done: number }> => {
  const args = ["--tile-size", "50", "--bbox", "842100,6520100,842200,6520150", "--products", "dtm,mesh", "--json"]
  const ended = await runKept(["run", join(folder, "sample", "lidar"), "--out", out, ...args, ...more])
  expect(ended.code, ended.stderr).toBe(0)
  return jsonOf(ended)
}
const filesOf = async (out: string): Promise<string[]> =>
  (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(out.length + 1))
    .sort()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-packed-"))
  ;[plain, packed] = [join(folder, "plain/out"), join(folder, "packed/out")]
  await writeSample(join(folder, "sample"), { seed: 1, pulsesPerM2: 2 })
  await run(plain, "--workers", "1")
  await run(packed, "--workers", "2", "--pack")
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe("a packed run", () => {
  it("has the products of a run without packs, in three packs, and the same again is nothing to do", async () => {
    const hash = await hashOutput(packed, { list: true })
    expect(hash).toEqual(await hashOutput(plain, { list: true }))
    expect(hash.files?.filter(({ path }) => path.endsWith(".glb")).length).toBe(3)
    const files = await filesOf(packed)
    expect(files.filter((path) => path.includes("packs/"))).toEqual([
      ".work/packs/run.pack",
      "packs/run.3tz",
      "packs/run.zip",
    ])
    // Nothing of a tile is a file of its own.
    expect(files.filter((path) => /\d+-\d+-\d+|tiles\//.test(path))).toEqual([])
    const before = await readFile(join(packed, "packs/run.3tz"))
    expect(await run(packed, "--pack")).toMatchObject({ unchanged: 2, done: 0 })
    expect((await readFile(join(packed, "packs/run.3tz"))).equals(before)).toBe(true)
  })

  it("says the same to validate and preview; an archive stands alone", async () => {
    const said = async (out: string): Promise<string> => {
      const ended = await runKept(["validate", out, "--json"])
      return ended.stdout.replaceAll(out, "")
    }
    expect(JSON.parse(await said(packed))).toMatchObject({ ok: true, gltf: { files: 3, errors: 0 } })
    expect(await said(packed)).toBe(await said(plain))
    const pictures: Buffer[] = []
    for (const [i, out] of [plain, packed].entries()) {
      const picture = join(folder, `picture-${i}.png`)
      const drawn = await runKept(["preview", out, "-o", picture, "--size", "320"])
      expect(drawn.code, drawn.stderr).toBe(0)
      pictures.push(await readFile(picture))
    }
    expect(pictures[0]?.equals(pictures[1]!)).toBe(true)
    const archive = join(packed, "packs/run.3tz")
    const names = new Set((await (await openArchive(archive)).entries()).map(({ path }) => path))
    const tileset = JSON.parse(Buffer.from(await readStored(join(archive, "tileset.json"))).toString())
    const uris: string[] = []
    const visit = (tile: { content?: { uri: string }; children?: unknown[] }): void => {
      if (tile.content) uris.push(tile.content.uri)
      for (const child of tile.children ?? []) visit(child as Parameters<typeof visit>[0])
    }
    visit(tileset.root)
    expect(uris.length).toBe(3)
    expect(uris.filter((uri) => !names.has(uri))).toEqual([])
    expect(tileset.extensionsRequired).toBeUndefined()
  })

  it("exports a tile", async () => {
    const content = (await listProductFiles(packed, "tiles/")).find(({ path }) => path.endsWith(".glb"))
    const [, level, x, y] = /tiles\/(\d+)\/(\d+)\/(\d+)/.exec(content?.path ?? "") ?? []
    const bytes: Buffer[] = []
    for (const out of [plain, packed]) {
      const to = join(folder, "tile.ply")
      const ended = await runKept(["export", out, "--tile", `${level}/${x}/${y}`, "--out", to])
      expect(ended.code, ended.stderr).toBe(0)
      bytes.push(await readFile(to))
    }
    expect(bytes[0]?.equals(bytes[1]!)).toBe(true)
  })

  it("is served to the viewer as a folder, by ranges", async () => {
    const server = await startViewServer({ folder: packed, host: "127.0.0.1", port: 0 })
    try {
      const tileset = JSON.parse((await ask(server.port, "/out/tileset.json")).body.toString())
      // To clients the server is plain folders: CesiumJS refuses a tileset that asks for archives.
      const written = JSON.parse(await readFile(join(packed, "tileset.json"), "utf8"))
      expect(written.extensionsRequired).toEqual(["MAXAR_content_3tz"])
      expect(tileset.extensionsRequired).toBeUndefined()
      const uri: string = tileset.root.content.uri
      expect(uri).toMatch(/^packs\/run\.3tz\/tiles\/.*\.glb$/)
      const whole = await ask(server.port, `/out/${uri}`)
      expect([whole.status, whole.headers["content-type"]]).toEqual([200, "model/gltf-binary"])
      expect(whole.body.equals(Buffer.from(await readStored(join(packed, uri))))).toBe(true)
      const part = await ask(server.port, `/out/${uri}`, { headers: { range: "bytes=10-19" } })
      expect([part.status, part.headers["content-range"]]).toEqual([206, `bytes 10-19/${whole.body.length}`])
      expect(part.body.equals(whole.body.subarray(10, 20))).toBe(true)
      const other: string = tileset.root.children[0].content.uri
      expect((await ask(server.port, `/out/${other}`)).headers["etag"]).not.toBe(whole.headers["etag"])
      const known = { "if-none-match": String(whole.headers["etag"]) }
      expect((await ask(server.port, `/out/${uri}`, { headers: known })).status).toBe(304)
      for (const path of ["none.glb", "../../job.json", "%2e%2e/run.zip", ".hidden", "tiles"])
        expect((await ask(server.port, `/out/packs/run.3tz/${path}`)).status, path).toBe(404)
      expect((await ask(server.port, "/out/packs/none.3tz/tileset.json")).status).toBe(404)
    } finally {
      await server.close()
    }
  })

  it("is published as few objects, the archive before the tileset that leads to it", async () => {
    const store = await startS3Server()
    for (const [name, value] of Object.entries(s3Environment(store))) vi.stubEnv(name, value)
    try {
      const { sent } = await publishOutput(packed, "s3://bucket/packed", { backOffMs: 1 })
      expect(sent.filter((path) => path.startsWith("packs/"))).toEqual(["packs/run.3tz", "packs/run.zip"])
      const bytes = await readFile(join(packed, "packs/run.3tz"))
      expect(store.objects.get("bucket/packed/packs/run.3tz")?.bytes.equals(bytes)).toBe(true)
      expect(store.objects.get("bucket/packed/tileset.json")?.bytes.toString()).toContain("packs/run.3tz/tiles")
      const order = store.log.filter((line) => line.startsWith("PUT"))
      const placeOf = (name: string): number => order.findIndex((line) => line.endsWith(name))
      expect(placeOf("packs/run.3tz")).toBeLessThan(placeOf("packed/tileset.json"))
      expect((await publishOutput(packed, "s3://bucket/packed", { backOffMs: 1 })).sent).toEqual([])
    } finally {
      vi.unstubAllEnvs()
      await store.close()
    }
  })
})
