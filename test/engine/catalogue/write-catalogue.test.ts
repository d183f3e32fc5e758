import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { writeCatalogue } from "../../../engine/catalogue/write-catalogue.js"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import { hashOutput } from "../../../engine/report/hash-output.js"
import { writeSample } from "../../../fixtures/sample/write-sample.js"
import { jsonOf, runKept } from "../../run-maille.js"
import { sharedData } from "../../shared-data.js"
import { openStacSchemas } from "./stac-schemas.js"

type Document = ReturnType<typeof JSON.parse>

let folder = ""
let lidar = ""
const outs = { plain: "", packed: "" }
const extra = ["--keep-points", "0.5", "--vector-format", "gpkg,pmtiles,geojson,parquet"]

const run = async (out: string, ...more: string[]): Promise<void> => {
  const place = ["--tile-size", "50", "--bbox", "842100,6520100,842200,6520150"]
  const ended = await runKept(["run", lidar, "--out", out, ...place, ...more])
  expect(ended.code, ended.stderr).toBe(0)
}
const documentsOf = async (out: string): Promise<Map<string, Document>> => {
  const found = new Map<string, Document>()
  for (const entry of await readdir(join(out, "catalogue"), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && path.endsWith(".json")) found.set(path, JSON.parse(await readFile(path, "utf8")))
  }
  return found
}
const placeOf = (at: string, href: string): string => join(dirname(at), decodeURIComponent(href))
/** Assets and links of a document, with the places that they name. */
const namedBy = (at: string, { assets = {}, links = [] }: Document): (Document & { place: string })[] =>
  [...Object.values<Document>(assets), ...links].map((one) => ({ ...one, place: placeOf(at, one["href"]) }))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-catalogue-"))
  await writeSample(join(folder, "sample"), { seed: 1, pulsesPerM2: 2 })
  lidar = join(folder, "sample", "lidar with space")
  await cp(join(folder, "sample", "lidar"), lidar, { recursive: true })
  outs.plain = join(folder, "plain")
  outs.packed = join(folder, "packed")
  await run(outs.plain, ...extra)
  await run(outs.packed, ...extra, "--pack")
  await Promise.all([writeCatalogue(outs.plain), writeCatalogue(outs.packed)])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(["plain", "packed"] as const)("the catalogue of a %s run", (kind) => {
  it.skipIf(sharedData === undefined)(
    "is valid by the schemas of STAC and of all extensions that it names",
    async () => {
      const faultsOf = openStacSchemas()
      const documents = await documentsOf(outs[kind])
      expect(documents.size).toBeGreaterThan(20)
      const named = new Set<string>()
      for (const [path, document] of documents) {
        expect(faultsOf(document), path).toEqual([])
        for (const extension of document["stac_extensions"]) named.add(extension.split("/").at(3))
      }
      const all = ["file", "pointcloud", "processing", "projection", "raster", "table", "version", "web-map-links"]
      expect([...named].sort()).toEqual(all)
      // The validators can fail.
      const [item] = [...documents.values()].filter(({ type }) => type === "Feature")
      expect(faultsOf({ ...item, id: 1, properties: { "proj:code": 2154 } }).length).toBeGreaterThan(1)
    },
  )

  it("names files that exist, with their sizes and hashes, and every document once", async () => {
    const documents = await documentsOf(outs[kind])
    const reached = new Set<string>([join(outs[kind], "catalogue", "catalog.json")])
    let checked = 0
    for (const [at, document] of documents)
      for (const { place, rel, ...one } of namedBy(at, document)) {
        expect(existsSync(place), `${at}: ${place}`).toBe(true)
        if (rel === "child" || rel === "item") reached.add(place)
        if (one["file:checksum"] === undefined) continue
        const bytes = await readFile(place)
        expect(one["file:size"]).toBe(bytes.length)
        expect(one["file:checksum"]).toBe(`1220${createHash("sha256").update(bytes).digest("hex")}`)
        checked++
      }
    expect([...reached].sort()).toEqual([...documents.keys()].sort())
    expect(checked).toBeGreaterThan(kind === "plain" ? 40 : 25)
  })

  it("is the same by a second run of the command, no product, and leaves the folder valid", async () => {
    const before = await hashOutput(outs[kind], { list: true })
    expect(before.files?.filter(({ path }) => path.startsWith("catalogue/"))).toEqual([])
    const texts = await documentsOf(outs[kind])
    const ended = await runKept(["catalogue", outs[kind], "--json"])
    expect(jsonOf(ended)).toMatchObject({ removed: 0, lost: [], files: texts.size + 1 })
    expect(await documentsOf(outs[kind])).toEqual(texts)
    expect((await runKept(["validate", outs[kind], "--hashes"])).code).toBe(0)
    await run(outs[kind], ...extra, ...(kind === "packed" ? ["--pack"] : []))
    expect(await documentsOf(outs[kind])).toEqual(texts)
    expect(await hashOutput(outs[kind], { list: true })).toEqual(before)
  })
})

