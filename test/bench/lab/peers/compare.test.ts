/**
 * What the groups ask of peers before they print a time; and a comparison of programs that are made
 * up.
 */
import { describe, expect, it } from "vitest"
import type { LayerFigures } from "../../../../bench/gdal-layers.js"
import { checkFigures, compareWork, formatReport, type Row } from "../../../../bench/lab/peers/compare.js"
import { TOLERANCE as contourTolerance } from "../../../../bench/lab/peers/contour.js"
import { comparison as delaunay } from "../../../../bench/lab/peers/delaunay.js"
import { shareText } from "../../../../bench/lab/peers/markdown.js"
import { TOLERANCE as polygonTolerance } from "../../../../bench/lab/peers/polygon.js"
import { checkTins } from "../../../../bench/lab/peers/raster-tin.js"
import { row } from "./made-row.js"

const task = { label: "", word: "" }

describe("compareWork", () => {
  // Answers with given times, pass by pass; the first pass is none of the rounds.
  const peer = (name: string, times: readonly number[], against?: string) => {
    const script = `const t = ${JSON.stringify(times)}; let i = 0; console.log("{}")
      process.stdin.on("data", () => console.log(JSON.stringify({ points: 9, cpuMs: t[i], wallMs: 1000, sum: t[i++] })))`
    const command = { command: process.execPath, args: ["-e", script] }
    return { name, work: "made up", command, ...(against === undefined ? {} : { against }) }
  }
  const compare = (...others: ReturnType<typeof peer>[]) =>
    compareWork<{ sum: number }>(
      { name: "made-up", peers: [] },
      { ...task, others },
      { files: [], passes: 3, quick: true, onProgress: () => {} },
    )

  it("takes medians, quotients pass by pass, and the proof of the last pass; the first pass does not count", async () => {
    const { rows } = await compare(peer("base", [99, 1, 2, 4]), peer("other", [99, 3, 4, 4], "base"))
    expect(rows.map(({ name, cpuMs }) => [name, cpuMs.median])).toEqual([
      ["base", 2],
      ["other", 4],
    ])
    // 3/1, 4/2 and 4/4.
    expect(rows[1]).toMatchObject({ times: { median: 2 }, proof: { sum: 4 }, amount: 9, against: "base" })
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

describe("the checks of comparisons", () => {
  it("want equal triangle counts", () => {
    const check = (theirs: number) => {
      const rows = [row("maille", { triangles: 10 }), row("peer", { triangles: theirs })]
      delaunay.check?.(rows, task)
    }
    check(10)
    expect(() => check(9)).toThrow("peer gives 9 triangles")
  })

  it("want surfaces that cover the raster, and ours within its bound", () => {
    const proof = { triangles: 2, max: 0.25, rms: 0.1, uncovered: 0 }
    checkTins([row("maille", proof), row("peer", { ...proof, max: 0.4 })], 0.25)
    expect(() => checkTins([row("maille", { ...proof, max: 0.2501 })], 0.25)).toThrow("0.2501 m above the bound")
    expect(() => checkTins([row("peer", { ...proof, uncovered: 1 })], 0.25)).toThrow("peer leaves 1 cells")
  })

  it("want contours within the tolerance in memory, and our process equal", () => {
    const proof = { features: 1000, vertices: 50_000, length: 2000, area: 0 }
    const ours = row("maille", proof)
    const near = row("gdal", { ...proof, length: 2001, features: 1004 })
    const check = (...rows: Row<LayerFigures>[]) => checkFigures(rows, contourTolerance)
    check(ours, near, row("program", { ...proof, length: 1 }, true))
    expect(() => check(ours, row("gdal", { ...proof, length: 2003 }))).toThrow("gdal: length 2003")
    expect(() => check(ours, row("maille process", { ...proof, vertices: 50_001 }, true))).toThrow("vertices")
  })

  it("want equal polygons in memory", () => {
    const proof = { features: 10, vertices: 80, length: 0, area: 1000.25 }
    const ours = row("maille", proof)
    const check = (...rows: Row<LayerFigures>[]) => checkFigures(rows, polygonTolerance)
    check(ours, row("gdal", { ...proof, vertices: 90 }), row("program", { ...proof, features: 9 }, true))
    expect(() => check(ours, row("gdal", { ...proof, area: 1000 }))).toThrow("gdal: area 1000, maille has 1000.25")
    expect(() => check(ours, row("gdal", { ...proof, features: 9 }))).toThrow("gdal: features 9")
  })
})

describe("tableOf", () => {
  it("has a line for each peer, whole processes in italics, and the reasons of those left out", () => {
    const rows = [row("maille", { lines: 3 }), row("peer", { lines: 4 }, true)]
    const skipped = [{ name: "other", reason: "not installed" }]
    const table = formatReport({ rows, skipped }, [{ heading: "lines", cell: ({ proof }) => String(proof.lines) }])
    expect(table.split("\n")).toEqual([
      "| peer | work | lines | processor ms | quartiles | ms by the clock | start-up ms | × maille |",
      "| --- | --- | --: | --: | --: | --: | --: | --: |",
      "| maille |  | 3 | 1.00 | 1.00–1.00 | 1.00 | – | 1.00 |",
      "| *peer* |  | 4 | 1.00 | 1.00–1.00 | 1.00 | – | 1.00 |",
      "",
      "Skipped other: not installed.",
    ])
  })
})

describe("shareText", () => {
  it("tells a quotient as a difference", () => {
    expect([1, 1.00123, 0.9].map(shareText)).toEqual(["equal", "+0.123 %", "−10.000 %"])
  })
})
