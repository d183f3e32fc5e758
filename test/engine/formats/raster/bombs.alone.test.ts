import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { deflateSync } from "node:zlib"
import { afterAll, describe, expect, it } from "vitest"
import { MAX_PIXELS } from "../../../../engine/core/bounds.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { readFrameHeader } from "../../../../engine/formats/raster/frame-header.js"
import { readRaster } from "../../../../engine/formats/raster/tiff/read-raster.js"
import { verifyRaster } from "../../../../engine/formats/raster/tiff/verify-raster.js"
import { readGeoidGrid } from "../../../../engine/grid/geoid-grid.js"

const folder = mkdtempSync(join(tmpdir(), "maille-bombs-"))
afterAll(() => rmSync(folder, { recursive: true }))

const [DEFLATE, LZW, PACKBITS, ZSTD, JPEG] = [8, 5, 32773, 50000, 7]

/**
 * A raster of one strip of bytes (TIFF 6.0), north up with cells of a metre. `next`: where its
 * directory says that another one is.
 */
const tiff = (strip: Uint8Array, compression: number, size: readonly [number, number] = [64, 64], next = 0) => {
  const fields: [tag: number, type: 3 | 4 | 12, values: number[]][] = [
    [256, 4, [size[0]]],
    [257, 4, [size[1]]],
    [258, 3, [8]],
    [259, 3, [compression]],
    [262, 3, [1]],
    [273, 4, [512]],
    [277, 3, [1]],
    [278, 4, [size[1]]],
    [279, 4, [strip.length]],
    [33550, 12, [1, 1, 0]],
    [33922, 12, [0, 0, 0, 770000, 6278000, 0]],
  ]
  const bytes = Buffer.alloc(512 + strip.length)
  bytes.write("II*\0\x08\0\0\0", 0, "latin1")
  bytes.writeUInt16LE(fields.length, 8)
  let far = 256
  for (const [i, [tag, type, values]] of fields.entries()) {
    const at = 10 + 12 * i
    bytes.writeUInt16LE(tag, at)
    bytes.writeUInt16LE(type, at + 2)
    bytes.writeUInt32LE(values.length, at + 4)
    if (type === 12) {
      bytes.writeUInt32LE(far, at + 8)
      for (const value of values) far = bytes.writeDoubleLE(value, far)
    } else bytes.writeUIntLE(values[0] ?? 0, at + 8, type === 3 ? 2 : 4)
  }
  bytes.writeUInt32LE(next, 10 + 12 * fields.length)
  bytes.set(strip, 512)
  return bytes
}

const write = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

/** TIFF's LZW, without its table's end: a clear code comes before codes get longer than 12 bits. */
const lzw = (bytes: Uint8Array): Uint8Array => {
  const out: number[] = []
  let [held, bits, width] = [0, 0, 9]
  let table = new Map<string, number>()
  const put = (code: number): void => {
    held = (held << width) | code
    for (bits += width; bits >= 8; bits -= 8) out.push((held >>> (bits - 8)) & 255)
    held &= (1 << bits) - 1
  }
  const codeOf = (run: string): number => (run.length === 1 ? run.charCodeAt(0) : (table.get(run) ?? -1))
  put(256)
  let run = ""
  for (const byte of bytes) {
    const longer = run + String.fromCharCode(byte)
    if (longer.length === 1 || table.has(longer)) {
      run = longer
      continue
    }
    put(codeOf(run))
    table.set(longer, 258 + table.size)
    if (table.size + 258 === 4094) {
      put(256)
      ;[width, table] = [9, new Map()]
    } else if (table.size + 258 >= 1 << width) width++
    run = String.fromCharCode(byte)
  }
  put(codeOf(run))
  put(257)
  put(0)
  return Uint8Array.from(out)
}

/** A frame of runs of 128 KiB (RFC 8878, 3.1.1): four bytes each. */
const zstdRuns = (count: number): Uint8Array => {
  const run = (last: number): number[] => [...Uint8Array.of((last | 2) + ((0x20000 << 3) & 255), 0, 0x10), 0]
  return Uint8Array.from([
    0x28,
    0xb5,
    0x2f,
    0xfd,
    0,
    0x58,
    ...Array.from({ length: count }, (_, i) => run(i === count - 1 ? 1 : 0)).flat(),
  ])
}

