/** What the groups ask of peers before they print a time; and a comparison of programs that are made up. */
import { describe, expect, it } from "vitest"
import { checkContours, shareText } from "../../../bench/peers/contour-group.js"
import { checkCoverage } from "../../../bench/peers/coverage-group.js"
import { checkTriangles } from "../../../bench/peers/delaunay-group.js"
import { checkHeights } from "../../../bench/peers/dtm-group.js"
import { checkLayers } from "../../../bench/peers/layer-group.js"
import { ELSEWHERE, inD } from "../../../bench/peers/measured-elsewhere.js"
import { checkPolygons } from "../../../bench/peers/polygon-group.js"
import { checkTins } from "../../../bench/peers/tin-group.js"
import { unitNote } from "../../../bench/peers/unit-d-group.js"
import { compareWork, type WorkReport, type WorkRow } from "../../../bench/peers/work-comparison.js"

const one = { median: 1, low: 1, high: 1 }

const row = <Proof>(name: string, proof: Proof, whole = false): WorkRow<Proof> => ({
  name,
  work: "",
  whole,
  passes: 1,
  amount: 1,
  cpuMs: one,
  wallMs: one,
  against: "maille",
  times: one,
  proof,
})
const report = <Proof>(...rows: WorkRow<Proof>[]): WorkReport<Proof> => ({ rows, skipped: [] })

describe("compareWork", () => {
  // Answers with given times, pass by pass; the first pass is none of the rounds.
  const peer = (name: string, times: readonly number[], against?: string) => {
    const script = `const t = ${JSON.stringify(times)}; let i = 0; console.log("{}")
      process.stdin.on("data", () => console.log(JSON.stringify({ points: 9, cpuMs: t[i], wallMs: 1000, sum: t[i++] })))`
    const command = { command: process.execPath, args: ["-e", script] }
    return { name, work: "made up", command, ...(against === undefined ? {} : { against }) }
  }
  const compare = (...others: ReturnType<typeof peer>[]) =>
    compareWork<{ sum: number }>("file", [], "", { passes: 3, quick: true, onProgress: () => {}, others })

  it("takes medians, quotients pass by pass, and the proof of the last pass; the first pass does not count", async () => {
    const { rows } = await compare(peer("base", [99, 1, 2, 4]), peer("other", [99, 3, 4, 4], "base"))
    expect(rows.map(({ name, cpuMs }) => [name, cpuMs.median])).toEqual([
      ["base", 2],
      ["other", 4],
    ])
    // 3/1, 4/2 and 4/4.
    expect(rows[1]).toMatchObject({ times: { median: 2 }, proof: { sum: 4 }, amount: 9, passes: 3, against: "base" })
  })

  it("leaves out, with the reason, who cannot; and fails when that is one of ours", async () => {
    const failing = (name: string) => ({
      ...peer(name, []),
      command: { command: process.execPath, args: ["-e", `console.log('{"error":"no such thing (Debian: thing)"}')`] },
    })
    const { rows, skipped } = await compare(peer("base", [1, 1, 1, 1]), failing("thing"))
    expect(rows).toHaveLength(1)
    expect(skipped).toEqual([{ name: "thing", reason: "no such thing (Debian: thing)" }])
    await expect(compare(failing("maille thing"))).rejects.toThrow("maille thing: no such thing")
  })
})

