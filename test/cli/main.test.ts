import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Ajv } from "ajv"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { asOutput } from "../output-folder.js"
import { sharedData } from "../shared-data.js"
import { maille } from "./maille.js"

let folder = ""
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "maille-cli-"))
  const count = 2500
  const points = {
    count,
    x: Int32Array.from({ length: count }, (_, i) => (i % 50) * 1000 + 10),
    y: Int32Array.from({ length: count }, (_, i) => Math.floor(i / 50) * 1000 + 10),
    z: new Int32Array(count),
    scale: 0.001,
    origin: [770_500, 6_277_500, 0] as const,
    classification: Uint8Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 2 : 6)),
    returnNumber: new Uint8Array(count).fill(1),
    numberOfReturns: new Uint8Array(count).fill(1),
  }
  writeFileSync(join(folder, "tile.las"), encodeLas(points, { pointFormat: 6, epsg: 2154 }))
  writeFileSync(join(folder, "broken.las"), "not a point file ".repeat(40))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe("maille", () => {
  it("shows its commands, its version and its exit codes", async () => {
    const help = await maille("--help")
    expect(help.code).toBe(0)
    for (const name of ["run", "plan", "inspect", "validate", "hash", "kernels", "bench"])
      expect(help.stdout).toContain(`\n  ${name} `)
    expect((await maille("--help-all")).stdout).toMatch(/\n {2}130 +stopped/)
    expect((await maille("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it("makes the help of run from the kernels' declarations", async () => {
    const { stdout, code } = await maille("run", "--help-all")
    expect(code).toBe(0)
    for (const flag of ["--tile-size", "--imagery", "--max-error", "--interval", "--set", "--dry-run", "--geoid"]) {
      expect(stdout).toContain(flag)
    }
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "(mesh.surface, mesh.pyramid: default 0.25; mesh.terrain, mesh.model-pyramid: default 0.15)",
    )
  })

  it("with --json prints one JSON document, for failures too", async () => {
    const usage = await maille("run", "x.las", "--out", "o", "--tile-size", "300", "--json")
    expect(JSON.parse(usage.stdout)).toMatchObject({ error: { code: "E_USAGE", context: { option: "--tile-size" } } })
    expect(usage.code).toBe(2)
    const flag = await maille("hash", "--frob", "--json")
    expect(JSON.parse(flag.stdout)).toMatchObject({ error: { code: "E_USAGE" } })
  })
})

describe("maille kernels", () => {
  it("lists each with its ports and options", async () => {
    const kernels = JSON.parse((await maille("kernels", "--json")).stdout) as { id: string; onRequest?: true }[]
    expect(kernels.map(({ id }) => id)).toContain("mesh.surface")
    for (const { onRequest, ...kernel } of kernels) {
      expect(Object.keys(kernel)).toEqual(["id", "version", "summary", "stages", "inputs", "outputs", "options"])
      expect(onRequest ?? false, kernel.id).toBe(kernel.id.startsWith("simulation."))
    }
  })

  it("lists a line per kernel that fits a terminal, and describes one by its id", async () => {
    const [head = "", ...rows] = (await maille("kernels")).stdout.trimEnd().split("\n")
    expect(head).toMatch(/^KERNEL +STAGE +MAKES$/)
    expect(rows.filter((row) => /^\w+\.[\w-]+ /.test(row)).length).toBeGreaterThan(25)
    expect(rows.filter((row) => row.length > 130)).toEqual([])
    const { stdout } = await maille("kernels", "vector.water")
    expect(stdout).toContain("water-surface-points  points of classes 2, 6, 9, 17")
    expect(stdout).toMatch(/^ {2}clear=1\.5 +smallest distance/m)
    expect((await maille("kernels", "vector.watr")).stderr).toContain('Did you mean "vector.water"')
    const flow = (await maille("kernels", "simulation.flow")).stdout
    expect(flow).toMatch(/simulation\.flow-tile, which runs before it[\s\S]*\n {2}streamArea=10000/)
  })

  it("prints the schema of job files, which a job keeps", async () => {
    const schema = JSON.parse((await maille("kernels", "--schema")).stdout) as object
    const validate = new Ajv({ allowUnionTypes: true }).compile(schema)
    expect(validate({ inputs: ["a.laz"], out: "o", options: { "mesh.surface": { maxError: 0.1 } } })).toBe(true)
    expect(validate({ inputs: ["a.laz"], out: "o", options: { "mesh.surface": { maxErr: 0.1 } } })).toBe(false)
  })
})

describe("maille inspect", () => {
  it("tells what a file holds, and by its exit code what cannot be used", async () => {
    const { code, stdout } = await maille("inspect", join(folder, "tile.las"), join(folder, "broken.las"), "--json")
    const answer = JSON.parse(stdout)
    expect(answer.sources).toHaveLength(1)
    expect(answer.sources[0]).toMatchObject({
      format: "las",
      points: 2500,
      bbox: [770_500.01, 6_277_500.01, 770_549.01, 6_277_549.01],
      densityPerM2: 1,
      classes: { 2: 1250, 6: 1250 },
      faults: [],
      crs: { epsg: 2154 },
      usable: true,
    })
    expect(answer.rejected).toHaveLength(1)
    expect(answer.gaps).toEqual([])
    expect(code).toBe(1)
    expect((await maille("inspect", join(folder, "tile.las"))).code).toBe(0)
    expect((await maille("inspect", join(folder, "broken.las"))).code).toBe(3)
  })
})

describe("maille run and plan", () => {
  it("exit 3 when the only input is broken", async () => {
    const { code, stderr } = await maille("run", join(folder, "broken.las"), "--out", join(folder, "out"))
    expect(stderr).toContain("broken.las")
    expect(code).toBe(3)
  })

  it("plan tells the work tiles and writes nothing", async () => {
    const out = join(folder, "planned")
    const { code, stdout } = await maille("plan", join(folder, "tile.las"), "--out", out, "--tile-size", "50", "--json")
    const plan = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(plan.tasks).toHaveLength(1)
    expect(plan.tasks[0]).toMatchObject({ stage: "tile", sources: [join(folder, "tile.las")] })
    for (const field of ["points", "bytes", "costCoreSeconds", "shards"]) expect(plan[field]).toBeGreaterThan(0)
    await expect(maille("hash", out)).resolves.toMatchObject({ code: 3 })
  })
})

describe("maille hash", () => {
  it("hash prints one hash, or one a file", async () => {
    const out = join(folder, "products")
    mkdirSync(out)
    writeFileSync(join(out, "tileset.json"), "{}")
    asOutput(out)
    const { stdout } = await maille("hash", out)
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/)
    const list = JSON.parse((await maille("hash", out, "--list", "--json")).stdout)
    expect(list).toMatchObject({ hash: stdout.trim(), count: 1, files: [{ path: "tileset.json" }] })
  })
})

describe.skipIf(!sharedData)("maille inspect on real files", () => {
  it("counts points and classes as the files' own list has them", async () => {
    const tile = `${sharedData}/lidar-hd/lidar-for-fuel/test_data_0000_0000_LA93_IGN69.laz`
    const { sources } = JSON.parse((await maille("inspect", tile, "--json")).stdout)
    expect(sources[0]).toMatchObject({
      points: 84_524,
      densityPerM2: 33.65,
      classes: { 1: 2060, 2: 21_172, 3: 226, 4: 1227, 5: 30_392, 6: 29_447 },
    })
  })
})
