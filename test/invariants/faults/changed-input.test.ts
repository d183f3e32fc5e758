/** Point files that are edited without a trace in size, header or sampled bytes. */
import { mkdtemp, open, readFile, rm, stat, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { validateHashes } from "../../../engine/check/validate-hashes.js"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import { openPointFile } from "../../../engine/formats/points/point-file.js"
import { ReadNotes } from "../../../engine/io/noted-reads.js"
import type { WorkContext } from "../../../engine/plan/context.js"
import { openCatalogue } from "../../../engine/spatial/catalogue.js"
import type { KnownSources } from "../../../engine/spatial/known-sources.js"
import { openPlanned } from "../../../engine/worker/points/gather-sources.js"
import { hashesOf } from "../../hashes-of.js"
import { jsonOf, runKept } from "../../run-maille.js"

const [west, south] = [770_000, 6_277_000]
/** Above 16 MiB, so that only samples of the points are hashed. */
const SIDE = 850
const RECORD = 30
/** The points between two of the 256 sampled blocks of 64 KiB, in the north. */
const FIRST = Math.ceil((245 * (SIDE * SIDE * RECORD)) / 256 / RECORD + 65_536 / RECORD)
const COUNT = 500

let folder = ""
let las = ""
let out = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-changed-input-"))
  ;[las, out] = [join(folder, "ground.las"), join(folder, "out")]
  const places = Array.from({ length: SIDE * SIDE }, (_, i) => i)
  const count = places.length
  const step = 100_000 / SIDE
  const points = {
    ...{ count, scale: 0.001, origin: [west, south, 0] as const },
    x: Int32Array.from(places, (i) => Math.floor((i % SIDE) * step)),
    y: Int32Array.from(places, (i) => Math.floor(Math.floor(i / SIDE) * step)),
    z: Int32Array.from(places, (i) => 10_000 + (i % 7) * 10),
    classification: new Uint8Array(count).fill(2),
    returnNumber: new Uint8Array(count).fill(1),
    numberOfReturns: new Uint8Array(count).fill(1),
  }
  await writeFile(las, encodeLas(points, { pointFormat: 6, epsg: 2154 }))
  await maille(0, "run", las, "--tile-size", "50", "--products", "dsm", "--out", out)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const maille = async (code: number, ...args: string[]): Promise<Record<string, unknown>> => {
  const ended = await runKept([...args, "--json"])
  expect(ended.code, ended.stderr).toBe(code)
  return jsonOf(ended) as Record<string, unknown>
}

/** Adds to the heights of some points; gives the file a new time, or keeps its old one. */
const lift = async (path: string, mm: number, time: "new" | "old"): Promise<void> => {
  const { atime, mtime } = await stat(path)
  const file = await open(path, "r+")
  const start = (await file.read(Buffer.alloc(4), 0, 4, 96)).buffer.readUInt32LE(0) + FIRST * RECORD
  const bytes = (await file.read(Buffer.alloc(COUNT * RECORD), 0, COUNT * RECORD, start)).buffer
  for (let i = 0; i < COUNT; i++) bytes.writeInt32LE(bytes.readInt32LE(i * RECORD + 8) + mm, i * RECORD + 8)
  await file.write(bytes, 0, bytes.length, start)
  await file.close()
  await utimes(path, atime, time === "new" ? new Date(mtime.getTime() + 5000) : mtime)
}

const identityOf = async (path: string): Promise<string> => {
  const file = await openPointFile(path)
  await file.close()
  return file.info.identity
}

it("a large LAS edited between its samples is made again where it changed, as a full run makes it", async () => {
  const before = await identityOf(las)
  await lift(las, 1500, "new")
  expect(await identityOf(las)).toBe(before)
  const foreseen = await maille(0, "update", out, "--dry-run")
  expect(JSON.stringify(foreseen["redone"])).toContain("has changed")
  const refused = await runKept(["run", las, "--tile-size", "50", "--products", "dsm", "--out", out])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain(`maille update ${out}`)
  await maille(0, "update", out)
  const fresh = join(folder, "fresh")
  await maille(0, "run", las, "--tile-size", "50", "--products", "dsm", "--out", fresh)
  expect(await hashesOf(out)).toEqual(await hashesOf(fresh))
})

it("a file that was only touched costs a comparison, and no task", async () => {
  const { atime, mtime } = await stat(las)
  await utimes(las, atime, new Date(mtime.getTime() + 60_000))
  const lines = (await readFile(join(out, "journal.jsonl"), "utf8")).split("\n").length
  const again = await maille(0, "run", las, "--tile-size", "50", "--products", "dsm", "--out", out)
  expect(again["done"]).toBe(0)
  const added = (await readFile(join(out, "journal.jsonl"), "utf8")).split("\n").slice(lines - 1)
  expect(added.filter((line) => line.includes('"type":"start"'))).toEqual([])
})

it("validate --hashes shows progress over the folder's bytes, then the input's, each once", async () => {
  const seen: [done: number, total: number][] = []
  const { bytes } = await validateHashes(out, (done, total) => seen.push([done, total]))
  const total = seen.at(-1)?.[1] ?? 0
  expect(seen.at(-1)?.[0]).toBe(total)
  expect(new Set(seen.map(([, one]) => one))).toEqual(new Set([total]))
  expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).sort((a, b) => a - b))
  // Tasks read the whole file; they may read its header twice.
  const { size } = await stat(las)
  expect(total - bytes).toBeGreaterThan(0.99 * size)
  expect(total - bytes).toBeLessThan(1.1 * size)
  const ofInput = seen.filter(([done]) => done > bytes)
  expect(ofInput.length).toBeGreaterThan(3)
})

