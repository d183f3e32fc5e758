/**
 * Paths in what a folder or a store holds lead nowhere else: nothing outside is read, hashed or
 * removed.
 */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { crc32 } from "node:zlib"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { writtenTiles } from "../../../engine/check/written-tiles.js"
import { sealJson } from "../../../engine/core/json/sealed-json.js"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import { encodeDirectory, encodeLocalHeader } from "../../../engine/io/archive/zip-format.js"
import type { JobInput } from "../../../engine/job/job.js"
import { hashOutput } from "../../../engine/report/hash-output.js"
import { removeNote } from "../../../engine/run/remove-note.js"
import type { RunOptions } from "../../../engine/run/run-options.js"
import { asOutput } from "../../output-folder.js"

/** Threads run compiled files, so the engine is the compiled one. */
const built = <T>(path: string): Promise<T> => import(new URL(`../../../dist/${path}`, import.meta.url).href)
const { runJob } = await built<typeof import("../../../engine/run/run.js")>("engine/run/run.js")
const { resolveJob } = await built<typeof import("../../../engine/job/job.js")>("engine/job/job.js")
const { foreseeRun } = await built<typeof import("../../../engine/run/update.js")>("engine/run/update.js")

let folder = ""
const put = (path: string, data: string | Uint8Array): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), data)
}
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "maille-foreign-"))
  const points = {
    count: 2500,
    x: Int32Array.from({ length: 2500 }, (_, i) => (i % 50) * 1000 + 500),
    y: Int32Array.from({ length: 2500 }, (_, i) => Math.floor(i / 50) * 1000 + 500),
    z: new Int32Array(2500),
    scale: 0.001,
    origin: [770_000, 6_277_000, 0] as const,
    classification: new Uint8Array(2500).fill(2),
    returnNumber: new Uint8Array(2500).fill(1),
    numberOfReturns: new Uint8Array(2500).fill(1),
  }
  put("points.las", encodeLas(points, { pointFormat: 6, epsg: 2154 }))
  put("precious.txt", "precious")
  put("elsewhere/precious.tif", "precious")
  await run("held")
})
afterAll(() => rmSync(folder, { recursive: true }))

const jobAt = (out: string) => {
  const input: JobInput = {
    ...{ inputs: [join(folder, "points.las")], out: join(folder, out), products: ["dtm"] },
    ...{ tileSize: 50, workers: 1, memory: "1G" },
  }
  return resolveJob(input)
}
const run = async (out: string, options: RunOptions = {}): Promise<unknown> => {
  const outcomes = runJob(await jobAt(out), options)
  for (let one = await outcomes.next(); ; one = await outcomes.next()) if (one.done) return one.value
}
const isIntact = (): void => {
  for (const path of ["precious.txt", "elsewhere/precious.tif"])
    expect(readFileSync(join(folder, path), "utf8")).toBe("precious")
}
const linesOf = (out: string): string[] =>
  readFileSync(join(folder, out, "journal.jsonl"), "utf8")
    .trimEnd()
    .split("\n")

describe("a journal that names a file outside the folder", () => {
  const file = (path: string): object => ({ path, sha256: "0", sizeBytes: 8 })
  const hostile: [string, (end: object) => object][] = [
    ["as an earlier result of a task of the job", (end) => ({ ...end, hash: "0", files: [file("../precious.txt")] })],
    ["as the result of another task", (end) => ({ ...end, key: "17/0/0", files: [file("a/../../precious.txt")] })],
    ["by an absolute path", (end) => ({ ...end, hash: "0", files: [file(join(folder, "precious.txt"))] })],
    ["as what a former job made", (end) => ({ ...end, former: { ...end, files: [file("../precious.txt")] } })],
    ["as a pack", (end) => ({ ...end, files: [{ ...file("a"), packed: { pack: "../a.3tz", at: 0, crc32: 0 } }] })],
    ["as a product of the whole", () => ({ type: "overall", files: ["../precious.txt"] })],
  ]
  it.each(hostile)("%s is refused by each command; the file stays", async (_, lineOf) => {
    rmSync(join(folder, "hostile"), { recursive: true, force: true })
    cpSync(join(folder, "held"), join(folder, "hostile"), { recursive: true })
    const lines = linesOf("hostile")
    const { crc32: _seal, ...end } = JSON.parse(lines.find((line) => line.startsWith('{"type":"end","key":"1'))!)
    put("hostile/journal.jsonl", `${[...lines, sealJson(JSON.stringify(lineOf(end)))].join("\n")}\n`)
    const journal = join(folder, "hostile/journal.jsonl")
    const refusal = {
      code: "E_FORMAT",
      message: expect.stringMatching(/leaves the output folder/),
      context: { file: journal },
    }
    await expect(run("hostile")).rejects.toMatchObject(refusal)
    await expect(run("hostile", { change: "update" })).rejects.toMatchObject(refusal)
    await expect(foreseeRun(await jobAt("hostile"))).rejects.toMatchObject(refusal)
    await expect(hashOutput(join(folder, "hostile"))).rejects.toMatchObject(refusal)
    isIntact()
  })

  it("through a link in the folder: nothing behind the link is removed", async () => {
    cpSync(join(folder, "held"), join(folder, "linked"), { recursive: true })
    const lines = linesOf("linked")
    const { crc32: _seal, ...end } = JSON.parse(lines.find((line) => line.startsWith('{"type":"end","key":"1'))!)
    const gone = { ...end, key: "17/0/0", files: [file("raster/dtm/precious.tif")] }
    put("linked/journal.jsonl", `${[...lines, sealJson(JSON.stringify(gone))].join("\n")}\n`)
    cpSync(join(folder, "linked/raster/dtm"), join(folder, "elsewhere"), { recursive: true })
    rmSync(join(folder, "linked/raster/dtm"), { recursive: true })
    symlinkSync(join(folder, "elsewhere"), join(folder, "linked/raster/dtm"))
    await expect(run("linked", { change: "update" })).rejects.toMatchObject({ code: "E_FORMAT" })
    isIntact()
    // The same by a true folder: removed.
    rmSync(join(folder, "linked/raster/dtm"))
    renameSync(join(folder, "elsewhere"), join(folder, "linked/raster/dtm"))
    expect(await run("linked", { change: "update" })).toMatchObject({ failed: 0 })
    expect(() => readFileSync(join(folder, "linked/raster/dtm/precious.tif"))).toThrow("ENOENT")
    put("elsewhere/precious.tif", "precious")
  })
})