const bytes = 64 * 64
const zeros = 64 * 1024 * 1024
const bombs: readonly (readonly [string, number, () => Uint8Array])[] = [
  ["deflate", DEFLATE, () => deflateSync(Buffer.alloc(zeros))],
  ["LZW", LZW, () => lzw(new Uint8Array(1 << 16))],
  ["PackBits", PACKBITS, () => new Uint8Array(1 << 20).map((_, i) => (i % 2 === 0 ? 129 : 0))],
  ["zstd", ZSTD, () => zstdRuns(512)],
]

describe("a strip that holds more than its header's geometry", () => {
  it.each(bombs)("%s is refused while it is expanded", async (name, compression, make) => {
    const path = write(`${name}.tif`, tiff(make(), compression))
    const before = process.memoryUsage().rss
    for (const read of [readRaster, verifyRaster])
      await expect(read(path)).rejects.toMatchObject({
        code: "E_FORMAT",
        message: expect.stringContaining(`more than the ${bytes} bytes`),
      })
    await expect(readGeoidGrid(path)).rejects.toMatchObject({ code: "E_INPUT" })
    expect(process.memoryUsage().rss - before).toBeLessThan(zeros / 2)
  })

  it("as a JPEG of another size is refused before it is decoded", async () => {
    const strip = Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0xea, 0x60, 0xea, 0x60, 1, 1, 17, 0, 0, 0, 0, 0, 0, 0)
    await expect(readRaster(write("jpeg.tif", tiff(strip, JPEG)))).rejects.toThrow(/60000 × 60000 pixels; expected 64/)
  })

  it("but what fills it is read", async () => {
    const random = seededRandom(5)
    const cells = Uint8Array.from({ length: bytes }, () => (random() < 0.5 ? 0 : 256 * random()))
    for (const [name, compression, strip] of [
      ["deflated", DEFLATE, deflateSync(cells)],
      ["lzw", LZW, lzw(cells)],
      ["packed", PACKBITS, Uint8Array.from([...cells].flatMap((cell) => [0, cell]))],
    ] as const) {
      const { data } = await readRaster(write(`${name}.tif`, tiff(strip, compression)))
      expect(Buffer.compare(Buffer.from(data.buffer as ArrayBuffer), Buffer.from(cells)), name).toBe(0)
    }
  })
})

describe("headers of images", () => {
  it("that announce a strip or a raster beyond the bounds are refused", async () => {
    const strip = deflateSync(new Uint8Array(100))
    await expect(verifyRaster(write("wide.tif", tiff(strip, DEFLATE, [1e6, 1e6])))).rejects.toThrow(
      /1073741824 are supported/,
    )
    await expect(readRaster(write("whole.tif", tiff(strip, DEFLATE, [1e6, 1e6])))).rejects.toThrow(/268435456 are read/)
  })

  it("whose directories lead in a circle are refused", async () => {
    const path = write("circle.tif", tiff(deflateSync(new Uint8Array(bytes)), DEFLATE, [64, 64], 8))
    expect((await readRaster(path)).width).toBe(64)
    await expect(readRaster(path, { cellSize: 4 })).rejects.toMatchObject({
      code: "E_FORMAT",
      message: expect.stringContaining("directory 1 refers back to byte 8"),
    })
  })

  it("of PNG and JPEG with too many pixels to be decoded whole are refused, oriented ones too", async () => {
    const jpeg = (side: number): Uint8Array => {
      const head = Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3, 1, 17, 0, 2, 17, 0, 3, 17, 0])
      head.writeUInt16BE(side, 7)
      head.writeUInt16BE(side, 9)
      return head
    }
    await expect(readFrameHeader(write("bomb.jpg", jpeg(20000)))).rejects.toMatchObject({
      code: "E_FORMAT",
      message: expect.stringContaining(`20000 × 20000 pixels; PNG and JPEG are read up to ${MAX_PIXELS}`),
    })
    expect((await readFrameHeader(write("large.jpg", jpeg(12000)))).width).toBe(12000)
  })
})
