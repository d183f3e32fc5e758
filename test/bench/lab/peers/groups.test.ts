/**
 * Every comparison in its least form, on seeded data, as built; programs and gdal-async are
 * compared with where they are there.
 */
import { describe, expect, it } from "vitest"
import type { Machine } from "../../../../bench/lab/peers/record.js"
import { jsonOf } from "../../../run-maille.js"
import { sharedData } from "../../../shared-data.js"
import { startLab } from "../run-lab.js"

interface Report {
  readonly rows: readonly {
    readonly name: string
    readonly amount: number
    readonly proof: Readonly<Record<string, number | string>>
    readonly startMs?: unknown
  }[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

/** No program is found there; node is started by its whole path. */
const BARE = { PATH: "/nowhere" }

const peers = (env: NodeJS.ProcessEnv, ...args: string[]) => startLab(["peers", "--quick", ...args], env).ended

const reportsOf = async (name: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Report[]> =>
  jsonOf(await peers(env, "--filter", name, "--json", ...args)).groups[name]

/** Each peer has a row or a reason. */
const namesOf = ({ rows, skipped }: Report): string[] => [...rows, ...skipped].map(({ name }) => name).sort()

describe("lab peers --quick", () => {
  it("triangulates seeded ground with delaunator, as many triangles", async () => {
    const [report] = await reportsOf("delaunay", {})
    const [ours, theirs] = report!.rows
    expect([ours!.name, theirs!.name]).toEqual(["maille canonicalDelaunay", "delaunator"])
    expect(ours!.proof["triangles"]).toBeGreaterThan(100_000)
    expect(theirs!.proof["triangles"]).toBe(ours!.proof["triangles"])
  })

  it("measures TINs by one rasteriser", async () => {
    const [report] = await reportsOf("raster-tin", {})
    expect(report!.rows.map(({ name }) => name)).toEqual(["maille greedyTin", "delatin"])
    for (const { name, proof } of report!.rows) {
      expect(proof["uncovered"], name).toBe(0)
      expect(proof["max"], name).toBeGreaterThan(0.01)
      expect(proof["max"], name).toBeLessThanOrEqual(0.25001)
    }
  })

  it("traces contours and outlines as GDAL does, and names what to install for the programs that are missing", async () => {
    const [contour] = await reportsOf("contour", BARE)
    expect(namesOf(contour!)).toEqual([
      "gdal.contourGenerate",
      "gdal_contour",
      "maille vector.contour",
      "maille, file to file",
    ])
    const reason = "gdal_contour is not installed (Debian: gdal-bin)"
    expect(contour!.skipped).toContainEqual({ name: "gdal_contour", reason })
    for (const { name, proof } of contour!.rows) expect(proof["features"], name).toBe(5)
    const whole = contour!.rows.find(({ name }) => name === "maille, file to file")
    expect(whole!.startMs).toMatchObject({ median: expect.any(Number) })
    const [polygon] = await reportsOf("polygon", BARE)
    expect(polygon!.rows.map(({ proof }) => proof["features"])).toEqual(polygon!.rows.map(() => 22))
  })

  it("writes the layers that GDAL writes", async () => {
    const reports = await reportsOf("layer", BARE)
    expect(reports.map(({ rows }) => rows[0]!.proof["features"])).toEqual([5000, 5])
    for (const { rows } of reports)
      for (const { name, proof } of rows) expect(proof["digest"], name).toBe(rows[0]!.proof["digest"])
  })

  it("shows our work in D, or that LASzip is missing", async () => {
    const { stdout, stderr } = await peers({}, "--filter", "unit-d")
    if (stderr.includes("skipped unit-d: D is LASzip's time: no ")) return
    expect(stdout).toMatch(/\| LASzip full \| .* \| 1\.00 \|/)
    expect(stdout).toMatch(/\| \*maille run --products dtm\* \| .* \| \d+\.\d\d \|/)
  })

  it("refuses to write down what was not measured, and comparisons that are not there", async () => {
    const quick = await peers({}, "--filter", "layer", "--write")
    expect([quick.code, quick.stderr]).toEqual([2, "lab: --quick measures nothing that could be written down\n"])
    expect((await peers({}, "--filter", "zebra")).stderr).toContain('no comparison holds "zebra": laz-reading,')
  })
})

describe.skipIf(!sharedData)("lab peers on a real file", () => {
  const colours = `${sharedData}/lidar-hd/ign-pdal-tools/test_data_77055_627755_LA93_IGN69_extra_dims.laz`

  it("compares the readers, all with the same points, and shows who cannot read it", async () => {
    const { groups, machine } = jsonOf(await peers({}, "--filter", "laz-reading", "--json", colours)) as {
      groups: Record<"laz-reading", Report[]>
      machine: Machine
    }
    const [report] = groups["laz-reading"]
    expect(machine.versions["laz-perf"]).toBe("0.0.7")
    const names = report!.rows.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(["maille wasm selective", "maille library all", "laz-perf"]))
    expect(names.includes("LASzip full")).toBe(machine.versions["LASzip"] !== undefined)
    for (const { name, amount, proof } of report!.rows) {
      expect(amount, name).toBe(72_770)
      expect(proof, name).toEqual(report!.rows[0]!.proof)
    }
    expect(report!.skipped).toContainEqual({ name: "copc.js", reason: "reads COPC only" })
  })

  it("prints a table for people", async () => {
    const { stdout } = await peers({}, "--filter", "laz-writing", colours)
    expect(stdout).toMatch(/^### Writing LAZ .*\n\n\d{4}-\d\d-\d\d; /)
    expect(stdout).toMatch(/\| maille writer \| .* \| [\d ]+ \| [0-9a-f]{16} \| \d+\.\d\d \|/)
  })

  it("refuses files that are no layered LAZ", async () => {
    const legacy = `${sharedData}/lidar-hd/ign-pdal-tools/classified_laz/test_data_77050_627755_LA93_IGN69.laz`
    const { code, stderr } = await peers({}, "--filter", "laz-reading", legacy)
    expect(code).toBe(70)
    expect(stderr).toContain("is no LAZ of point format 6, 7 or 8")
  })
})
