import { describe, expect, it } from "vitest"
import { fillFrom, type PixelSource } from "../../../../../engine/formats/raster/image/sample-pixels.js"

/**
 * A source of `side` × `side` pixels of 1 m at (0, 0) whose red is the column and green the row;
 * tells the windows that were read.
 */
const sourceOf = (side: number) => {
  const windows: [left: number, top: number, right: number, bottom: number][] = []
  const spares: (Uint8Array | undefined)[] = []
  const read = async (
    left: number,
    top: number,
    right: number,
    bottom: number,
    spare?: Uint8Array,
  ): Promise<Uint8Array> => {
    windows.push([left, top, right, bottom])
    spares.push(spare)
    const sizeBytes = 4 * (right - left) * (bottom - top)
    const out =
      spare !== undefined && spare.length >= sizeBytes ? spare.subarray(0, sizeBytes) : new Uint8Array(sizeBytes)
    for (let i = 0, row = top; row < bottom; row++) {
      for (let column = left; column < right; column++, i += 4) {
        out[i] = column
        out[i + 1] = row
        out[i + 3] = 255
      }
    }
    return out
  }
  const levels = [{ width: side, height: side, read }]
  const source: PixelSource = { minX: 0, minY: -side, maxX: side, maxY: 0, levels }
  return { source, windows, spares }
}

describe("fillFrom", () => {
  it("reads each pixel of a source on the grid once, in whole rows of the part that is asked for", async () => {
    const { source, windows } = sourceOf(3000)
    const grid = { resolution: 1, firstColumn: -50, firstRow: 20, width: 2500, height: 2970 }
    const target = new Uint8Array(4 * grid.width * grid.height)
    expect(await fillFrom(source, grid, target)).toBe(true)
    expect(windows.length).toBeGreaterThan(1)
    let at = 20
    for (const [left, top, right, bottom] of windows) {
      expect([left, right]).toEqual([0, 2450])
      expect(top).toBe(at)
      expect((right - left) * (bottom - top)).toBeLessThanOrEqual(2048 ** 2)
      at = bottom
    }
    expect(at).toBe(20 + 2970)
    for (const [column, row] of [
      [50, 0],
      [1234, 1711],
      [2499, 2969],
    ] as const) {
      const pixel = 4 * (row * grid.width + column)
      expect([...target.subarray(pixel, pixel + 4)]).toEqual([(column - 50) & 255, (row + 20) & 255, 0, 255])
    }
    expect(target[4 * 49 + 3]).toBe(0)
  })

  it("lets a window be read into the memory of the one before", async () => {
    const { source, spares } = sourceOf(3000)
    await fillFrom(
      source,
      { resolution: 1, firstColumn: 0, firstRow: 0, width: 3000, height: 3000 },
      new Uint8Array(4 * 3000 * 3000),
    )
    expect(spares[0]).toBeUndefined()
    expect(new Set(spares.slice(1).map((spare) => spare!.buffer)).size).toBe(1)
  })

  it("takes no more of a fine source at once where pixels are coarse", async () => {
    const { source, windows } = sourceOf(3000)
    const grid = { resolution: 10, firstColumn: 0, firstRow: 0, width: 300, height: 300 }
    await fillFrom(source, grid, new Uint8Array(4 * 300 * 300))
    expect(windows.length).toBeGreaterThan(1)
    for (const [left, top, right, bottom] of windows)
      expect((right - left) * (bottom - top)).toBeLessThanOrEqual(2048 ** 2)
    expect(windows.reduce((sum, [left, top, right, bottom]) => sum + (right - left) * (bottom - top), 0)).toBe(9e6)
  })
})
