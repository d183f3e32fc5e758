import { afterEach, describe, expect, it, vi } from "vitest"
import { programVersion } from "../../../../bench/lab/peers/programs.js"

afterEach(() => vi.unstubAllEnvs())

describe("programVersion", () => {
  it("tells where a program that is missing can be had", async () => {
    vi.stubEnv("PATH", "/nowhere")
    await expect(programVersion("gdal_contour")).rejects.toThrow("gdal_contour is not installed (Debian: gdal-bin)")
    await expect(programVersion("gdal_polygonize")).rejects.toThrow(
      "gdal_polygonize.py is not installed (Debian: gdal-bin, python3-gdal)",
    )
  })
})
