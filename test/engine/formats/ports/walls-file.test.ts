import { describe, expect, it } from "vitest"
import { decodeWallsFile, encodeWallsFile } from "../../../../engine/formats/ports/handed-files.js"
import type { TextureChart } from "../../../../engine/kernel.js"

const chartOf = (width: number, height: number, x: number): TextureChart => ({
  faces: new Uint32Array(0),
  origin: [x, 6_277_550.125, 31.5],
  u: [0.6, 0.8, 0],
  v: [0, 0, -1],
  width,
  height,
  texel: 0.4,
  data: Uint8Array.from({ length: 4 * width * height }, (_, i) => (i * 37) % 256),
})

describe("the intermediate file of painted walls", () => {
  const charts = [chartOf(3, 2, 770_550.3), chartOf(1, 7, 770_560)]
  const bytes = encodeWallsFile({ charts })

  it("comes back as it was, of none too", () => {
    expect(decodeWallsFile(bytes, "walls").charts).toEqual(charts)
    expect(decodeWallsFile(encodeWallsFile({ charts: [] }), "walls").charts).toEqual([])
  })

  it("is refused where it is cut short, too long, or another file", () => {
    for (const broken of [
      bytes.subarray(0, bytes.length - 1),
      bytes.subarray(0, 50),
      Uint8Array.of(...bytes, 0),
      new Uint8Array(3),
    ])
      expect(() => decodeWallsFile(broken, "walls")).toThrowError(expect.objectContaining({ code: "E_FORMAT" }))
  })
})
