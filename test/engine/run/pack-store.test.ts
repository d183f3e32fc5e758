import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { sha256 } from "../../../engine/core/hash.js"
import { openArchive } from "../../../engine/io/archive/open-archive.js"
import { readStored } from "../../../engine/io/archive/stored-file.js"
import { Journal } from "../../../engine/journal/journal.js"
import type { EndRecord, WrittenFile } from "../../../engine/journal/journal-record.js"
import { isPacked, placeOf } from "../../../engine/journal/packed-file.js"
import { dropEmptyPacks, packedFiles, sealPack } from "../../../engine/rollup/seal-packs.js"
import { PackStore } from "../../../engine/run/pack-store.js"
import type { StagedFile } from "../../../engine/worker/task-result.js"

let out = ""
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "maille-packs-"))
  await mkdir(join(out, ".work/tmp"), { recursive: true })
})
afterEach(() => rm(out, { recursive: true, force: true }))

let counter = 0
const stage = async (path: string, text: string): Promise<StagedFile> => {
  const staged = `.work/tmp/${counter++}`
  await writeFile(join(out, staged), text)
  return { path, sha256: sha256(text), sizeBytes: text.length, staged: { path: staged, crc32: crc32(text) } }
}
const endOf = (key: string, files: readonly WrittenFile[]): EndRecord => ({
  ...{ type: "end", key, stage: "tile", hash: key, outcome: "done", timeMs: 0, points: 0, peakBytes: 0 },
  files,
})
/** Packs the files of a task and journals its end. */
const finish = async (packs: PackStore, journal: Journal, key: string, files: StagedFile[]): Promise<EndRecord> => {
  const end = endOf(key, await packs.add(files))
  await journal.append(end)
  return end
}
const sizeOf = async (path: string): Promise<number> => (await stat(join(out, path))).size
const texts = new Map([["tileset.json", "{}"]])

describe("a pack store", () => {
  it("puts contents, other products and intermediate files into a pack each, and takes the staged ones away", async () => {
    const packs = await PackStore.open(out)
    const staged = [
      await stage("tiles/1/0/0.glb", "mesh"),
      await stage("raster/dtm/1-0-0.tif", "raster"),
      await stage(".work/blob/a/1-0-0.bin", "blob"),
    ]
    const plain = { path: "vector/a.fgb", sha256: "", sizeBytes: 3 }
    const files = await packs.add([...staged, plain])
    expect(files.map(({ packed }) => packed?.pack)).toEqual([
      "packs/run.3tz",
      "packs/run.zip",
      ".work/packs/run.pack",
      undefined,
    ])
    expect(files.every((file) => !("staged" in file))).toBe(true)
    for (const [i, text] of ["mesh", "raster", "blob"].entries())
      expect(Buffer.from(await readStored(join(out, placeOf(files[i]!)))).toString()).toBe(text)
    for (const { staged: name } of staged) await expect(stat(join(out, name!.path))).rejects.toThrow(/ENOENT/)
    await packs.close()
  })

  it("cuts off what no journaled end tells of, and nothing else", async () => {
    const journal = await Journal.open(out)
    const first = await PackStore.open(out)
    const one = await finish(first, journal, "a", [
      await stage("tiles/1/0/0.glb", "one"),
      await stage(".work/x/a", "A"),
    ])
    const journaled = [await sizeOf("packs/run.3tz.part"), await sizeOf(".work/packs/run.pack")]
    // Killed before its end was journaled.
    await first.add([await stage("tiles/1/1/0.glb", "lost"), await stage(".work/x/b", "B")])
    await first.close()
    const again = await PackStore.open(out)
    expect([await sizeOf("packs/run.3tz.part"), await sizeOf(".work/packs/run.pack")]).toEqual(journaled)
    const two = await finish(again, journal, "b", [await stage("tiles/1/1/0.glb", "two")])
    expect(two.files[0]?.packed?.at).toBe((journaled[0] ?? 0) + 45)
    for (const file of [...one.files, ...two.files]) expect(await isPacked(out, file)).toBe(true)
    await again.close()
    await journal.close()
  })

  it("tells a file that is not in its pack: cut, overwritten, or of another size", async () => {
    const packs = await PackStore.open(out)
    const [file] = (await packs.add([await stage("tiles/1/0/0.glb", "mesh")])) as [WrittenFile]
    await packs.close()
    expect(await isPacked(out, file)).toBe(true)
    expect(await isPacked(out, { ...file, sizeBytes: 5 })).toBe(false)
    expect(await isPacked(out, { ...file, packed: { ...file.packed!, crc32: 1 } })).toBe(false)
    const bytes = await readFile(join(out, "packs/run.3tz.part"))
    await writeFile(join(out, "packs/run.3tz.part"), bytes.subarray(0, bytes.length - 1))
    expect(await isPacked(out, file)).toBe(false)
    await rm(join(out, "packs/run.3tz.part"))
    expect(await isPacked(out, file)).toBe(false)
  })

  it("of a process that slept while another finished the job writes no more", async () => {
    const journal = await Journal.open(out)
    const slept = await PackStore.open(out)
    const end = await finish(slept, journal, "a", [await stage("tiles/1/0/0.glb", "mesh")])
    await sealPack(out, "packs/run.3tz", packedFiles([end]).get("packs/run.3tz")!, texts)
    const sealed = await readFile(join(out, "packs/run.3tz"))
    await expect(slept.add([await stage("tiles/1/1/0.glb", "late")])).rejects.toThrow(/another process.*Run again/)
    expect((await readFile(join(out, "packs/run.3tz"))).equals(sealed)).toBe(true)
    await slept.close()
    await journal.close()
  })

  it("of a shard has the name of its journal, so that two attempts share none", async () => {
    const name = "plan/journal/0123/model-3-0a-b.jsonl"
    const packs = await PackStore.open(out, name)
    expect((await packs.add([await stage("tiles/1/0/0.glb", "x")]))[0]?.packed?.pack).toBe("packs/model-3-0a-b.3tz")
    await packs.close()
  })
})

