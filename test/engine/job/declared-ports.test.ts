import { describe, expect, it } from "vitest"
import { declaredPorts, describeModules } from "../../../engine/job/declared-ports.js"
import type { Kernel } from "../../../engine/kernel.js"

const style = { layer: "wind", label: "Wind", needs: "points", unit: "m/s" }
const kernel = {
  id: "my.wind",
  version: 2,
  summary: "",
  inputs: {},
  outputs: { wind: { kind: "raster", style, cell: () => 5 }, path: { kind: "blob" } },
  options: {},
} as unknown as Kernel

describe("the products of third-party kernels", () => {
  it("are those that a job states, without running them", async () => {
    const own = { url: "file:///own.js", kernel: { ...kernel, id: "raster.own" } as Kernel }
    const loaded = { url: "file:///a%20b/wind.js#my.wind", kernel, digest: "12" }
    const modules = JSON.parse(JSON.stringify(describeModules([own, loaded]))) as { path: string }[]
    expect(modules).toMatchObject([{ path: "/a b/wind.js", sha256: "12", kernels: [{ id: "my.wind", version: 2 }] }])
    expect((await declaredPorts(modules)).rasters.get("wind")?.style).toEqual(style)
    expect((await declaredPorts()).rasters.has("wind")).toBe(false)
  })

  it("are left out where a job states what is none", async () => {
    const none = (await declaredPorts()).rasters.size
    const kernels = [{ id: 1 }, "text", { ...kernel, outputs: { wind: { kind: "raster", style: { label: 7 } } } }]
    for (const modules of ["text", [1, { kernels: 2 }], {}])
      expect((await declaredPorts(modules)).rasters.size).toBe(none)
    const { rasters } = await declaredPorts([{ kernels }])
    expect([rasters.size, rasters.get("wind")]).toEqual([none + 1, { kind: "raster" }])
  })
})
