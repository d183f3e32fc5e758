import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { seededRandom } from "../../../engine/core/random.js"
import { type FetchRequest, type FetchSummary, fetchTiles } from "../../../engine/fetch/fetch.js"
import { encodeCog } from "../../../engine/formats/raster/tiff/cog.js"
import { startTileServer, type TileServer, tileIndexOf } from "../../tile-server.js"
import { specOf, surveyRecords, writeRecords } from "../formats/copc/copc-file.js"

let server: TileServer
let folder = ""
let copc: Uint8Array
let cog: Uint8Array
let count = 0

beforeAll(async () => {
  server = await startTileServer()
  folder = mkdtempSync(join(tmpdir(), "maille-fetch-"))
  const spec = specOf(6, 0)
  await writeRecords(spec, surveyRecords(seededRandom(3), spec, 20_000, 20_000), join(folder, "made.copc.laz"))
  copc = readFileSync(join(folder, "made.copc.laz"))
  const random = seededRandom(4)
  const data = Float32Array.from({ length: 200 * 200 }, () => 100 * random())
  const raster = { width: 200, height: 200, minX: 700000, maxY: 6600100, cellSize: 0.5, data }
  cog = encodeCog(raster, { epsg: 2154, metadata: {} })
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  server.seen.length = 0
  server.tag = '"one"'
})

/** An index of tiles, all at one place: how the server behaves → name. */
const indexOf = (tiles: readonly (readonly [how: string, name: string])[], more: object = {}): string => {
  const path = join(folder, `index-${count}.geojson`)
  writeFileSync(path, tileIndexOf(server.base, tiles, more))
  for (const [, name] of tiles) if (!server.files.has(name)) server.files.set(name, name.endsWith(".tif") ? cog : copc)
  return path
}

/** A fetch of everything of an index into a folder of its own, without waiting much. */
const fetchAll = (tileIndex: string, more: Partial<FetchRequest> = {}): Promise<FetchSummary> => {
  const to = more.to ?? join(folder, `to-${count++}`)
  const http = { backOffMs: 1, tries: 3 }
  return fetchTiles({ tileIndex: [tileIndex], bbox: [700000, 6600000, 700500, 6600500], rate: 100, http, ...more, to })
}
const pathsSeen = (): string[] => server.seen.map(({ path }) => path)