describe("a pack that is sealed", () => {
  const made = async (): Promise<EndRecord[]> => {
    const journal = await Journal.open(out)
    const packs = await PackStore.open(out)
    const ends: EndRecord[] = []
    for (const key of ["0", "1", "2"])
      ends.push(await finish(packs, journal, key, [await stage(`tiles/1/${key}/0.glb`, `mesh ${key}`)]))
    await packs.close()
    await journal.close()
    return ends
  }
  const seal = async (ends: readonly EndRecord[], more = texts): Promise<string[]> => {
    for (const [file, files] of packedFiles(ends)) await sealPack(out, file, files, more)
    return (await (await openArchive(join(out, "packs/run.3tz"))).entries()).map(({ path }) => path)
  }
  const last = ["tileset.json", "@3dtilesIndex1@"]

  it("lists what the ends tell of, keeps its bytes where nothing changed, and takes more", async () => {
    const ends = await made()
    expect(await seal(ends)).toEqual(["tiles/1/0/0.glb", "tiles/1/1/0.glb", "tiles/1/2/0.glb", ...last])
    const { mtimeMs, size } = await stat(join(out, "packs/run.3tz"))
    await seal(ends)
    expect((await stat(join(out, "packs/run.3tz"))).mtimeMs).toBe(mtimeMs)
    // One tile is made again: the former content stays as bytes that nothing lists.
    const journal = await Journal.open(out)
    const packs = await PackStore.open(out)
    const renewed = await finish(packs, journal, "1", [await stage("tiles/1/1/0.glb", "other mesh")])
    await packs.close()
    await journal.close()
    expect(await isPacked(out, ends[2]!.files[0]!)).toBe(true)
    expect(await seal([ends[0]!, renewed, ends[2]!])).toEqual([
      "tiles/1/0/0.glb",
      "tiles/1/2/0.glb",
      "tiles/1/1/0.glb",
      ...last,
    ])
    expect(Buffer.from(await readStored(join(out, "packs/run.3tz/tiles/1/1/0.glb"))).toString()).toBe("other mesh")
    expect(await seal([ends[0]!])).toEqual(["tiles/1/0/0.glb", ...last])
    expect((await stat(join(out, "packs/run.3tz"))).size).toBeLessThan(size + 200)
  })

  it("is sealed again after a kill at any byte of it", async () => {
    const ends = await made()
    const part = join(out, "packs/run.3tz.part")
    const before = await readFile(part)
    const names = await seal(ends)
    const whole = await readFile(join(out, "packs/run.3tz"))
    for (let cut = before.length; cut <= whole.length; cut += 37) {
      await rm(join(out, "packs/run.3tz"), { force: true })
      await writeFile(part, whole.subarray(0, cut))
      await (await PackStore.open(out)).close()
      expect((await stat(part)).size).toBe(before.length)
      expect(await seal(ends)).toEqual(names)
      expect((await readFile(join(out, "packs/run.3tz"))).equals(whole)).toBe(true)
    }
    // Another process' part is not cut, only sealed behind what it holds.
    await rename(join(out, "packs/run.3tz"), part)
    expect(await seal(ends)).toEqual(names)
  })

  it("stays while something is told of it, and goes with the last", async () => {
    const packs = packedFiles(await made())
    await writeFile(join(out, "packs/tile-0-0a.zip.part"), "of an attempt that ended nothing")
    await writeFile(join(out, "packs/mine.zip"), "no pack of maille's")
    await mkdir(join(out, "plan/journal/p"), { recursive: true })
    await writeFile(join(out, "plan/journal/p/tile-0-0a.jsonl"), "")
    await dropEmptyPacks(out, packs, [])
    expect(await sizeOf("packs/mine.zip")).toBeGreaterThan(0)
    await expect(stat(join(out, "packs/tile-0-0a.zip.part"))).rejects.toThrow(/ENOENT/)
    expect(await sizeOf("packs/run.3tz.part")).toBeGreaterThan(0)
    await dropEmptyPacks(out, new Map(), [])
    await expect(stat(join(out, "packs/run.3tz.part"))).rejects.toThrow(/ENOENT/)
  })
})