describe("items", () => {
  it("have every product of the run, but for the tileset's inner files and coarser meshes", async () => {
    const { plain } = outs
    const named = new Set(
      [...(await documentsOf(plain))].flatMap(([at, one]) => namedBy(at, one).map(({ place }) => place)),
    )
    const { files = [] } = await hashOutput(plain, { list: true })
    const missing = files.map(({ path }) => path).filter((path) => !named.has(join(plain, path)))
    expect(missing.filter((path) => !/^tiles\/1[0-7]\//.test(path))).toEqual([])
    expect(missing.length).toBeGreaterThan(0)
  })

  it("state cells, statistics and places of their rasters", async () => {
    const item = (await documentsOf(outs.plain)).get(join(outs.plain, "catalogue/dtm/items/18-16842-130402.json"))
    const { bands, href } = item.assets.data
    const raster = await readRaster(placeOf(join(outs.plain, "catalogue/dtm/items/x"), href))
    const values = [...raster.data].filter((value) => !Number.isNaN(value))
    const [least, most] = [Math.min(...values), Math.max(...values)]
    expect(bands).toMatchObject([{ name: "dtm", data_type: "float32", nodata: -9999, unit: "m" }])
    expect(bands[0].statistics.minimum).toBeCloseTo(least, 4)
    expect(bands[0].statistics.maximum).toBeCloseTo(most, 4)
    expect(item["properties"]).toMatchObject({
      "proj:code": "EPSG:5698",
      "proj:shape": [raster.height, raster.width],
      "proj:transform": [0.5, 0, 842100, 0, -0.5, 6520150],
      start_datetime: "2021-03-17T00:00:00Z",
    })
    // By gdaltransform -s_srs EPSG:2154 -t_srs EPSG:4326.
    expect(item["geometry"].coordinates[0][0]).toEqual([4.8284637, 45.7656995])
  })

  it("lead to the source tiles of their work tile, and to no other", async () => {
    const documents = await documentsOf(outs.plain)
    for (const [at, { collection, links = [] }] of documents) {
      if (collection !== "dtm") continue
      const sources = links.filter((link: Document) => link["rel"] === "derived_from")
      expect(sources.length, at).toBeGreaterThan(0)
      for (const { href } of sources) {
        const source = documents.get(placeOf(at, href))
        expect(source["properties"]).toMatchObject({ "pc:type": "lidar" })
        expect(existsSync(placeOf(placeOf(at, href), source["assets"].data.href))).toBe(true)
      }
    }
  })
})

describe("the command", () => {
  it("removes what a former catalogue had, and nothing else", async () => {
    const out = join(folder, "changed")
    await run(out, "--products", "dtm,dsm")
    await writeCatalogue(out)
    await writeFile(join(out, "catalogue", "mine.txt"), "mine")
    await run(out, "--products", "dtm", "--replace")
    const { collections, removed } = await writeCatalogue(out)
    expect(collections.map(({ id }) => id)).toEqual(["dtm", "dtm-source", "inputs"])
    expect(removed).toBe(3)
    expect(existsSync(join(out, "catalogue", "dsm", "collection.json"))).toBe(false)
    expect(existsSync(join(out, "catalogue", "mine.txt"))).toBe(true)
  })

  it("names source tiles that are gone, and describes the rest", async () => {
    const out = join(folder, "lost")
    await cp(outs.plain, out, { recursive: true })
    const [name = ""] = await readdir(lidar)
    await cp(join(lidar, name), join(folder, name))
    await rm(join(lidar, name))
    const ended = await runKept(["catalogue", out, "--json"])
    await cp(join(folder, name), join(lidar, name), { preserveTimestamps: true })
    expect(jsonOf(ended).lost).toEqual([join(lidar, name)])
    expect(ended.stderr).toContain("1 source tile cannot be opened")
  })

  it("refuses folders of others and runs that have not ended", async () => {
    const other = join(folder, "other")
    await mkdir(join(other, "catalogue"), { recursive: true })
    await expect(writeCatalogue(other)).rejects.toThrow(/not an output folder/)
    const taken = join(folder, "taken")
    await cp(outs.packed, taken, { recursive: true })
    await writeFile(join(taken, "catalogue/catalog.json"), '{"type":"Catalog","id":"mine"}')
    await expect(writeCatalogue(taken)).rejects.toThrow(/not written by maille/)
    const text = await readFile(join(taken, "journal.jsonl"), "utf8")
    await writeFile(join(taken, "journal.jsonl"), text.slice(0, text.lastIndexOf('{"type":"finish"')))
    await expect(writeCatalogue(taken)).rejects.toThrow(/its run has not ended/)
  })
})
