import { loadImage } from "@napi-rs/canvas"
import { describe, expect, it } from "vitest"
import { encodeImage } from "../../../../engine/formats/raster/encode-image.js"

const picture = (alpha: number) => {
  const data = new Uint8Array(64 * 48 * 4)
  for (let i = 0; i < 64 * 48; i++) data.set([(i % 64) * 4, Math.floor(i / 64) * 5, 90, alpha], 4 * i)
  return { width: 64, height: 48, data }
}

describe("encodeImage", () => {
  for (const [format, head] of [
    ["jpeg", [0xff, 0xd8, 0xff]],
    ["webp", [0x52, 0x49, 0x46, 0x46]],
  ] as const) {
    it(`writes ${format} deterministically, smaller at lower quality, without regard to alpha`, async () => {
      const high = await encodeImage(picture(255), format, 90)
      expect([...high.subarray(0, head.length)]).toEqual(head)
      expect(Buffer.compare(await encodeImage(picture(255), format, 90), high)).toBe(0)
      expect(Buffer.compare(await encodeImage(picture(0), format, 90), high)).toBe(0)
      expect((await encodeImage(picture(255), format, 30)).length).toBeLessThan(high.length)
      const decoded = await loadImage(high)
      expect([decoded.width, decoded.height]).toEqual([64, 48])
    })
  }

  it("refuses sizes that disagree with the data", async () => {
    await expect(encodeImage({ ...picture(255), width: 65 }, "jpeg", 80)).rejects.toThrow(/65 × 48/)
  })
})
