import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { loadKernels } from "../../../engine/job/kernels/load-kernels.js"
import type { Metrics } from "../../../engine/kernel.js"
import * as quality from "../../../engine/report/quality.js"
import { pointWarnings, summarise } from "../../../engine/report/summarise.js"
import type { TileOutcome } from "../../../engine/report/tile-outcome.js"

const qualityThresholds = quality.listThresholds((await loadKernels()).map(({ kernel }) => kernel))
const judgeMetrics = (metrics?: Metrics) => quality.judgeMetrics(metrics, qualityThresholds)
const summariseQuality = (outcomes: readonly TileOutcome[]) => quality.summariseQuality(outcomes, qualityThresholds)

const tile = (key: string, metrics?: Record<string, number>): TileOutcome => ({
  key,
  stage: "tile",
  outcome: "done",
  timeMs: 1,
  points: 1,
  peakBytes: 1,
  ...(metrics === undefined ? {} : { metrics }),
})

const folder = new URL("../../../kernels/", import.meta.url)
const sources = new Map(
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => new URL(file.replaceAll("\\", "/"), folder))
    .map((url) => [url.href, readFileSync(url, "utf8")] as const),
)
const declared = qualityThresholds.map(({ metric }) => metric.split(".")[2]).join("|")
const declarations = new RegExp(`\\b(?:${declared}): \\{(?:[^{}]|\\{[^{}]*\\})*\\}`, "g")

/**
 * The code of a kernel with all that it imports of the kernels, without comments and declarations
 * of thresholds.
 */
const codeOf = (id: string): string => {
  const files = [...sources.keys()].filter((file) => sources.get(file)?.includes(`  id: "${id}",`))
  expect(files, id).toHaveLength(1)
  const read = new Set(files)
  for (const file of read)
    for (const [, path = ""] of sources.get(file)?.matchAll(/(?:from|import\()\s*"(\.[^"]+)\.js"/g) ?? []) {
      const imported = new URL(`${path}.ts`, file).href
      if (sources.has(imported)) read.add(imported)
    }
  const comments = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm
  return [...read].map((file) => sources.get(file)?.replace(comments, "").replace(declarations, "")).join("\n")
}

/** Where an object gets a figure: a key, or a variable of its name. */
const figure = (name: string): RegExp => new RegExp(`(?:^|[{,\\s])${name.split(".")[2]}\\s*(?:[:,}=]|$)`, "m")

describe("the passport's thresholds", () => {
  it("have each a name of its own, and refusal beyond warning", () => {
    for (const { metric, warn, fail } of qualityThresholds)
      if (fail !== undefined) expect(fail, metric).toBeGreaterThanOrEqual(warn)
    expect(new Set(qualityThresholds.map(({ metric }) => metric)).size).toBe(qualityThresholds.length)
    expect(qualityThresholds.length).toBeGreaterThan(30)
  })

  it("name figures that the kernels tell", () => {
    // A figure that is renamed in a kernel's sources must be renamed in its thresholds.
    for (const { metric, share } of qualityThresholds) {
      const code = codeOf(metric.split(".").slice(0, 2).join("."))
      if (share !== undefined) expect(code, `${metric} is a share, and no figure`).not.toMatch(figure(metric))
      for (const name of share === undefined ? [metric] : [...share.parts, ...share.whole])
        expect(figure(name).test(code), name).toBe(true)
    }
    for (const name of ["unfittedRings", "movedRings", "failedBlocks"])
      expect(judgeMetrics({ [`vector.building.${name}`]: 1000 }), name).toBe("fail")
    for (const name of ["droppedEdges", "droppedLines", "droppedAbutments"])
      expect(judgeMetrics({ [`mesh.terrain.${name}`]: 1000 }), name).toBe("fail")
  })

  it("judge a value at the bound as within it", () => {
    for (const { metric, share, warn, fail } of qualityThresholds) {
      if (share !== undefined) continue
      expect(judgeMetrics({ [metric]: warn }), metric).toBe("good")
      expect(judgeMetrics({ [metric]: warn + 1e-6 }), metric).toBe(fail === warn ? "fail" : "warn")
      if (fail === undefined || fail === warn) continue
      expect(judgeMetrics({ [metric]: fail }), metric).toBe("warn")
      expect(judgeMetrics({ [metric]: fail + 1e-6 }), metric).toBe("fail")
    }
  })

  it("hold for shares, where there is a whole", () => {
    const points = (accepted: number, step: number, wall: number): Record<string, number> => ({
      "mesh.terrain.accepted": accepted,
      "mesh.terrain.rejectedStep": step,
      "mesh.terrain.rejectedAtWall": wall,
    })
    expect(judgeMetrics(points(9990, 6, 4))).toBe("good")
    expect(judgeMetrics(points(9980, 10, 10))).toBe("warn")
    expect(judgeMetrics(points(97, 0, 3))).toBe("fail")
    expect(judgeMetrics(points(0, 0, 0))).toBeUndefined()
    const buildings = (all: number, rich: number, failed: number): Record<string, number> => ({
      "mesh.building.buildings": all,
      "mesh.building.buildingsLod22": rich,
      "mesh.building.buildingsFailed": failed,
    })
    expect(judgeMetrics(buildings(10, 8, 0))).toBe("good")
    expect(judgeMetrics(buildings(10, 7, 0))).toBe("warn")
    expect(judgeMetrics(buildings(10, 10, 1))).toBe("fail")
    const { thresholds } = summariseQuality([tile("1/0/0", buildings(10, 7, 0))])
    expect(thresholds.map(({ metric, worst }) => [metric, Number(worst.toFixed(6))])).toEqual([
      ["mesh.building.simpleShare", 0.3],
      ["mesh.building.failedShare", 0],
    ])
  })

  it("take the worst figure of a tile, and none from other figures or NaN", () => {
    expect(
      judgeMetrics({ "raster.dtm.voidPercent": 0, "raster.dsm.voidPercent": 3, "mesh.surface.maxErrorM": 2 }),
    ).toBe("fail")
    expect(judgeMetrics({ "points.read": 5, "raster.dtm.voidPercent": Number.NaN })).toBeUndefined()
    expect(judgeMetrics(undefined)).toBeUndefined()
  })
})

