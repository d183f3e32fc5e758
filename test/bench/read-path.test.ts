import { describe, expect, it } from "vitest"
import { readPaths } from "../../bench/read-path.js"

describe("the path of a tile's points to mesh.terrain", () => {
  const { laz, copc } = readPaths("mesh.terrain")

  it("goes through the reader of each format, the kernel and their WebAssembly, and nothing that writes", () => {
    const shared = ["engine/worker/points/tile-points.ts", "kernels/terrain/terrain.ts", "laz.wasm", "ground.wasm"]
    expect(laz.modules).toEqual(expect.arrayContaining([...shared, "engine/formats/buckets/write-buckets.ts"]))
    expect(copc.modules).toEqual(expect.arrayContaining([...shared, "engine/formats/copc/open-copc.ts"]))
    expect(laz.left).toContain("engine/formats/copc/open-copc.ts")
    expect(copc.left).toContain("engine/formats/buckets/gather-buckets.ts")
    for (const { modules } of [laz, copc])
      expect(modules.filter((path) => /http|s3|crs|las-writer|raster/.test(path))).toEqual([])
  })

  it("leaves out what only types are used of", () => {
    expect(laz.modules).not.toContain("engine/worker/worker-state.ts")
    expect(laz.modules).not.toContain("engine/formats/buckets/wasm/core-types.ts")
  })

  // 62 and 56 % of the 139 and 137 modules of commit 39345367, counted alike.
  it("is at most 86 modules for LAZ and 76 for COPC", () => {
    expect(laz.modules.length, laz.modules.join("\n")).toBeLessThanOrEqual(86)
    expect(copc.modules.length, copc.modules.join("\n")).toBeLessThanOrEqual(76)
  })

  it("is refused for a kernel that is none", () => {
    expect(() => readPaths("mesh.nothing")).toThrow("mesh.nothing")
  })
})