describe("fetchTiles", () => {
  it("brings points and images under their own names, and nothing twice", async () => {
    const tileIndex = indexOf([
      ["good", "a.copc.laz"],
      ["good", "m.tif"],
    ])
    const summary = await fetchAll(tileIndex)
    expect(summary).toMatchObject({ done: 2, failed: 0, unchanged: 0, sizeBytes: copc.length + cog.length })
    expect(summary.files[0]).toMatchObject({ name: "a.copc.laz", outcome: "done", points: 20_000 })
    expect(readFileSync(join(summary.to, "a.copc.laz")).equals(copc)).toBe(true)
    expect(readFileSync(join(summary.to, "m.tif")).equals(cog)).toBe(true)
    expect(readdirSync(join(summary.to, ".work/fetch"))).toEqual([])
    expect(pathsSeen()).toEqual(["/good/a.copc.laz", "/good/m.tif"])
    expect(server.seen.every(({ range }) => range === "bytes=0-")).toBe(true)
    const again = await fetchAll(tileIndex, { to: summary.to })
    expect(again).toMatchObject({ done: 0, unchanged: 2, sizeBytes: copc.length + cog.length })
    expect(server.seen.length).toBe(2)
    // What is broken under a final name is fetched again.
    writeFileSync(join(summary.to, "a.copc.laz"), copc.subarray(0, 5000))
    writeFileSync(join(summary.to, "m.tif"), cog.subarray(0, cog.length - 10))
    expect(await fetchAll(tileIndex, { to: summary.to })).toMatchObject({ done: 2, unchanged: 0 })
    expect(readFileSync(join(summary.to, "a.copc.laz")).equals(copc)).toBe(true)
  })

  it("waits as a server in a hurry asks, follows redirects, takes a server without ranges", async () => {
    const started = performance.now()
    const summary = await fetchAll(
      indexOf([
        ["busy", "b.copc.laz"],
        ["moved", "c.copc.laz"],
        ["plain", "p.copc.laz"],
      ]),
    )
    expect(summary.files.map(({ outcome }) => outcome)).toEqual(["done", "done", "done"])
    expect(performance.now() - started).toBeGreaterThan(1000)
    const paths = pathsSeen()
    expect(paths.filter((path) => path === "/busy/b.copc.laz").length).toBe(3)
    expect(paths.slice(3, 6)).toEqual(["/moved/c.copc.laz", "/on/c.copc.laz", "/good/c.copc.laz"])
  })

  it("goes on after broken connections from the byte it has", async () => {
    const summary = await fetchAll(indexOf([["cut", "d.copc.laz"]]))
    expect(summary).toMatchObject({ done: 1 })
    expect(readFileSync(join(summary.to, "d.copc.laz")).equals(copc)).toBe(true)
    const begins = server.seen.map(({ range }) => Number(/\d+/.exec(range)?.[0]))
    // More breaks than tries, each with some bytes, but for those that a loaded machine had not
    // taken when the connection broke: it never goes back.
    expect(new Set(begins).size).toBeGreaterThan(3)
    for (const [i, begin] of begins.entries()) if (i > 0) expect(begin).toBeGreaterThanOrEqual(begins[i - 1]!)
    expect(server.seen.slice(1).every(({ ifRange }) => ifRange === '"one"')).toBe(true)
  })

  it("goes on where the Géoplateforme gives ranges, and starts over where it does not know the file there", async () => {
    const summary = await fetchAll(
      indexOf([
        ["telechargement/download", "u.copc.laz"],
        ["telechargement/download", "unranged.copc.laz"],
      ]),
    )
    expect(summary).toMatchObject({ done: 2 })
    for (const name of ["u.copc.laz", "unranged.copc.laz"])
      expect(readFileSync(join(summary.to, name)).equals(copc), name).toBe(true)
    const [begin, chunk] = ["/telechargement/download", "/chunk/telechargement/download"]
    expect(server.seen.map(({ path, range }) => `${path} ${range}`)).toEqual([
      `${begin}/u.copc.laz bytes=0-`,
      `${chunk}/u.copc.laz bytes=40000-`,
      `${begin}/unranged.copc.laz bytes=0-`,
      `${chunk}/unranged.copc.laz bytes=40000-`,
      `${begin}/unranged.copc.laz bytes=40000-`,
    ])
  })

  it("keeps a half file for the next fetch, and starts over when the content has changed", async () => {
    const tileIndex = indexOf([["dead", "e.copc.laz"]])
    const failed = await fetchAll(tileIndex)
    expect(failed.files[0]).toMatchObject({ outcome: "failed", error: { code: "E_INPUT" } })
    expect(existsSync(join(failed.to, "e.copc.laz"))).toBe(false)
    const part = join(failed.to, ".work/fetch/e.copc.laz.part")
    expect(readFileSync(part).length).toBe(1000)
    // The address is the same, the server well again.
    server.seen.length = 0
    const good = readFileSync(tileIndex, "utf8").replace("/dead/", "/good/")
    writeFileSync(tileIndex, good)
    const note = JSON.parse(readFileSync(`${part}.json`, "utf8"))
    writeFileSync(`${part}.json`, JSON.stringify({ ...note, url: note.url.replace("/dead/", "/good/") }))
    const done = await fetchAll(tileIndex, { to: failed.to })
    expect(done.files[0]).toMatchObject({ outcome: "done", resumedAt: 1000 })
    expect(server.seen).toMatchObject([{ range: "bytes=1000-", ifRange: '"one"' }])
    expect(readFileSync(join(done.to, "e.copc.laz")).equals(copc)).toBe(true)
    // Half of other content, told by its tag; half of another address; half without a note.
    for (const [tag, noted] of [
      ['"two"', { ...note, url: note.url.replace("/dead/", "/good/") }],
      ['"one"', note],
      ['"one"', undefined],
    ] as const) {
      rmSync(join(done.to, "e.copc.laz"))
      writeFileSync(part, new Uint8Array(1000).fill(9))
      if (noted === undefined) rmSync(`${part}.json`, { force: true })
      else writeFileSync(`${part}.json`, JSON.stringify(noted))
      server.tag = tag
      expect(await fetchAll(tileIndex, { to: done.to })).toMatchObject({ done: 1 })
      expect(readFileSync(join(done.to, "e.copc.laz")).equals(copc)).toBe(true)
    }
  })
})