it("a change without a new time is found by validate --hashes, and when the bytes are read again", async () => {
  await lift(las, 700, "old")
  const found = await maille(1, "validate", out, "--hashes")
  expect(JSON.stringify(found)).toContain("its bytes are not those that the run has read")
  const [product = ""] = Object.keys(await hashesOf(out)).filter((path) => path.endsWith(".tif"))
  await rm(join(out, product))
  const ended = await runKept(["run", las, "--tile-size", "50", "--products", "dsm", "--out", out, "--json"])
  expect(ended.code).not.toBe(0)
  expect(ended.stdout + ended.stderr).toContain("its bytes have changed, but not its size and modification time")
  const { atime, mtime } = await stat(las)
  await utimes(las, atime, new Date(mtime.getTime() + 5000))
  await maille(0, "update", out)
  await maille(0, "validate", out, "--hashes")
})

it("a worker refuses a file whose time is not that of the plan", async () => {
  const { identity, stamp, box } = (await openCatalogue([las])).sources[0]!
  const context = { epsg: 2154 } as WorkContext
  const planned = { path: las, identity, box, ...(stamp === undefined ? {} : { stamp }) }
  await (await openPlanned(context, planned)).close()
  const { atime, mtime } = await stat(las)
  await utimes(las, atime, new Date(mtime.getTime() + 1000))
  await expect(openPlanned(context, planned)).rejects.toThrow(/ground\.las: changed during the run/)
  await utimes(las, atime, mtime)
})

it("an edited copy of a source in another folder is a source of its own, an equal one is not", async () => {
  const copy = join(folder, "copy.las")
  await writeFile(copy, await readFile(las))
  expect((await openCatalogue([las, copy])).duplicates).toHaveLength(1)
  await lift(copy, 20, "new")
  const { sources, duplicates } = await openCatalogue([las, copy])
  expect(duplicates).toEqual([])
  expect(new Set(sources.map(({ identity }) => identity)).size).toBe(2)
})

it.each(["laz", "copc.laz"])("a %s edited in its points has another identity", async (ending) => {
  const path = join(folder, `points.${ending}`)
  await maille(0, "copc", las, "--out", join(folder, "copc"))
  const made = ending === "laz" ? ["crop", las, "--bbox", `${west},${south},${west + 60},${south + 60}`] : undefined
  if (made !== undefined) await maille(0, ...made, "--out", path)
  else await writeFile(path, await readFile(join(folder, "copc", "ground.copc.laz")))
  const bytes = await readFile(path)
  const middle = Math.floor(bytes.length / 2)
  const first = (await openCatalogue([path])).sources[0]!
  const notes = new ReadNotes()
  const file = await openPointFile(path, { notes })
  let count = 0
  for await (const columns of file.read({ origin: [west, south, 0] })) count += columns.count
  await file.close()
  expect(count).toBe(first.count)
  const reads = new Map([[first.identity, notes.reads]])
  const known: KnownSources = { sources: new Map([[path, first]]), reads: () => Promise.resolve(reads) }
  await utimes(path, new Date(), new Date(Date.now() - 5000))
  expect((await openCatalogue([path], { known })).sources[0]!.identity).toBe(first.identity)
  bytes[middle]! ^= 1
  await writeFile(path, bytes)
  await utimes(path, new Date(), new Date(Date.now() + 5000))
  const then = (await openCatalogue([path], { known })).sources[0]!
  expect(then.structure).toBe(first.identity)
  expect(then.identity).not.toBe(first.identity)
})
