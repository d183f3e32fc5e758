import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import type { IncomingMessage } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { openBytes } from "../../../engine/io/bytes.js"
import { gdalS3Options, partsOfS3, signS3 } from "../../../engine/io/s3.js"
import { uploadFile } from "../../../engine/io/s3-upload.js"
import { publishOutput } from "../../../engine/publish/publish.js"
import { writeSample } from "../../../fixtures/sample/write-sample.js"
import { asOutput } from "../../output-folder.js"
import { jsonOf, runKept } from "../../run-maille.js"
import { type S3Server, s3Credentials, s3Environment, startS3Server } from "../../s3-server.js"

const quick = { backOffMs: 1 }
let store: S3Server
let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-s3-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  store = await startS3Server()
  for (const [name, value] of Object.entries(s3Environment(store))) vi.stubEnv(name, value)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await store.close()
})

const product = async (out: string, path: string, text: string): Promise<void> => {
  await mkdir(join(folder, out, path, ".."), { recursive: true })
  await writeFile(join(folder, out, path), text)
}
const order = (): string[] => store.log.filter((line) => line.startsWith("PUT")).map((line) => line.slice(4))

describe("products published in a store", () => {
  it("go contents first, the root tileset last, then the list", async () => {
    for (const path of ["tileset.json", "tiles/1/0.json", "raster/dtm.vrt", "raster/dtm/a é+b.tif", "tiles/1/0.glb"])
      await product("order", path, path)
    asOutput(join(folder, "order"))
    await product("order", "plan.json", "no product")
    await product("order", "tiles/1/mine.glb", "not of maille")
    const published = await publishOutput(join(folder, "order"), "s3://bucket/some/place/", quick)
    expect(published).toMatchObject({ to: "s3://bucket/some/place", unchanged: 0, removed: [] })
    const sent = order().map((name) => name.replace("bucket/some/place/", ""))
    expect(sent.slice(0, 2).sort()).toEqual(["raster/dtm/a é+b.tif", "tiles/1/0.glb"])
    expect(sent.slice(2, 4).sort()).toEqual(["raster/dtm.vrt", "tiles/1/0.json"])
    expect(sent.slice(4)).toEqual(["tileset.json", "published.json"])
    expect(store.objects.get("bucket/some/place/tiles/1/0.glb")).toMatchObject({ type: "model/gltf-binary" })
    expect(store.objects.get("bucket/some/place/raster/dtm/a é+b.tif")?.bytes.toString()).toBe("raster/dtm/a é+b.tif")
  })

  it("are sent again only where they changed, and removed where they are gone", async () => {
    for (const path of ["tileset.json", "tiles/1/0.glb", "tiles/1/1.glb"]) await product("again", path, path)
    asOutput(join(folder, "again"))
    await publishOutput(join(folder, "again"), "s3://bucket/again", quick)
    store.log.length = 0
    await product("again", "tiles/1/0.glb", "another")
    await rm(join(folder, "again", "tiles/1/1.glb"))
    const planned = await publishOutput(join(folder, "again"), "s3://bucket/again", { ...quick, dryRun: true })
    expect(planned).toMatchObject({ sent: ["tiles/1/0.glb"], unchanged: 1, removed: ["tiles/1/1.glb"] })
    expect(store.log.filter((line) => !line.startsWith("GET"))).toEqual([])
    expect(await publishOutput(join(folder, "again"), "s3://bucket/again", quick)).toEqual(planned)
    expect(order()).toEqual(["bucket/again/tiles/1/0.glb", "bucket/again/published.json"])
    expect([...store.objects.keys()].sort()).toEqual(
      ["published.json", "tiles/1/0.glb", "tileset.json"].map((path) => `bucket/again/${path}`),
    )
  })

  it("are not sent, and nothing is removed, where the store's list names what is not below the prefix", async () => {
    await product("listed", "tiles/1/0.glb", "tile")
    asOutput(join(folder, "listed"))
    const others = ["bucket/otherprefix/x", "bucket2/x", "bucket/listed/b"]
    for (const path of ["../../otherprefix/x", "../../../bucket2/x", "/x", "a/../b", "..", "\\..\\x"]) {
      for (const name of others) store.objects.set(name, { bytes: Buffer.from("theirs"), type: "" })
      const list = Buffer.from(JSON.stringify({ files: { "tiles/1/9.glb": "", [path]: "" } }))
      store.objects.set("bucket/listed/published.json", { bytes: list, type: "" })
      store.log.length = 0
      await expect(publishOutput(join(folder, "listed"), "s3://bucket/listed", quick), path).rejects.toMatchObject({
        code: "E_FORMAT",
        context: { file: "s3://bucket/listed/published.json" },
      })
      expect(store.log).toEqual(["GET bucket/listed/published.json"])
      for (const name of others) expect(store.objects.has(name)).toBe(true)
    }
  })

  it("arrive when the store asks to slow down, and not by a wrong secret", async () => {
    store.slowDown = 3
    for (let i = 0; i < 20; i++) await product("slow", `tiles/1/${i}.glb`, `tile ${i}`)
    asOutput(join(folder, "slow"))
    await publishOutput(join(folder, "slow"), "s3://bucket/slow", quick)
    expect(store.objects.size).toBe(21)
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "wrong")
    store.slowDown = 0
    await expect(publishOutput(join(folder, "slow"), "s3://bucket/other", quick)).rejects.toThrow(
      /403 SignatureDoesNotMatch.*credentials/,
    )
    await expect(publishOutput(join(folder, "slow"), "https://bucket/", quick)).rejects.toThrow(/s3:\/\/bucket/)
  })

  it("go in parts above a size, joined in their order", async () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251))
    await writeFile(join(folder, "large.bin"), bytes)
    await uploadFile("s3://bucket/large.bin", join(folder, "large.bin"), "x/y", { ...quick, partBytes: 300 })
    expect(store.objects.get("bucket/large.bin")?.bytes.equals(bytes)).toBe(true)
    expect(order()).toHaveLength(4)
  })

  it("are compared with what the store has", async () => {
    await product("lost", "tileset.json", "{}")
    asOutput(join(folder, "lost"))
    await writeFile(join(folder, "parts.bin"), Buffer.alloc(1000))
    const publish = () => publishOutput(join(folder, "lost"), "s3://bucket/lost", quick)
    const inParts = () =>
      uploadFile("s3://bucket/parts.bin", join(folder, "parts.bin"), "x/y", { ...quick, partBytes: 300 })
    for (const send of [publish, inParts]) {
      store.fault = "drops"
      await expect(send()).rejects.toThrow(/confirmed the object and does not have it/)
      store.fault = "flips"
      await expect(send()).rejects.toThrow(/has other bytes than those sent/)
      store.fault = ""
      await send()
    }
    expect(store.objects.has("bucket/lost/published.json")).toBe(true)
  })

  it("are refused without the credentials that a store repeats", async () => {
    await product("echo", "tileset.json", "{}")
    asOutput(join(folder, "echo"))
    const authorization = (request: IncomingMessage): string => String(request.headers.authorization)
    const key = s3Credentials.AWS_ACCESS_KEY_ID
    for (const refusal of [authorization, () => `<Error><Code>${key}</Code></Error>`, () => key]) {
      store.refusal = refusal
      const failed = publishOutput(join(folder, "echo"), "s3://bucket/echo", quick)
      await expect(failed).rejects.toThrow(/echo\/published.json: the store answers 403/)
      await expect(failed).rejects.not.toThrow(new RegExp(`${key}|Credential=|Signature=`))
    }
  })
})