describe("an archive with an entry outside itself", () => {
  const zip = (path: string): Uint8Array => {
    const data = Buffer.from("x")
    const entry = { path, sizeBytes: 1, crc32: crc32(data) }
    const header = encodeLocalHeader(entry)
    const at = header.length
    return Buffer.concat([header, data, encodeDirectory([{ ...entry, at }], at + 1)])
  }
  it.each(["../../../dev/zero", "../../../../../../../../etc/passwd", "/etc/passwd", "..\\..\\a", "a/../../../a"])(
    "%s is refused, and named with the archive",
    async (path) => {
      rmSync(join(folder, "zipped"), { recursive: true, force: true })
      put("zipped/packs/run.zip", zip(path))
      asOutput(join(folder, "zipped"))
      await expect(hashOutput(join(folder, "zipped"))).rejects.toMatchObject({
        code: "E_FORMAT",
        message: expect.stringContaining(JSON.stringify(path)),
        context: { file: join(folder, "zipped/packs/run.zip") },
      })
    },
  )
})

describe("a tileset", () => {
  const tileset = (uri: unknown): string =>
    JSON.stringify({ asset: { version: "1.1" }, geometricError: 1, root: { geometricError: 1, content: { uri } } })

  it.each(["../other/tileset.json", "/etc/a.json", "linked.json", "zero.json", "../../tiles/1/0/0.glb"])(
    "that names %s is refused",
    async (uri) => {
      put("other/tileset.json", tileset("tiles/1/0/0.glb"))
      put("tiled/tileset.json", tileset(uri))
      for (const [name, target] of [
        ["linked.json", join(folder, "other/tileset.json")],
        ["zero.json", "/dev/zero"],
      ] as const) {
        rmSync(join(folder, "tiled", name), { force: true })
        symlinkSync(target, join(folder, "tiled", name))
      }
      const error = await writtenTiles(join(folder, "tiled")).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: "E_FORMAT", context: { file: join(folder, "tiled/tileset.json") } })
    },
  )

  it("that is damaged is refused by name", async () => {
    const damaged = ["", "[", "null", "{}", '{"asset":{},"root":[]}', tileset(7), tileset("a").replace("root", "r")]
    for (const text of [...damaged, tileset("a").replace('"content"', '"children":[7],"content"')]) {
      put("tiled/tileset.json", text)
      await expect(writtenTiles(join(folder, "tiled")), text).rejects.toMatchObject({
        code: "E_FORMAT",
        message: expect.stringContaining("Run the job again"),
      })
    }
  })
})

it("a note of a failure removes its own points only", async () => {
  const note = { input: { files: ["quarantine/tile-1-0-0/input/a.laz", "../../../precious.txt", "..", "x/.."] } }
  put("noted/quarantine/tile-1-0-0/reason.json", JSON.stringify(note))
  put("noted/quarantine/tile-1-0-0/input/a.laz", "points")
  await removeNote(join(folder, "noted"), "tile-1/0/0")
  expect(() => readFileSync(join(folder, "noted/quarantine"))).toThrow("EISDIR")
  expect(() => readFileSync(join(folder, "noted/quarantine/tile-1-0-0"))).toThrow("ENOENT")
  symlinkSync(join(folder, "elsewhere"), join(folder, "noted/quarantine/tile-2"))
  await expect(removeNote(join(folder, "noted"), "tile-2")).rejects.toMatchObject({ code: "E_FORMAT" })
  isIntact()
})
