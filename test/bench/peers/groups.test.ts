/** Every group beyond LAZ in its least form, on seeded data, as built; programs and gdal-async are compared with where they are there. */
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { root } from "../../source-tree.js"

interface Row {
  readonly name: string
  readonly proof: Readonly<Record<string, number | string>>
  readonly start?: unknown
}
interface Report {
  readonly rows: readonly Row[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

const run = (env: NodeJS.ProcessEnv, ...args: string[]) =>
  promisify(execFile)(process.execPath, [`${root}dist/bench/peers/run-peers.js`, "--quick", ...args], {
    env: { ...process.env, ...env },
    maxBuffer: 1 << 26,
  })

const groupOf = async <Data>(name: string, env: NodeJS.ProcessEnv = {}): Promise<Data> => {
  const { stdout } = await run(env, "--filter", name, "--json")
  return (JSON.parse(stdout) as { groups: Record<string, Data> }).groups[name]!
}

/** No program is found there; node is started by its whole path. */
const BARE = { PATH: "/nowhere" }

/** Each peer has a row or a reason. */
const namesOf = ({ rows, skipped }: Report): string[] => [...rows, ...skipped].map(({ name }) => name).sort()

describe("bench:peers --quick", () => {
  it("triangulates seeded ground with delaunator, as many triangles", async () => {
    const [report] = await groupOf<Report[]>("delaunay")
    const [ours, theirs] = report!.rows
    expect([ours!.name, theirs!.name]).toEqual(["maille canonicalDelaunay", "delaunator"])
    expect(ours!.proof["triangles"]).toBeGreaterThan(100_000)
    expect(theirs!.proof["triangles"]).toBe(ours!.proof["triangles"])
    expect(ours!.proof["faults"]).toBe(0)
  })

  it("measures TINs by one rasteriser; martini takes its own square alone", async () => {
    const [whole, square] = await groupOf<Report[]>("raster-tin")
    expect(whole!.rows.map(({ name }) => name)).toEqual(["maille greedyTin", "delatin"])
    expect(whole!.skipped).toEqual([
      { name: "martini", reason: "it takes squares of 2^k + 1 cells alone, not 300 × 300" },
    ])
    expect(square!.rows.map(({ name }) => name)).toEqual(["maille greedyTin", "delatin", "martini"])
    for (const { name, proof } of [...whole!.rows, ...square!.rows]) {
      expect(proof["uncovered"], name).toBe(0)
      expect(proof["max"], name).toBeGreaterThan(0.01)
      expect(proof["max"], name).toBeLessThanOrEqual(name === "martini" ? 1 : 0.25001)
    }
  })

  it("traces contours and outlines as GDAL does, and names what to install for the programs that are missing", async () => {
    const [contour] = await groupOf<Report[]>("contour", BARE)
    expect(namesOf(contour!)).toEqual([
      "GRASS r.contour",
      "SAGA Contour Lines from Grid",
      "gdal.contourGenerate",
      "gdal_contour",
      "maille vector.contour",
      "maille, file to file",
    ])
    expect(contour!.skipped).toContainEqual({
      name: "gdal_contour",
      reason: "gdal_contour is not installed (Debian: gdal-bin)",
    })
    for (const { name, proof } of contour!.rows) expect(proof["features"], name).toBe(5)
    const whole = contour!.rows.find(({ name }) => name === "maille, file to file")
    expect(whole!.start).toMatchObject({ cpuMs: { median: expect.any(Number) } })
    const polygons = await groupOf<Report[]>("polygon", BARE)
    expect(polygons.map(({ rows }) => rows[0]!.proof["features"])).toEqual([22])
    for (const { rows } of polygons) {
      for (const { name, proof } of rows) {
        expect(proof["features"], name).toBe(rows[0]!.proof["features"])
        expect(proof["area"], name).toBeCloseTo(rows[0]!.proof["area"] as number, 6)
      }
    }
  })

  it("makes the polygons of classes that GDAL makes: as many, with as many rings and vertices, of the same areas", async () => {
    const [report] = await groupOf<Report[]>("coverage", BARE)
    expect(namesOf(report!)).toEqual(["gdal.polygonize", "maille traceCoverage"])
    expect(report!.rows[0]!.proof["features"]).toBeGreaterThan(1000)
    for (const { name, proof } of report!.rows) expect(proof, name).toEqual(report!.rows[0]!.proof)
  })

  it("makes the same terrain in memory, from file to file, and by gdal_grid where it is there", async () => {
    const { stdout } = await run({}, "--filter", "dtm", "--json", "--readers", "maille,gdal_grid")
    const [report] = (JSON.parse(stdout) as { groups: { dtm: Report[] } }).groups.dtm
    const rms = new Map(report!.rows.map(({ name, proof }) => [name, proof["rms"] as number]))
    expect(rms.get("maille, file to file")).toBe(0)
    if (rms.has("gdal_grid -a linear")) {
      expect(rms.get("gdal_grid -a linear")).toBeLessThan(0.001)
      // In the CRS its triangulation loses digits: the reason why programs are given local coordinates.
      expect(rms.get("gdal_grid -a linear, in Lambert-93")).toBeGreaterThan(0.005)
    } else expect(report!.skipped[0]!.reason).toBe("gdal_grid is not installed (Debian: gdal-bin)")
  })

  it("writes the layers that GDAL writes, and says that vector tiles have no writer to compare", async () => {
    const { reports, skipped } = await groupOf<{ reports: Report[]; skipped: Report["skipped"] }>("layer", BARE)
    expect(reports.map(({ rows }) => rows[0]!.proof["features"])).toEqual([5000, 5])
    for (const { rows } of reports) {
      for (const { name, proof } of rows) expect(proof["digest"], name).toBe(rows[0]!.proof["digest"])
    }
    expect(skipped[0]!.reason).toContain("tippecanoe is not installed (Debian: tippecanoe)")
  })

  it("tells our work in D, or that LASzip is missing, and prints no figure of another day as its own", async () => {
    const { stdout, stderr } = await run({}, "--filter", "unit-d")
    if (stderr.includes("skipped unit-d: D is LASzip's time: no ")) return
    expect(stdout).toMatch(/\| LASzip full \| .* \| 1\.000 \|/)
    expect(stdout).toMatch(/\| maille run --products dtm \| .* \| \d+\.\d{3} \|/)
    expect(stdout).toMatch(/\*\*Measured elsewhere, not by this command\*\*: on 2026-11-24,/)
  })

  it("does not write down what was not measured", async () => {
    await expect(run({}, "--filter", "layer", "--write-readme")).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--quick measures nothing that could be written down"),
    })
  })
})
