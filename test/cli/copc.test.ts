import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { seededRandom } from "../../engine/core/random.js"
import { addToTotals, emptyTotals, type RecordSpec } from "../../engine/formats/las/write/record-spec.js"
import { encodeVlr, HEADER_BYTES, writeLasHeader } from "../../engine/formats/las/write/write-header.js"
import { openLazWriter } from "../../engine/formats/laz/laz-writer.js"
import {
  inFolder,
  multiset,
  readAllRecords,
  shuffled,
  specOf,
  surveyRecords,
} from "../engine/formats/copc/copc-file.js"
import { lasBytes, randomPoints } from "../engine/formats/las/las-bytes.js"
import { jsonOf, startMaille } from "../run-maille.js"
import { until } from "../until.js"
import { mailleKept as maille } from "./maille.js"

// No EVLRs: plain LAS as written below has none.
const spec: RecordSpec = { ...specOf(7, 3), evlrs: [] }
const records = surveyRecords(seededRandom(1), spec, 30000, 20000)

const writeLas = (path: string, bytes: Uint8Array): void => {
  const totals = emptyTotals()
  const count = bytes.length / spec.recordLength
  addToTotals(totals, bytes, count, spec.recordLength)
  const vlrs = spec.vlrs.map(encodeVlr)
  const pointOffset = HEADER_BYTES + vlrs.reduce((sum, vlr) => sum + vlr.length, 0)
  const layout = { totals, compressed: false, pointOffset, vlrCount: vlrs.length, evlrOffset: 0, evlrCount: 0 }
  writeFileSync(path, Buffer.concat([writeLasHeader(spec, layout), ...vlrs, bytes]))
}

const writeLaz = async (path: string, bytes: Uint8Array): Promise<void> => {
  const writer = await openLazWriter(path, spec)
  await writer.write(bytes, bytes.length / spec.recordLength)
  await writer.finish()
}

const hasFiles = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length > 0

