import { describe, expect, it } from "vitest"
import { decodePixels, openSheet, sheetFont, textWidth } from "../../../../engine/formats/raster/sheet.js"

const pixel = async (bytes: Uint8Array, x: number, y: number): Promise<number[]> => {
  const { width, data } = await decodePixels(bytes)
  return [...data.slice(4 * (y * width + x), 4 * (y * width + x) + 4)]
}

describe("a sheet", () => {
  it("is white, takes strokes and blends pixels by their alpha", async () => {
    const sheet = openSheet(20, 10)
    sheet.pen.fillStyle = "#102030"
    sheet.pen.fillRect(0, 0, 5, 5)
    const data = Uint8ClampedArray.from([200, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 200, 0, 255])
    sheet.blend({ width: 2, height: 2, data }, 4, 4)
    const png = await sheet.encode("png")
    expect(await pixel(png, 10, 8)).toEqual([255, 255, 255, 255])
    expect(await pixel(png, 2, 2)).toEqual([16, 32, 48, 255])
    expect(await pixel(png, 4, 4)).toEqual([200, 0, 0, 255])
    expect(await pixel(png, 5, 4)).toEqual([255, 255, 255, 255])
    expect(await pixel(png, 5, 5)).toEqual([0, 200, 0, 255])
  })

  it("has letters of its own, whatever the machine has", async () => {
    // Advance widths of Source Sans 3, per mille of the height: those of other fonts differ.
    expect(textWidth("0", 1000)).toBeCloseTo(497, 0)
    expect(textWidth("0", 1000, "bold")).toBeGreaterThan(textWidth("0", 1000))
    expect(textWidth("é", 1000)).toBeCloseTo(textWidth("e", 1000), 0)
    const sheet = openSheet(120, 30)
    sheet.pen.fillStyle = "#000000"
    sheet.pen.font = sheetFont(20)
    sheet.pen.fillText("Échelle", 2, 22)
    const { data } = await decodePixels(await sheet.encode("png"))
    expect(data.filter((value, i) => i % 4 === 0 && value < 100).length).toBeGreaterThan(150)
  })

  it("is written as PNG, JPEG and WebP", async () => {
    const sheet = openSheet(8, 8)
    expect([...(await sheet.encode("png")).subarray(1, 4)]).toEqual([80, 78, 71])
    expect([...(await sheet.encode("jpeg")).subarray(0, 2)]).toEqual([255, 216])
    expect(Buffer.from((await sheet.encode("webp")).subarray(8, 12)).toString()).toBe("WEBP")
  })
})
