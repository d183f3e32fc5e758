import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { checkImage } from "../../../../engine/formats/raster/check-image.js"
import { openSheet } from "../../../../engine/formats/raster/sheet.js"

const folder = mkdtempSync(join(tmpdir(), "maille-check-image-"))
afterAll(() => rmSync(folder, { recursive: true }))

const check = (bytes: Uint8Array): Promise<void> => {
  const path = join(folder, "image")
  writeFileSync(path, bytes)
  return checkImage(path)
}

/** A picture of 90 or 300 KB: its end lies behind more than the last 64 KiB. */
const noise = async (format: "png" | "jpeg"): Promise<Buffer> => {
  const sheet = openSheet(320, 320)
  const random = seededRandom(5)
  const data = Uint8ClampedArray.from({ length: 4 * 320 * 320 }, (_, i) => (i % 4 === 3 ? 255 : 256 * random()))
  sheet.blend({ width: 320, height: 320, data }, 0, 0)
  return Buffer.from(await sheet.encode(format))
}

/** With a preview in its headers, which has an end of its own. */
const withPreview = (jpeg: Buffer): Buffer => {
  const preview = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 10]), Buffer.from([0xff, 0xd8, 1, 2, 3, 4, 0xff, 0xd9])])
  return Buffer.concat([jpeg.subarray(0, 2), preview, jpeg.subarray(2)])
}

describe("an image", () => {
  test("is whole with its end, and a few bytes behind it", async () => {
    for (const bytes of [await noise("jpeg"), await noise("png"), withPreview(await noise("jpeg"))]) {
      await check(bytes)
      await check(Buffer.concat([bytes, Buffer.alloc(100)]))
    }
  })

  test("that was cut anywhere is refused", async () => {
    for (const bytes of [await noise("jpeg"), await noise("png"), withPreview(await noise("jpeg"))]) {
      for (const share of [0.3, 0.6, 0.99]) {
        const cut = bytes.subarray(0, Math.floor(share * bytes.length))
        await expect(check(cut)).rejects.toThrow(/cut short at byte \d+/)
      }
    }
    const jp2 = Buffer.concat([Buffer.from([0xff, 0x4f, 0xff, 0x51]), Buffer.alloc(1000), Buffer.from([0xff, 0xd9])])
    await check(jp2)
    await expect(check(jp2.subarray(0, 600))).rejects.toThrow(/cut short/)
  })
})