describe("maille copc", () => {
  it("gives equal bytes for LAS, shuffled LAS, LAZ and COPC of equal points, with one thread or two", () =>
    inFolder(async (folder) => {
      const file = (name: string): string => join(folder, name)
      writeLas(file("a.las"), records)
      writeLas(file("b.las"), shuffled(seededRandom(2), records, spec.recordLength))
      await writeLaz(file("c.laz"), records)
      const ended = await maille(
        "copc",
        file("a.las"),
        file("b.las"),
        file("c.laz"),
        "--out",
        file("out"),
        "--workers",
        "2",
        "--json",
      )
      expect(ended.code, ended.stderr).toBe(0)
      const summary = jsonOf({ ...ended, signal: null })
      expect(summary).toMatchObject({ done: 3, failed: 0, unchanged: 0 })
      const [first] = summary.files
      expect(first).toMatchObject({
        path: file("a.las"),
        out: file("out/a.copc.laz"),
        points: 30000,
        nodes: 1,
        levels: 1,
      })
      const expected = readFileSync(file("out/a.copc.laz"))
      expect(first.sizeBytes).toBe(expected.length)
      expect(readFileSync(file("out/b.copc.laz")).equals(expected)).toBe(true)
      expect(readFileSync(file("out/c.copc.laz")).equals(expected)).toBe(true)
      await maille("copc", file("out/c.copc.laz"), "--out", file("again"), "--workers", "1")
      expect(readFileSync(file("again/c.copc.laz")).equals(expected)).toBe(true)
      const found = await readAllRecords(file("out/b.copc.laz"))
      expect(multiset(found, spec.recordLength) === multiset(records, spec.recordLength)).toBe(true)
    }))

  it("leaves alone what is there, writes again what changed, is forced, or was broken", () =>
    inFolder(async (folder) => {
      const [las, out] = [join(folder, "a.las"), join(folder, "out")]
      const result = join(out, "a.copc.laz")
      writeLas(las, records)
      const run = async (...more: string[]) =>
        jsonOf({ ...(await maille("copc", las, "--out", out, "--json", ...more)), signal: null })
      expect(await run("--dry-run")).toMatchObject({ done: 0, files: [{ outcome: "planned", points: 30000 }] })
      expect(existsSync(out)).toBe(false)
      expect(await run()).toMatchObject({ done: 1 })
      const { mtimeMs } = statSync(result)
      const bytes = readFileSync(result)
      expect(await run()).toMatchObject({ done: 0, unchanged: 1, files: [{ outcome: "unchanged", points: 30000 }] })
      expect(statSync(result).mtimeMs).toBe(mtimeMs)
      expect(await run("--force")).toMatchObject({ done: 1 })
      expect(readFileSync(result).equals(bytes)).toBe(true)
      writeFileSync(result, bytes.subarray(0, 1000))
      expect(await run()).toMatchObject({ done: 1 })
      expect(readFileSync(result).equals(bytes)).toBe(true)
      writeLas(las, records.subarray(0, 1000 * spec.recordLength))
      expect(await run()).toMatchObject({ done: 1, files: [{ points: 1000 }] })
      expect(readdirSync(out).filter((name) => name !== ".work")).toEqual(["a.copc.laz"])
    }))

  it("reprojects with --to, and refuses a target in degrees", () =>
    inFolder(async (folder) => {
      const [las, out] = [join(folder, "a.las"), join(folder, "out")]
      writeLas(las, records.subarray(0, 1000 * spec.recordLength))
      const run = (...more: string[]) => maille("copc", las, "--out", out, "--workers", "1", ...more)
      const ended = await run("--to", "EPSG:32631", "--json")
      expect(jsonOf({ ...ended, signal: null })).toMatchObject({ done: 1, files: [{ points: 1000, outcome: "done" }] })
      const degrees = await run("--to", "EPSG:4326")
      expect(degrees.code).not.toBe(0)
      expect(degrees.stderr).toMatch(/EPSG:4326/)
      expect((await run("--to", "Lambert")).code).toBe(2)
    }))

  it("tells of bad inputs and goes on: exit 1, or 3 when there is no good one; 2 without --out", () =>
    inFolder(async (folder) => {
      const file = (name: string): string => join(folder, name)
      await writeLaz(file("good.laz"), records)
      const whole = readFileSync(file("good.laz"))
      const damaged = Buffer.from(whole)
      damaged.fill(7, 20000, 20400)
      writeFileSync(file("damaged.laz"), damaged)
      writeFileSync(file("cut.laz"), whole.subarray(0, 30000))
      const bad = [file("damaged.laz"), file("cut.laz"), file("absent.laz")]
      const some = await maille("copc", file("good.laz"), ...bad, "--out", file("out"), "--json", "--workers", "2")
      expect(some.code).toBe(1)
      const summary = jsonOf({ ...some, signal: null })
      expect(summary).toMatchObject({ done: 1, failed: 3 })
      for (const { outcome, reason, path } of summary.files) {
        if (outcome === "failed") expect(reason).toContain(path)
      }
      expect(readdirSync(file("out")).sort()).toEqual([".work", "good.copc.laz"])
      expect((await maille("copc", ...bad, "--out", file("out"))).code).toBe(3)
      expect((await maille("copc", file("good.laz"))).code).toBe(2)
      const same = await maille("copc", file("out/good.copc.laz"), "--out", file("out"))
      expect(same.code).not.toBe(0)
      expect(same.stderr).toContain("Choose another --out")
    }))

  it("killed, leaves nothing under the final name, and the next run cleans up", () =>
    inFolder(async (folder) => {
      const [laz, out] = [join(folder, "a.laz"), join(folder, "out")]
      await writeLaz(laz, surveyRecords(seededRandom(4), spec, 300000, 30000))
      const { child, ended } = startMaille(["copc", laz, "--out", out, "--workers", "1"])
      const temporary = join(out, ".work/copc-temporary")
      await until("a temporary file", () => hasFiles(temporary), { everyMs: 5 })
      child.kill("SIGKILL")
      await ended
      expect(existsSync(temporary)).toBe(true)
      expect(existsSync(join(out, "a.copc.laz"))).toBe(false)
      expect((await maille("copc", laz, "--out", out)).code).toBe(0)
      expect(existsSync(temporary)).toBe(false)
      expect(readdirSync(out).sort()).toEqual([".work", "a.copc.laz"])
    }))

  it.each([
    ["one thread", "1", 1],
    ["the nodes of a file on two threads", "2", 1],
    ["two files on two threads", "2", 2],
  ] as const)("stopped by Ctrl-C with %s, leaves nothing behind and ends with 130", (_, workers, files) =>
    inFolder(async (folder) => {
      const inputs = Array.from({ length: files }, (_unused, i) => join(folder, `${i}.laz`))
      for (const [i, path] of inputs.entries())
        await writeLaz(path, surveyRecords(seededRandom(i), spec, 300000, 30000))
      const out = join(folder, "out")
      const { child, ended } = startMaille(["copc", ...inputs, "--out", out, "--workers", workers, "--json"])
      const temporary = join(out, ".work/copc-temporary")
      await until("a temporary file", () => hasFiles(temporary), { everyMs: 5 })
      child.kill("SIGINT")
      const end = await ended
      expect(end.code, end.stderr).toBe(130)
      expect(jsonOf(end)).toMatchObject({
        done: 0,
        failed: files,
        files: [{ reason: expect.stringContaining("stopped") }, {}].slice(0, files),
      })
      expect(existsSync(temporary)).toBe(false)
      expect(readdirSync(out)).toEqual([".work"])
    }),
  )

  it("makes format 7 of format 3, with the CRS that is given, and says so", () =>
    inFolder(async (folder) => {
      const points = randomPoints(seededRandom(9), 500)
      writeFileSync(join(folder, "old.las"), lasBytes({ minor: 2, pointFormat: 3, extraBytes: 2, points }))
      const ended = await maille(
        "copc",
        join(folder, "old.las"),
        "--out",
        join(folder, "out"),
        "--crs",
        "EPSG:2154",
        "--json",
      )
      expect(ended.code, ended.stderr).toBe(0)
      const [file] = jsonOf({ ...ended, signal: null }).files
      expect(file.notes.join("\n")).toContain("point format 3 became 7")
      const seen = await maille("inspect", file.out, "--json")
      const [source] = jsonOf({ ...seen, signal: null }).sources
      expect(source).toMatchObject({ format: "copc", pointFormat: 7, points: 500, crs: { epsg: 2154 } })
    }))
})

