import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { Ajv } from "ajv"
import { describe, expect, it } from "vitest"
import { type JobInput, resolveJob } from "../../../engine/job/job.js"
import { jobSchema } from "../../../engine/job/job-schema.js"
import { checkJob, readJobFile } from "../../../engine/plan/job-file.js"

const kernels = [
  {
    id: "mesh.surface",
    options: {
      maxError: { type: "number", default: 0.25, min: 0.01, max: 50, unit: "m", help: "bound" },
      walls: { type: "boolean", default: true, help: "walls" },
      mode: { type: "string", default: "tin", choices: ["tin", "grid"], help: "mode" },
    },
  },
  { id: "vector.contour", options: { interval: { type: "number", default: 1, help: "interval" } } },
] as const
const base: JobInput = { inputs: ["a.laz"], out: "out" }
const settings = { kernels, folder: "/data" }

describe("resolveJob", () => {
  it("fills in the defaults and makes paths absolute, but not addresses", async () => {
    const job = await resolveJob({ inputs: ["a.laz", "x/*.laz", "https://host/t.copc.laz"], out: "out" }, settings)
    expect(job.inputs).toEqual(["/data/a.laz", "/data/x/*.laz", "https://host/t.copc.laz"])
    expect(job).toMatchObject({ out: "/data/out", tileSize: 1000, heights: "orthometric", force: false, options: {} })
    expect(job.products).toEqual(["dtm", "dsm", "dhm", "mesh", "texture", "vector"])
    expect(job.workers).toBeGreaterThan(0)
    expect(job.memoryBytes).toBeGreaterThanOrEqual(256 * 2 ** 20)
  })

  it("reads sizes, boxes, codes and products in their readable forms", async () => {
    const input = { ...base, memory: "1.5GiB", bbox: "1,2,3.5,4", crs: "EPSG:2975", products: ["vector", "dtm"] }
    const job = await resolveJob(input, settings)
    expect(job).toMatchObject({
      memoryBytes: 1.5 * 2 ** 30,
      bbox: [1, 2, 3.5, 4],
      epsg: 2975,
      products: ["dtm", "vector"],
    })
  })

  it.each<[string, Partial<JobInput>, RegExp]>([
    ["no input", { inputs: [] }, /inputs/],
    ["no output", { out: "" }, /--out/],
    ["tile size", { tileSize: 300 }, /--tile-size: "300" is not valid; expected one of 1000, 500/],
    ["workers", { workers: 0 }, /--workers: "0"/],
    ["memory", { memory: "lots" }, /--memory: "lots" is not valid/],
    ["too little memory", { memory: "1M" }, /--memory/],
    ["box", { bbox: "1,2,1,4" }, /--bbox/],
    ["box with a hole", { bbox: "1,,3,4" }, /--bbox/],
    ["box and area", { bbox: "1,2,3,4", aoi: "x.geojson" }, /--aoi: .* with --bbox/],
    ["code", { crs: "Lambert" }, /--crs/],
    ["heights", { heights: "above" }, /--heights/],
    ["layers without vector", { products: ["dtm"], layers: ["roof"] }, /--layers: .*vector/],
    ["no layers", { layers: [] }, /--layers/],
    ["product", { products: ["dtmm"] }, /--products: unknown product "dtmm". Did you mean "dtm"\?/],
    ["kernel", { options: { "mesh.surfac": {} } }, /unknown kernel "mesh.surfac"\. Did you mean "mesh.surface"\?/],
    ["option", { options: { "mesh.surface": { maxErr: 1 } } }, /Did you mean "maxError"\?/],
    [
      "bounds",
      { options: { "mesh.surface": { maxError: 0 } } },
      /mesh.surface.maxError: 0 is not valid; expected a number from 0.01 to 50 m/,
    ],
    ["choice", { options: { "mesh.surface": { mode: "mesh" } } }, /one of tin, grid/],
    ["type", { options: { "mesh.surface": { walls: 1 } } }, /true or false/],
  ])("refuses a wrong %s as E_USAGE", async (_name, wrong, text) => {
    const refusal = resolveJob({ ...base, ...wrong }, settings)
    await expect(refusal).rejects.toThrow(text)
    await expect(refusal).rejects.toMatchObject({ code: "E_USAGE" })
  })

  it("tells a missing file as E_INPUT", async () => {
    await expect(resolveJob({ ...base, geoid: "absent.tif" }, settings)).rejects.toMatchObject({ code: "E_INPUT" })
  })
})

describe("job files", () => {
  it("have a schema that compiles and that a resolved job keeps", async () => {
    const validate = new Ajv({ allowUnionTypes: true }).compile(jobSchema(kernels))
    const job = await resolveJob({ ...base, options: { "vector.contour": { interval: 5 } }, bbox: "1,2,3,4" }, settings)
    expect(validate({ ...job, version: "1.0.0", leafLevel: 11 })).toBe(true)
    expect(validate({ inputs: ["a"] })).toBe(false)
  })

  it.each<[unknown, RegExp]>([
    [{ ...base, tileSise: 50 }, /unknown field "tileSise". Did you mean "tileSize"\?/],
    [{ ...base, options: { "mesh.surfac": {} } }, /unknown kernel "mesh.surfac"/],
    [{ ...base, options: { "mesh.surface": { maxErr: 1 } } }, /option of mesh.surface "maxErr"/],
    [{ ...base, options: { "mesh.surface": { maxError: "1" } } }, /options.mesh.surface.maxError must be number/],
    [{ ...base, tileSize: 300 }, /tileSize .*1000, 500/],
    [[], /job must be object/],
  ])("are refused with the place of the fault: %j", async (value, text) => {
    await expect(checkJob(value, kernels, "job.json")).rejects.toThrow(text)
  })

  it("are read with paths from their own folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "maille-job-"))
    const path = join(folder, "job.json")
    writeFileSync(path, JSON.stringify({ inputs: ["a.laz"], out: "out" }))
    expect(await readJobFile(path)).toMatchObject({ inputs: [join(folder, "a.laz")], out: join(folder, "out") })
    writeFileSync(path, "{")
    await expect(readJobFile(path)).rejects.toMatchObject({ code: "E_USAGE" })
    rmSync(folder, { recursive: true })
    await expect(readJobFile(resolve(path))).rejects.toMatchObject({ code: "E_INPUT" })
  })
})