describe("the checks of groups", () => {
  it("want equal triangle counts, and none of our edges wrong", () => {
    const ours = row("maille", { triangles: 10, faults: 0 })
    checkTriangles(report(ours, row("peer", { triangles: 10, faults: 3 })))
    expect(() => checkTriangles(report(ours, row("peer", { triangles: 9, faults: 0 })))).toThrow(
      "peer gives 9 triangles",
    )
    expect(() => checkTriangles(report(row("maille", { triangles: 10, faults: 1 })))).toThrow(
      "1 edges are not Delaunay",
    )
  })

  it("want surfaces that cover the raster, and ours within its bound", () => {
    const proof = { triangles: 2, max: 0.25, rms: 0.1, uncovered: 0 }
    checkTins(report(row("maille", proof), row("martini", { ...proof, max: 0.4 })), 0.25)
    expect(() => checkTins(report(row("maille", { ...proof, max: 0.2501 })), 0.25)).toThrow("0.2501 m above the bound")
    expect(() => checkTins(report(row("peer", { ...proof, uncovered: 1 })), 0.25)).toThrow("peer leaves 1 cells")
  })

  it("want contours within the tolerance in memory, and our process equal", () => {
    const proof = { features: 1000, vertices: 50_000, length: 2000, area: 0 }
    const ours = row("maille", proof)
    checkContours(
      report(ours, row("gdal", { ...proof, length: 2001, features: 1004 }), row("saga", { ...proof, length: 1 }, true)),
    )
    expect(() => checkContours(report(ours, row("gdal", { ...proof, length: 2003 })))).toThrow("gdal: length 2003")
    expect(() => checkContours(report(ours, row("maille process", { ...proof, vertices: 50_001 }, true)))).toThrow(
      "vertices",
    )
  })

  it("want equal polygons in memory", () => {
    const proof = { features: 10, vertices: 80, length: 0, area: 1000.25 }
    const ours = row("maille", proof)
    checkPolygons(report(ours, row("gdal", { ...proof, vertices: 90 }), row("saga", { ...proof, features: 9 }, true)))
    expect(() => checkPolygons(report(ours, row("gdal", { ...proof, area: 1000 })))).toThrow(
      "gdal: 10 polygons of 1000 m²",
    )
    expect(() => checkPolygons(report(ours, row("gdal", { ...proof, features: 9 })))).toThrow("gdal: 9 polygons")
  })

  it("want as many polygons of classes, of the same areas", () => {
    const proof = { features: 10, rings: 12, vertices: 80, areas: "1: 20, 2: 30" }
    const [ours, same] = [row("maille", proof), row("gdal", { ...proof, vertices: 81 })]
    checkCoverage(report(ours, same))
    expect(() => checkCoverage(report(ours, row("gdal", { ...proof, features: 9 })))).toThrow("gdal: 9 polygons")
    expect(() => checkCoverage(report(ours, row("gdal", { ...proof, areas: "1: 20, 2: 31" })))).toThrow("2: 31")
  })

  it("want the heights of GDAL's TIN near ours, and our process's equal", () => {
    const near = { cells: 100, rms: 0.001, max: 0.1 }
    checkHeights(report(row("gdal_grid -a linear", near), row("GRASS v.surf.idw", { ...near, rms: 0.5 })))
    expect(() => checkHeights(report(row("gdal_grid -a linear", { ...near, rms: 0.02 })))).toThrow("0.02 m from ours")
    expect(() => checkHeights(report(row("maille, file to file", near)))).toThrow("at most 0 m")
    expect(() => checkHeights(report(row("saga", { cells: 0, rms: 0, max: 0 })))).toThrow("saga: no cell in common")
  })

  it("want the same features written", () => {
    const proof = { bytes: 10, features: 1, vertices: 2, digest: "a" }
    checkLayers(report(row("maille", proof), row("gdal", { ...proof, bytes: 11 })))
    expect(() => checkLayers(report(row("maille", proof), row("gdal", { ...proof, digest: "b" })))).toThrow(
      "digest b for a",
    )
  })
})

describe("shareText", () => {
  it("tells a quotient as a difference", () => {
    expect([1, 1.00123, 0.9].map(shareText)).toEqual(["equal", "+0.123 %", "−10.000 %"])
  })
})

describe("unitNote", () => {
  const rows = [
    { work: "maille library all", what: "LAZ to every attribute", cpuMs: 150, wallMs: 160, d: 1.5 },
    { work: "maille run --products dtm", what: "", cpuMs: 300, wallMs: 320, d: 3 },
    { work: "maille run --products dtm,dsm", what: "", cpuMs: 500, wallMs: 520, d: 5 },
    { work: "maille, file to file", what: "contours of a.tif every 1 m", cpuMs: 100, wallMs: 120, d: 0.111 },
  ]
  const text = unitNote({ file: "a.laz", points: 10, laszipMs: 100, rows })

  it("sets our work beside the same of another day, marked as such", () => {
    expect(text).toContain("| work | maille, this run, D | measured elsewhere, 2026-11-24, D |")
    expect(text).toMatch(/\| decode LAZ: every attribute \| 1\.50 \| PDAL .* 1\.63; LASlib, 1 thread 0\.99; /)
    expect(text).toMatch(/\| LAZ to the terrain raster of 0.5 m, TIN \| 3\.00 \| PDAL .* 3\.43; lasR .* 3\.57 \|/)
    expect(text).toContain("| LAZ to terrain and surface rasters of 0.5 m | 5.00 | – |")
    expect(text).toContain(
      "| contours of a raster of 1 km² every 1 m, file to file | 0.11 | gdal_contour 3.10.3 0.04 |",
    )
    expect(text).not.toContain("Delaunay")
  })
})

describe("inD", () => {
  it("divides by LASzip's time of the same clock", () => {
    const row = { work: "", peer: "", seconds: 3.92 } as const
    expect(inD({ ...row, by: "clock" })).toBeCloseTo(0.5, 12)
    expect(inD({ ...row, by: "processor" })).toBeCloseTo(0.50256, 5)
    expect(ELSEWHERE.filter((entry) => !(inD(entry) > 0.01 && inD(entry) < 5))).toEqual([])
  })
})
