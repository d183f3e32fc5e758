import { describe, expect, it } from "vitest"
import { summariseMetrics } from "../../../engine/report/metrics.js"
import type { TileOutcome } from "../../../engine/report/outcome.js"
import { reportPage } from "../../../engine/report/report-page.js"
import type { ReportFacts } from "../../../engine/report/write-report.js"

const evil = `<script>alert("1")</script>'&`
const tile = (key: string, rest: Partial<TileOutcome> = {}): TileOutcome => ({
  key,
  scope: "tile",
  outcome: "done",
  timeMs: 1200,
  points: 1_234_567,
  peakBytes: 5e7,
  ...rest,
})
const facts = (tiles: readonly TileOutcome[]): ReportFacts => ({
  plan: {
    job: { out: evil, options: { "mesh.surface": { maxError: 0.1 } } },
    version: "1.2.3",
    epsg: 2154,
    source: evil,
    images: 2,
    rejected: [{ path: evil, error: { code: "E_INPUT", message: evil, context: {} } }],
    imagesIgnored: [{ path: evil, reason: evil }],
    warnings: [evil],
    points: 12,
    hash: "0123456789abcdef0123",
  },
  summary: {
    done: 1,
    unchanged: 0,
    skipped: 0,
    failed: 1,
    quarantined: 0,
    aborted: false,
    pointsDecoded: 0,
    pointsNeeded: 0,
    processPeakBytes: 0,
    processCpuMs: 0,
    stages: [{ scope: "tile", stage: "raster.dtm", tasks: 2, timeMs: 1250, cpuMs: 1000 }],
    tiles,
    timeMs: 3000,
  },
})

describe("reportPage", () => {
  const page = reportPage(
    facts([
      tile("13/770/6277", { metrics: { voidPercent: 3 } }),
      tile("13/771/6277", { outcome: "failed", reason: evil, reproduce: `maille run '${evil}'` }),
    ]),
  )

  it("escapes whatever comes from inputs", () => {
    expect(page).not.toContain("<script")
    expect(page).not.toContain(`alert("1")`)
    expect(page.split("&lt;script&gt;").length - 1).toBe(9)
  })

  it("tells where the time went", () => {
    expect(page).toMatch(
      /<td>tile<\/td><td>raster\.dtm<\/td><td class="n">2<\/td>\s*<td class="n">1\.3 s<\/td><td class="n">1\.0 s</,
    )
  })

  it("refers to nothing outside itself", () => {
    expect(page).not.toMatch(/\b(src|href)=|https?:|url\(/)
  })

  it("shows each tile on the map, north up, and failures first in the table", () => {
    expect(page.match(/<rect /g)).toHaveLength(2)
    expect(page).toMatch(/<rect x="1" y="0"[^>]*fill="#d1495b"/)
    const table = page.slice(page.indexOf("<tbody>"))
    expect(table.indexOf("13/771/6277")).toBeLessThan(table.indexOf("13/770/6277"))
  })

  it("does without any tile", () => {
    expect(reportPage(facts([]))).toContain("No tile.")
  })
})

describe("summariseMetrics", () => {
  it("gives least, lower median and largest, and where that is", () => {
    const rows = summariseMetrics([3, 1, 4, 2, Number.NaN].map((v, i) => tile(`1/${i}/0`, { metrics: { v } })))
    expect(rows).toEqual([{ name: "v", tiles: 4, min: 1, median: 2, max: 4, highest: "1/2/0" }])
  })
})
