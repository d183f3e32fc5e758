import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { crc32 } from "node:zlib"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { openArchive } from "../../../../engine/io/archive/open-archive.js"
import { locateStored, partOfFile, readStored } from "../../../../engine/io/archive/stored-file.js"
import { encodeTilesIndex, searchTilesIndex, tilesIndexName } from "../../../../engine/io/archive/tiles-index.js"
import {
  type ArchiveEntry,
  encodeDirectory,
  encodeLocalHeader,
  localHeaderBytes,
} from "../../../../engine/io/archive/zip-format.js"
import { openBytes } from "../../../../engine/io/bytes.js"

const run = promisify(execFile)
const hasProgram = async (name: string): Promise<boolean> =>
  run(name, [name === "unzip" ? "-v" : "--version"]).then(
    () => true,
    () => false,
  )
const [unzip, python] = await Promise.all(["unzip", "python3"].map(hasProgram))

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-archive-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Content {
  readonly path: string
  readonly data: Uint8Array
  /** Where its header begins; default: behind the one before. */
  readonly from?: number
}

/** Writes an archive; with `indexed`, of 3D Tiles. */
const write = async (name: string, contents: readonly Content[], indexed = true): Promise<string> => {
  const file = join(folder, name)
  const handle = await open(file, "w")
  const entries: ArchiveEntry[] = []
  let next = 0
  let start = 0
  let waiting: Uint8Array[] = []
  const flush = async (): Promise<void> => {
    const bytes = Buffer.concat(waiting)
    await handle.write(bytes, 0, bytes.length, start)
    waiting = []
  }
  const add = async ({ path, data, from = next }: Content): Promise<void> => {
    const facts = { path, sizeBytes: data.length, crc32: crc32(data) }
    const header = encodeLocalHeader(facts)
    if (from !== next) {
      await flush()
      start = from
    }
    waiting.push(header, data)
    entries.push({ ...facts, at: from + header.length })
    next = from + header.length + data.length
  }
  for (const content of contents) await add(content)
  if (indexed) await add({ path: tilesIndexName, data: encodeTilesIndex(entries) })
  waiting.push(encodeDirectory(entries, next))
  await flush()
  await handle.close()
  return file
}

const random = seededRandom(20_261_126)
const bytesOf = (size: number): Uint8Array => Uint8Array.from({ length: size }, () => random() * 256)
const some: readonly Content[] = [
  { path: "tileset.json", data: new TextEncoder().encode("{}") },
  ...Array.from({ length: 200 }, (_, i) => ({ path: `tiles/9/${i % 7}/${i}.glb`, data: bytesOf(i * 3) })),
  { path: "tiles/é ü.glb", data: bytesOf(10) },
]

/** What Python's own reader finds: names, and whether the checksums hold. */
const readByPython = async (file: string): Promise<{ bad: string | null; names: string[] }> => {
  const code =
    "import zipfile,json,sys;z=zipfile.ZipFile(sys.argv[1]);print(json.dumps({'bad':z.testzip() if len(z.namelist())<9999 else None,'names':z.namelist()}))"
  return JSON.parse((await run("python3", ["-c", code, file], { maxBuffer: 2 ** 26 })).stdout)
}