describe("a fetch", () => {
  it("refuses what is not the file, tells of each, and goes on with the others", async () => {
    server.files.set("short.copc.laz", copc.subarray(0, copc.length - 2000))
    server.files.set("short.tif", cog.subarray(0, cog.length - 100))
    const laz = Uint8Array.from(copc)
    laz.set(new TextEncoder().encode("nocopc"), 377)
    server.files.set("other.copc.laz", laz)
    const summary = await fetchAll(
      indexOf([
        ["page", "f.copc.laz"],
        ["sorry", "g.copc.laz"],
        ["sorry", "g.tif"],
        ["gone", "h.copc.laz"],
        ["round", "i.copc.laz"],
        ["long", "l.copc.laz"],
        ["good", "other.copc.laz"],
        ["good", "short.copc.laz"],
        ["good", "short.tif"],
        ["good", "z.copc.laz"],
      ]),
    )
    expect(summary.files.flatMap(({ name, outcome }) => (outcome === "done" ? [name] : []))).toEqual(["z.copc.laz"])
    const reasons = Object.fromEntries(summary.files.map(({ name, reason }) => [name, reason]))
    expect(reasons["f.copc.laz"]).toMatch(/a page \(text\/html\), not the file: "Service indisponible Maintenance/)
    expect(reasons["g.copc.laz"]).toMatch(/not the expected file/)
    expect(reasons["g.tif"]).toMatch(/not TIFF, JP2, PNG or JPEG/)
    expect(reasons["h.copc.laz"]).toMatch(/404.*index is outdated/)
    expect(reasons["i.copc.laz"]).toMatch(/redirects more than 10 times/)
    expect(reasons["l.copc.laz"]).toMatch(/no answer after 3 tries|ended at byte/)
    expect(reasons["other.copc.laz"]).toMatch(/is LAZ, not COPC|chunk table/)
    expect(reasons["short.copc.laz"]).toMatch(/not the expected file/)
    expect(reasons["short.tif"]).toMatch(/cut short|cannot be read as TIFF/)
    expect(readdirSync(summary.to).sort()).toEqual([".work", "z.copc.laz"])
    // Nothing is left to be gone on with but the file that broke off.
    expect(readdirSync(join(summary.to, ".work/fetch")).filter((name) => name.endsWith(".part"))).toEqual([
      "l.copc.laz.part",
    ])
  })

  it("refuses points of another place than the tile's", async () => {
    const tileIndex = indexOf([["good", "LHD_FXX_0770_6278_PTS_LAMB93_IGN69.copc.laz"]])
    // The address stays: its port may hold the same digits.
    writeFileSync(tileIndex, readFileSync(tileIndex, "utf8").replaceAll(/\[70(\d{4}),/g, "[77$1,"))
    const { files } = await fetchAll(tileIndex, { bbox: [770000, 6600000, 779000, 6609000] })
    expect(files[0]?.reason).toMatch(/at \[700000.*its tile at/)
  })

  it("is held against the size of the index where the server gives none", async () => {
    const size = { size: copc.length }
    const whole = await fetchAll(indexOf([["open", "whole.copc.laz"]], size))
    expect(whole).toMatchObject({ done: 1 })
    server.files.set("less.copc.laz", copc.subarray(0, copc.length - 1))
    const cases = { less: "open", endless: "endless", packed: "packed" }
    const tiles = Object.entries(cases).map(([name, how]) => [how, `${name}.copc.laz`] as const)
    const { files } = await fetchAll(indexOf(tiles, size))
    const reasons = Object.fromEntries(files.map(({ name, reason }) => [name.split(".")[0], reason]))
    expect(reasons["less"]).toContain(`the connection ended at byte ${copc.length - 1} of ${copc.length}`)
    expect(reasons["endless"]).toContain(`more than ${copc.length} bytes and states no size`)
    expect(reasons["packed"]).toContain("compressed (gzip)")
  })

  it("leaves secrets of addresses out of all that it says and keeps", async () => {
    const tileIndex = indexOf([["dead", "k.copc.laz"]])
    const signed = (text: string): string => text.replace(/k\.copc\.laz"/, 'k.copc.laz?sig=hush1&se=2030"')
    writeFileSync(tileIndex, signed(readFileSync(tileIndex, "utf8")))
    const failed = await fetchAll(tileIndex)
    expect(JSON.stringify(failed)).not.toContain("hush1")
    const part = join(failed.to, ".work/fetch/k.copc.laz.part")
    expect(JSON.parse(readFileSync(`${part}.json`, "utf8")).url).toBe(`${server.base}/dead/k.copc.laz?***`)
    expect(server.seen[0]?.query).toBe("?sig=hush1&se=2030")
    // Signed anew it is the same file: its half is gone on with.
    writeFileSync(tileIndex, readFileSync(tileIndex, "utf8").replace("hush1", "hush2"))
    server.seen.length = 0
    await fetchAll(tileIndex, { to: failed.to })
    expect(server.seen[0]).toMatchObject({ range: "bytes=1000-", query: "?sig=hush2&se=2030" })
  })

  it("sends as many requests a second as it is told", async () => {
    await fetchAll(indexOf([...Array(6)].map((_, i) => ["good", `r${i}.copc.laz`] as const)), { rate: 10 })
    const times = server.seen.map(({ at }) => at)
    expect(times.length).toBe(6)
    // Timers may be a little early, requests on their way a little late.
    expect(times[5]! - times[0]!).toBeGreaterThan(450)
  })

  it("stops when it is told, and keeps the half file", async () => {
    const stop = new AbortController()
    const progress: number[] = []
    const summary = await fetchAll(
      indexOf([
        ["slow", "s.copc.laz"],
        ["good", "t.copc.laz"],
      ]),
      {
        signal: stop.signal,
        onProgress: ({ sizeBytes, totalBytes }) => {
          expect(totalBytes).toBeGreaterThanOrEqual(sizeBytes)
          progress.push(sizeBytes)
          if (sizeBytes > 60_000) stop.abort()
        },
      },
    )
    expect(summary).toMatchObject({ done: 0, failed: 2 })
    expect(summary.files[0]?.reason).toContain("stopped")
    expect(progress.length).toBeGreaterThan(2)
    const half = readFileSync(join(summary.to, ".work/fetch/s.copc.laz.part"))
    expect(half.length).toBeGreaterThan(60_000)
    expect(half.equals(copc.subarray(0, half.length))).toBe(true)
    const whole = await fetchAll(join(folder, `index-${count - 1}.geojson`), { to: summary.to })
    expect(whole.files[0]).toMatchObject({ outcome: "done", resumedAt: half.length })
    expect(readFileSync(join(summary.to, "s.copc.laz")).equals(copc)).toBe(true)
  })

  it("sends nothing in a dry run, and tells the sizes of the index where it has them", async () => {
    const summary = await fetchAll(indexOf([["good", "a.copc.laz"]], { size: 1234 }), { dryRun: true })
    expect(summary).toMatchObject({ planned: 1, sizeBytes: 1234, files: [{ outcome: "planned", sizeBytes: 1234 }] })
    const assumed = await fetchAll(indexOf([["good", "a.copc.laz"]]), { dryRun: true })
    expect(assumed.sizeBytes).toBe(205_000_000)
    expect(server.seen).toEqual([])
    expect(existsSync(summary.to)).toBe(false)
  })

  it("wants names or an area, a known name, a tile in the area, a sensible rate", async () => {
    const tileIndex = indexOf([["good", "a.copc.laz"]])
    const none = { bbox: undefined }
    await expect(fetchAll(tileIndex, none)).rejects.toThrow(/nothing to fetch/)
    await expect(fetchAll(tileIndex, { names: ["a"] })).rejects.toThrow(/names of tiles and an area/)
    await expect(fetchAll(tileIndex, { ...none, names: ["b.copc.laz"] })).rejects.toThrow(
      /unknown tile "b.copc.laz".*a.copc.laz/,
    )
    await expect(fetchAll(tileIndex, { bbox: [0, 0, 1, 1] })).rejects.toMatchObject({ code: "E_INPUT" })
    await expect(fetchAll(tileIndex, { rate: 0 })).rejects.toThrow(/--rate/)
    await expect(fetchAll(tileIndex, { ...none, departement: ["34"] })).rejects.toThrow(/--limits/)
    expect(await fetchAll(tileIndex, { ...none, names: ["a"] })).toMatchObject({ done: 1 })
  })
})