describe("inputs in a store", () => {
  it("are read by ranges; what is not there is told", async () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7) % 256))
    store.objects.set("bucket/a/ü 1.bin", { bytes, type: "" })
    const source = await openBytes("s3://bucket/a/ü 1.bin", quick)
    expect([source.name, source.size]).toEqual(["ü 1.bin", 200_000])
    expect(Buffer.from(await source.read(150_000, 150_010)).equals(bytes.subarray(150_000, 150_010))).toBe(true)
    await expect(openBytes("s3://bucket/none.laz", quick)).rejects.toThrow(/none.laz: the server answers 404/)
    await expect(openBytes("s3://bucket", quick)).rejects.toThrow(/s3:\/\/bucket: not the address of an object/)
  })

  it("are not asked for elsewhere with the user's signature, nor by paths that lead up", async () => {
    const other = await startS3Server()
    store.movedTo = other.endpoint
    const text = `answers 307 and redirects to ${new URL(other.endpoint).host}; signed requests are not redirected`
    await expect(openBytes("s3://bucket/a.laz", quick)).rejects.toThrow(text)
    await product("moved", "tileset.json", "{}")
    await expect(uploadFile("s3://bucket/a", join(folder, "moved/tileset.json"), "x/y", quick)).rejects.toThrow(text)
    expect(other.log).toEqual([])
    await other.close()
    for (const key of ["../b/c.laz", "a/../../b/c.laz", "./a.laz"])
      expect(() => partsOfS3(`s3://bucket/${key}`)).toThrow(/not the address of an object/)
  })

  it("give the products that files give", async () => {
    await writeSample(join(folder, "sample"), { seed: 1 })
    const lidar = join(folder, "sample", "lidar")
    asOutput(lidar)
    await publishOutput(lidar, "s3://bucket/lidar", quick)
    // As point files again: a folder of products is no input.
    await rm(join(lidar, "job.json"))
    const names = [...store.objects.keys()].filter((name) => /\.la[sz]$/.test(name)).map((name) => `s3://${name}`)
    expect(names.length).toBeGreaterThan(0)
    const args = ["--products", "dtm", "--tile-size", "100", "--bbox", "842100,6520100,842150,6520150", "--json"]
    const hashes: string[] = []
    for (const [i, inputs] of [names, [lidar]].entries()) {
      const out = join(folder, `out${i}`)
      const ran = await runKept(["run", ...inputs, "--out", out, ...args], s3Environment(store))
      expect(ran.code, ran.stderr).toBe(0)
      hashes.push(jsonOf(await runKept(["hash", out, "--json"])).hash)
    }
    expect(hashes[0]).toBe(hashes[1])
    const published = await runKept(
      ["publish", join(folder, "out0"), "s3://bucket/out", "--json"],
      s3Environment(store),
    )
    expect(jsonOf(published).sent.length).toBeGreaterThan(1)
  })
})

describe("addresses of objects", () => {
  it("are signed for Amazon's store by region, and for another by its endpoint", async () => {
    const credentials = { accessKeyId: "a", secretAccessKey: "b", sessionToken: "c" }
    const amazon = await signS3("s3://tuiles/34/a b.laz", {}, { region: "eu-west-3", credentials })
    expect(amazon.url).toBe("https://tuiles.s3.eu-west-3.amazonaws.com/34/a%20b.laz")
    expect(amazon.headers).toMatchObject({ "x-amz-security-token": "c" })
    const dotted = await signS3("s3://a.b/c", {}, { region: "eu-west-3" })
    expect(dotted).toEqual({ url: "https://s3.eu-west-3.amazonaws.com/a.b/c", headers: {} })
    const own = { region: "x", endpoint: "http://store:9000" }
    expect((await signS3("s3://b/k", { query: "uploads" }, own)).url).toBe("http://store:9000/b/k?uploads")
    expect(gdalS3Options(own)).toMatchObject({ AWS_S3_ENDPOINT: "store:9000", AWS_HTTPS: "NO" })
    expect(partsOfS3("s3://b/k/é")).toEqual({ bucket: "b", key: "k/é" })
  })
})