describe("summariseQuality", () => {
  it("counts tiles by verdict and by threshold, and names the worst", () => {
    const summary = summariseQuality([
      tile("1/0/0", { "raster.dtm.voidPercent": 1 }),
      tile("1/1/0", { "raster.dtm.voidPercent": 30 }),
      tile("1/0/1", { "raster.dtm.voidPercent": 30, "raster.dsm.voidPercent": 3 }),
      tile("1/1/1", { "raster.dsm.voidPercent": 3 }),
      tile("1/2/1"),
      { ...tile("0/0/0", { "raster.dtm.voidPercent": 99 }), stage: "parent" },
    ])
    expect(summary).toMatchObject({ ok: false, good: 1, warned: 1, failed: 2 })
    const rows = summary.thresholds.map(({ metric, tiles, worst, worstTile, warned, failed }) => [
      metric,
      tiles,
      worst,
      worstTile,
      warned,
      failed,
    ])
    expect(rows).toEqual([
      ["raster.dtm.voidPercent", 3, 30, "1/0/1", 0, 2],
      ["raster.dsm.voidPercent", 2, 3, "1/0/1", 2, 0],
    ])
    expect(summariseQuality([tile("1/0/0", { "raster.dtm.voidPercent": 1 })]).ok).toBe(true)
  })

  it("names the same one of equal tiles in whatever order they ended", () => {
    const tiles = ["12/9/10", "12/10/9", "12/11/9"].map((key) => tile(key, { "raster.dtm.voidPercent": 30 }))
    for (const outcomes of [tiles, tiles.toReversed()])
      expect(summariseQuality(outcomes).thresholds[0]?.worstTile).toBe("12/10/9")
  })
})

const shares = quality.listShares((await loadKernels()).map(({ kernel }) => kernel))

describe("figures of the job", () => {
  const found = (...metrics: readonly Record<string, number>[]) =>
    quality.summariseShares(
      metrics.map((own, i) => tile(`1/${i}/0`, own)),
      shares,
    )
  const [points, roofed] = ["vector.building.class6Points", "vector.building.roofedPoints"]

  it("sum over all tasks, those that join objects too", () => {
    const joined = { "vector.building-join.joinedRoofedPoints": 60 }
    const [share, ...others] = found({ [points]: 80, [roofed]: 20 }, { [points]: 20, [roofed]: 15 }, joined)
    expect(share).toMatchObject({ metric: "vector.building.class6UnderRoof", value: 0.95, least: 0.9 })
    expect(others).toEqual([])
    expect(quality.shareWarnings([share!])).toEqual([])
  })

  it("warn below their bound and name what helps; are absent without points", () => {
    expect(quality.shareWarnings(found({ [points]: 1000, [roofed]: 84 }))).toEqual([
      expect.stringMatching(/^8\.4 % of the class 6 points are under a roof, fewer than 90 %\. .*--density 1/),
    ])
    expect(found({ [points]: 0, [roofed]: 0 })).toEqual([])
  })
})

/** A job without kernels. */
const plan = { context: { chains: { tile: [], model: [] } } as never, kernels: [] }

describe("points of classes that the scheme lacks", () => {
  const { pointsUnlisted } = summarise(
    [
      { ...tile("a#0", { "points.unlisted.26": 1200 }), stage: "source", outcome: "unchanged" },
      tile("11/8/65", { "points.unlisted.26": 34, "points.unlisted.81": 1, "points.read": 7 }),
      { ...tile("11/8/65", { "points.unlisted.26": 34 }), stage: "model" },
    ],
    [],
    1,
    { thresholds: [], shares: [] },
  )

  it("are counted once by class, also of tasks that did not run again", () => {
    expect(pointsUnlisted).toEqual({ 26: 1234, 81: 1 })
  })

  it("give one warning that names the classes and the remedy", () => {
    expect(pointWarnings({ ...(pointsUnlisted && { pointsUnlisted }) }, plan)).toEqual([
      "the class scheme lacks classes 26, 81: 1 235 points read as unclassified. To fix: --classes SCHEME, or FILE.json",
    ])
    expect(pointWarnings({}, plan)).toEqual([])
    expect(pointWarnings({ pointsOutside: 228 }, plan)).toEqual([expect.stringContaining("228 points outside the box")])
  })
})
