import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import { sharedData } from "../../../shared-data.js"
import { collect, randomPoints, rowsOf, rowsStored } from "../las/las-bytes.js"
import { copcBytes, lazBytes, type NodeKey } from "../las/laz-bytes.js"

let folder = ""
/** What the server sends, and the ranges that were asked for. */
let served = new Uint8Array(0)
const ranges: [number, number][] = []
let server: Server
let base = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-laz-"))
  server = createServer((request, response) => {
    const [begin, end] = /bytes=(\d+)-(\d+)/
      .exec(request.headers.range ?? "")!
      .slice(1)
      .map(Number) as [number, number]
    ranges.push([begin, end])
    const part = served.subarray(begin, end + 1)
    const range = `bytes ${begin}-${begin + part.length - 1}/${served.length}`
    response.writeHead(206, { etag: '"it"', "content-range": range }).end(part)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

const stored = async (bytes: Uint8Array): Promise<string> => {
  const path = join(folder, "synthetic.laz")
  await writeFile(path, bytes)
  return path
}

describe("LAZ with chunks of one point", () => {
  const points = randomPoints(seededRandom(1), 250)
  test("the decoder leaves no handler on the process, and a read that is given up leaves it sound", async () => {
    const events = ["uncaughtException", "unhandledRejection"]
    const before = events.map((event) => process.listenerCount(event))
    const file = await openPointFile(await stored(lazBytes(points)))
    for await (const chunk of file.read({ origin: [0, 0, 0] })) {
      expect(chunk.count).toBe(1)
      break
    }
    expect(events.map((event) => process.listenerCount(event))).toEqual(before)
    const both = await Promise.all([1, 2].map(() => collect(file.read({ origin: [0, 0, 0] }))))
    for (const chunks of both) expect(rowsOf(chunks)).toEqual(rowsStored(points))
    await file.close()
  })

  test.each([{}, { variable: true }, { tableAtEnd: true }, { padding: 37 }, { variable: true, padding: 11 }])(
    "%j: the chunk table leads to every point",
    async (options) => {
      const file = await openPointFile(await stored(lazBytes(points, options)))
      expect([file.info.format, file.info.count]).toEqual(["laz", 250])
      expect(rowsOf(await collect(file.read({ origin: [0, 0, 0] })))).toEqual(rowsStored(points))
      await file.close()
    },
  )

  test("cut short or with a false count: refused with the reason", async () => {
    const bytes = lazBytes(points)
    const refused = async (broken: Uint8Array, message: RegExp): Promise<void> => {
      await expect(openPointFile(await stored(broken))).rejects.toMatchObject({
        code: "E_FORMAT",
        message: expect.stringMatching(message),
      })
    }
    await refused(bytes.slice(0, 10000), /no LAZ chunk table.*cut short/)
    const more = bytes.slice()
    new DataView(more.buffer).setUint32(247, 251, true)
    await refused(more, /announces 251 points, and its chunks have 250/)
    const empty = bytes.slice()
    new DataView(empty.buffer).setUint32(375 + 54 + 12, 0, true)
    await refused(empty, /chunks of 0 points/)
    const large = bytes.slice()
    new DataView(large.buffer).setUint32(375 + 54 + 12, 100, true)
    await refused(large, /announces 250 chunks; 250 points make at most 4/)
    const layer = bytes.slice()
    layer.fill(255, 375 + 94 + 8 + 34, 375 + 94 + 8 + 38)
    const file = await openPointFile(await stored(layer))
    await expect(collect(file.read({ origin: [0, 0, 0] }))).rejects.toThrow(/layers need more than its 70 bytes/)
    await file.close()
  })
})

describe("COPC with nodes of one point", () => {
  // A cube of 64 m; a point in the middle of each node of the ground layer, levels 0 to 4.
  const keys: NodeKey[] = []
  for (let level = 0; level <= 4; level++) {
    for (let x = 0; x < 2 ** level; x++) for (let y = 0; y < 2 ** level; y++) keys.push([level, x, y, 0])
  }
  const template = randomPoints(seededRandom(2), keys.length)
  const points = keys.map(([level, x, y], i) => {
    const side = 6400 / 2 ** level
    return { ...template[i]!, x: Math.floor((x + 0.5) * side), y: Math.floor((y + 0.5) * side), z: 1 }
  })

  test.each([9, 2])("levels by spacing, boxes by node (sub-pages below level %i)", async (pageLevel) => {
    const file = await openPointFile(await stored(copcBytes(points, keys, 64, pageLevel)))
    expect([file.info.format, file.info.spacing, file.info.faults]).toEqual(["copc", 16, []])
    const read = async (query: object): Promise<number> =>
      rowsOf(await collect(file.read({ origin: [0, 0, 0], ...query }))).length
    expect(await read({})).toBe(341)
    expect(await Promise.all([16, 15, 8, 4, 2, 1].map((spacing) => read({ spacing })))).toEqual([1, 5, 5, 21, 85, 341])
    // Points of 16 nodes of level 4, 4 of level 3, 1 of level 2, and that of level 1 on the closed
    // corner (16, 16).
    expect(await read({ box: [16, 16, 32, 32] })).toBe(22)
    expect(await read({ box: [16, 16, 32, 32], spacing: 2 })).toBe(6)
    await file.close()
  })

  test("by address: few requests, close nodes in one, far ones not fetched", async () => {
    served = new Uint8Array(copcBytes(points, keys, 64, 2))
    const path = await stored(served)
    ranges.length = 0
    const [far, near] = [await openPointFile(`${base}/synthetic.copc.laz`), await openPointFile(path)]
    const { path: _address, identity, ...facts } = far.info
    const { path: _path, identity: own, stamp: _stamp, ...expected } = near.info
    expect({ ...facts, name: "" }).toEqual({ ...expected, name: "" })
    expect(identity).not.toBe(own)
    const query = { origin: [0, 0, 0] as const, box: [20, 20, 40, 40] as const }
    expect(rowsOf(await collect(far.read(query)))).toEqual(rowsOf(await collect(near.read(query))))
    // All within the first 64 KB, which one request brought.
    expect(ranges).toEqual([[0, 65535]])
    await Promise.all([far.close(), near.close()])
  })

  test("a page that names itself is refused", async () => {
    const bytes = copcBytes(points, keys, 64, 9)
    const view = new DataView(bytes.buffer)
    const root = Number(view.getBigUint64(375 + 54 + 40, true))
    view.setBigUint64(root + 32 + 16, BigInt(root), true)
    view.setInt32(root + 32 + 28, -1, true)
    const file = await openPointFile(await stored(bytes))
    await expect(collect(file.read({ origin: [0, 0, 0] }))).rejects.toThrow(/page at byte \d+ occurs twice/)
    await file.close()
  })

  test("nodes of more points than the file, and pages larger than it, are refused at once", async () => {
    const bytes = copcBytes(points, keys, 64, 9)
    const view = new DataView(bytes.buffer)
    const root = Number(view.getBigUint64(375 + 54 + 40, true))
    const rootBytes = Number(view.getBigUint64(375 + 54 + 48, true))
    const nodes = bytes.slice()
    new DataView(nodes.buffer).setInt32(root + 32 + 28, 2 ** 14, true)
    const read = async (broken: Uint8Array): Promise<unknown> => {
      const file = await openPointFile(await stored(broken))
      return collect(file.read({ origin: [0, 0, 0] })).finally(() => file.close())
    }
    await expect(read(nodes)).rejects.toThrow(/announces 341 points, and its COPC nodes have \d+ or more/)
    // Each entry of the root names another page that reaches from it to the file's end.
    for (let at = root + 32; at < root + rootBytes; at += 32) {
      view.setBigUint64(at + 16, BigInt(at), true)
      view.setInt32(at + 24, bytes.length - at, true)
      view.setInt32(at + 28, -1, true)
    }
    await expect(read(bytes)).rejects.toThrow(/hierarchy pages of \d+ bytes or more/)
  })

  test("a hierarchy that is not there: plain LAZ, which then lacks its chunk table", async () => {
    const bytes = copcBytes(points, keys, 64, 9)
    await expect(openPointFile(await stored(bytes.slice(0, -5000)))).rejects.toThrow(/no LAZ chunk table/)
  })
})

describe.skipIf(!sharedData)("the header of a delivered LiDAR HD tile", () => {
  test("is read: 30 million points, Lambert-93, its octree", async () => {
    const folderOf = `${sharedData}/lidar-hd/itowns/copc`
    const parts = JSON.parse(
      await readFile(`${folderOf}/LHD_FXX_0636_6934_PTS_LAMB93_IGN69.copc.laz.json`, "utf8"),
    ) as Record<string, string>
    const path = join(folder, "LHD_FXX_0636_6934_PTS_LAMB93_IGN69.copc.laz")
    const handle = await open(path, "w")
    let size = 0
    for (const [range, text] of Object.entries(parts)) {
      const begin = Number(/\d+/.exec(range)?.[0])
      const bytes = Uint8Array.from(text.split(",").map(Number))
      await handle.write(bytes, 0, bytes.length, begin)
      size = Math.max(size, begin + bytes.length)
    }
    // What the sample leaves out: the payload of the LASzip record, as of any format 6 by laz-perf.
    const laszip = Uint8Array.from([
      3,
      0,
      0,
      0,
      3,
      4,
      3,
      0,
      0,
      0,
      0,
      0,
      255,
      255,
      255,
      255,
      ...new Array(16).fill(255),
      1,
      0,
      10,
      0,
      30,
      0,
      3,
      0,
    ])
    await handle.write(laszip, 0, laszip.length, 643)
    await handle.truncate(size + 100000)
    await handle.close()
    const file = await openPointFile(path)
    await file.close()
    const { info } = file
    expect([info.format, info.version, info.pointFormat, info.count]).toEqual(["copc", "1.4", 6, 30266895])
    expect(info.box).toEqual([636000, 6933000, 637000, 6934000])
    expect(info.crs).toMatchObject({ epsg: 2154, unit: "metre", from: "wkt" })
    expect(info.spacing).toBeCloseTo(6.803, 3)
  })
})