describe("an archive", () => {
  it.each([true, false])("gives back its files, by index (%s) and by directory", async (indexed) => {
    const file = await write(indexed ? "some.3tz" : "some.zip", some, indexed)
    const archive = await openArchive(file)
    const listed = await archive.entries()
    expect(listed.map(({ path }) => path)).toEqual([
      ...some.map(({ path }) => path),
      ...(indexed ? [tilesIndexName] : []),
    ])
    for (const [i, { path, data }] of some.entries()) {
      expect(await archive.find(path)).toEqual(listed[i])
      expect(Buffer.compare(await readStored(join(file, path)), data)).toBe(0)
    }
    expect(await archive.find("tiles/9/0/none.glb")).toBeUndefined()
  })

  it.skipIf(!unzip || !python)("is one to unzip and to Python", async () => {
    const file = await write("public.3tz", some)
    const names = [...some.map(({ path }) => path), tilesIndexName]
    expect(await readByPython(file)).toEqual({ bad: null, names })
    expect((await run("unzip", ["-t", file])).stdout).toContain("No errors detected")
  })

  it.skipIf(!python)(
    "has ZIP64 numbers where there are more files, or it is longer, than plain ones can tell",
    async () => {
      const data = new Uint8Array([1, 2, 3])
      const many = Array.from({ length: 70_000 }, (_, i) => ({ path: `tiles/${i}.glb`, data }))
      const file = await write("many.3tz", many)
      expect((await (await openArchive(file)).entries()).length).toBe(70_001)
      expect(await (await openArchive(file)).find("tiles/69999.glb")).toMatchObject({ sizeBytes: 3 })
      expect((await readByPython(file)).names.length).toBe(70_001)
      // A hole of 5 GB, which takes no room.
      const far = [some[1]!, { path: "tiles/far.glb", data: bytesOf(1000), from: 5 * 2 ** 30 }]
      const long = await write("long.3tz", far)
      expect(Buffer.compare(await readStored(join(long, "tiles/far.glb")), far[1]!.data)).toBe(0)
      expect(await readByPython(long)).toEqual({ bad: null, names: [...far.map(({ path }) => path), tilesIndexName] })
    },
  )

  it("lists no bytes that lie between its files", async () => {
    const gap = [some[3]!, { ...some[4]!, from: 10_000 }]
    const file = await write("gap.zip", gap, false)
    expect((await (await openArchive(file)).entries()).map(({ path }) => path)).toEqual(gap.map(({ path }) => path))
  })

  it("that is cut, or no archive, is refused; one that took its place is read anew", async () => {
    const file = await write("cut.3tz", some)
    const bytes = await readFile(file)
    await expect(openArchive(await writeBytes("a.3tz", bytes.subarray(0, bytes.length - 30)))).rejects.toThrow(
      /a\.3tz: damaged archive: it has no directory.*Run the job again/,
    )
    await expect(openArchive(await writeBytes("b.3tz", new Uint8Array(5)))).rejects.toThrow(/no directory/)
    await expect(openArchive(join(folder, "none.3tz"))).rejects.toThrow(/no such file/)
    await writeBytes("a.3tz", bytes)
    expect(await (await openArchive(join(folder, "a.3tz"))).find("tileset.json")).toMatchObject({ sizeBytes: 2 })
  })

  it("whose files lie over each other, or reach further than it does, is refused", async () => {
    const data = bytesOf(5000)
    // The directory names one file twenty thousand times: together they would be 100 MB.
    const over = await write("over.zip", [some[1]!, { path: "a.glb", data }], false)
    const bytes = await readFile(over)
    const crc = crc32(data)
    const at = bytes.length - 22 - 2 * 46 - some[1]!.path.length - 5 - data.length
    const entries = Array.from({ length: 20_000 }, () => ({ path: "a.glb", at, sizeBytes: data.length, crc32: crc }))
    const start = at + data.length
    const bomb = Buffer.concat([bytes.subarray(0, start), encodeDirectory(entries, start)])
    const archive = await openArchive(await writeBytes("bomb.zip", bomb))
    await expect(archive.entries()).rejects.toThrow(/a\.glb overlaps a\.glb/)
    const long = encodeDirectory([{ path: "a.glb", at, sizeBytes: 2 ** 31, crc32: crc }], start)
    const reaching = await writeBytes("long.zip", Buffer.concat([bytes.subarray(0, start), long]))
    await expect(readStored(join(reaching, "a.glb"))).rejects.toThrow(/a\.glb extends past byte/)
    // A directory of 65,000 files in 100 bytes.
    const count = Buffer.from(bytes)
    count.writeUInt16LE(65_000, count.length - 12)
    await expect(openArchive(await writeBytes("count.zip", count))).rejects.toThrow(/announces 65000 files in/)
  })

  it("refuses a file of 4 GB, which the format cannot tell", () => {
    expect(() => encodeLocalHeader({ path: "a", sizeBytes: 2 ** 32 - 1, crc32: 0 })).toThrow(/below 4 GB/)
  })
})

const writeBytes = async (name: string, bytes: Uint8Array): Promise<string> => {
  await writeFile(join(folder, name), bytes)
  return join(folder, name)
}

describe("the index of a 3D Tiles archive", () => {
  it("is ascending by MD5 as two little-endian numbers, and leads to local headers", () => {
    const entries = some.map(({ path }, i) => ({ path, at: 1000 * (i + 1), sizeBytes: 1, crc32: 0 }))
    const index = Buffer.from(encodeTilesIndex(entries))
    expect(index.length).toBe(24 * entries.length)
    const numbers = Array.from({ length: entries.length }, (_, i) => [
      index.readBigUInt64LE(24 * i),
      index.readBigUInt64LE(24 * i + 8),
    ])
    for (const [i, [high, low]] of numbers.slice(1).entries()) {
      const [before, below] = numbers[i]!
      expect(before! < high! || (before === high && below! < low!)).toBe(true)
    }
    for (const { path, at } of entries) {
      expect(searchTilesIndex(index, path)).toEqual([at - localHeaderBytes(path)])
      const md5 = createHash("md5").update(path).digest()
      const record = Array.from({ length: entries.length }, (_, i) => index.subarray(24 * i, 24 * i + 24)).find((one) =>
        one.subarray(0, 16).equals(md5),
      )
      expect(Number(record?.readBigUInt64LE(16))).toBe(at - localHeaderBytes(path))
    }
    expect(searchTilesIndex(index, "tiles/none.glb")).toEqual([])
    expect(searchTilesIndex(new Uint8Array(0), "tiles/none.glb")).toEqual([])
  })
})

describe("paths through archives", () => {
  it("are read as files are, by ranges too", async () => {
    const file = await write("ranged.zip", some, false)
    const { path, data } = some[150]!
    const source = await openBytes(join(file, path))
    expect([source.size, source.name]).toEqual([data.length, "149.glb"])
    expect(Buffer.compare(await source.read(7, 20), data.subarray(7, 20))).toBe(0)
    await expect(source.read(0, data.length + 1)).rejects.toThrow(/damaged/)
    await source.verify()
    await source.close()
    await expect(openBytes(join(file, "none.tif"))).rejects.toThrow(/no such file/)
    await expect(readStored(join(file, "none.tif"))).rejects.toMatchObject({ code: "ENOENT" })
  })

  it("may be told as parts of a file, which has another name while it is written", async () => {
    await writeFile(join(folder, "open.3tz.part"), "0123456789")
    const part = partOfFile(join(folder, "open.3tz"), 3, 4)
    expect(Buffer.from(await readStored(part)).toString()).toBe("3456")
    expect((await locateStored(part)).file).toBe(join(folder, "open.3tz.part"))
    await writeFile(join(folder, "open.3tz"), "abcdefghij")
    expect(Buffer.from(await readStored(part)).toString()).toBe("defg")
    await expect(readStored(partOfFile(join(folder, "open.3tz"), 8, 4))).rejects.toThrow(/ends before byte 12/)
  })
})