describe("maille crop", () => {
  const box = "700050,6600050,700120.5,6600100"
  const inBox = (all: Uint8Array): Uint8Array => {
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength)
    const wanted: Uint8Array[] = []
    for (let at = 0; at < all.length; at += spec.recordLength) {
      const [x, y] = [view.getInt32(at, true), view.getInt32(at + 4, true)]
      if (x >= 5000 && x < 12050 && y >= 5000 && y < 10000) wanted.push(all.subarray(at, at + spec.recordLength))
    }
    return Buffer.concat(wanted)
  }

  it("writes the points of a box of several files, as LAZ in their order or as COPC", () =>
    inFolder(async (folder) => {
      const more = surveyRecords(seededRandom(8), spec, 20000, 20000)
      writeLas(join(folder, "a.las"), records)
      await writeLaz(join(folder, "b.laz"), more)
      const expected = Buffer.concat([inBox(records), inBox(more)])
      expect(expected.length).toBeGreaterThan(1000 * spec.recordLength)
      const args = ["crop", join(folder, "a.las"), join(folder, "b.laz"), "--bbox", box, "--json", "-o"]
      const laz = await maille(...args, join(folder, "c.laz"))
      expect(laz.code, laz.stderr).toBe(0)
      expect(jsonOf({ ...laz, signal: null })).toMatchObject({
        points: expected.length / spec.recordLength,
        done: 2,
        failed: 0,
      })
      expect(Buffer.from(await readAllRecords(join(folder, "c.laz"))).equals(expected)).toBe(true)
      const copc = await maille(...args, join(folder, "c.copc.laz"))
      expect(copc.code, copc.stderr).toBe(0)
      const found = await readAllRecords(join(folder, "c.copc.laz"))
      expect(multiset(found, spec.recordLength) === multiset(expected, spec.recordLength)).toBe(true)
      expect(readdirSync(folder).sort()).toEqual(["a.las", "b.laz", "c.copc.laz", "c.laz"])
    }))

  it("refuses what does not fit together, what is damaged, and a box without points", () =>
    inFolder(async (folder) => {
      const file = (name: string): string => join(folder, name)
      writeLas(file("a.las"), records)
      const old = randomPoints(seededRandom(9), 500, 20000)
      writeFileSync(file("old.las"), lasBytes({ pointFormat: 6, points: old, offset: [700000, 6600000, 0] }))
      await writeLaz(file("damaged.laz"), records)
      const bytes = readFileSync(file("damaged.laz"))
      bytes.fill(7, 20000, 20400)
      writeFileSync(file("damaged.laz"), bytes)
      const crop = (inputs: string[], where: string, out: string) =>
        maille("crop", ...inputs.map(file), "--bbox", where, "-o", file(out), "--json")
      const mixed = await crop(["a.las", "old.las", "damaged.laz"], box, "c.laz")
      expect(mixed.code).toBe(1)
      expect(jsonOf({ ...mixed, signal: null })).toMatchObject({
        points: inBox(records).length / spec.recordLength,
        files: [
          { outcome: "done" },
          { outcome: "failed", reason: expect.stringContaining("cannot be decoded") },
          { outcome: "failed", reason: expect.stringContaining("point format") },
        ],
      })
      expect(Buffer.from(await readAllRecords(file("c.laz"))).equals(inBox(records))).toBe(true)
      expect((await crop(["damaged.laz"], box, "d.laz")).code).toBe(3)
      expect((await crop(["a.las"], "0,0,1,1", "d.laz")).code).toBe(3)
      expect((await crop(["a.las"], box, "d.las")).code).toBe(2)
      expect((await crop(["a.las"], "1,2,3", "d.laz")).code).toBe(2)
      expect(existsSync(file("d.laz"))).toBe(false)
    }))
})
