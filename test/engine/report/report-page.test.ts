import { describe, expect, it } from "vitest"
import { listThresholds, summariseMetrics } from "../../../engine/report/quality.js"
import type { ReportFacts } from "../../../engine/report/report-page.js"
import { reportPage } from "../../../engine/report/report-page.js"
import { runHistory } from "../../../engine/report/run-history.js"
import type { TileOutcome } from "../../../engine/report/tile-outcome.js"
import dtm from "../../../kernels/terrain/dtm.js"
import { xmlFaults } from "./xml-faults.js"

const thresholds = listThresholds([dtm])
const evil = `<script>alert("1")</script>'&`
const tile = (key: string, rest: Partial<TileOutcome> = {}): TileOutcome => ({
  key,
  stage: "tile",
  outcome: "done",
  timeMs: 1200,
  points: 1_234_567,
  peakBytes: 5e7,
  startedAt: 1_700_000_000_000,
  worker: 1,
  ...rest,
})
const facts = (tiles: readonly TileOutcome[]): ReportFacts => {
  const history = runHistory(tiles, [{ at: 1_700_000_000_500, rssBytes: 3e8 }])
  return {
    thresholds,
    pointWarnings: [],
    plan: {
      job: { out: evil, workers: 3, memoryBytes: 5e8, options: { "mesh.surface": { maxError: 0.1 } } },
      version: "1.2.3",
      epsg: 2154,
      source: evil,
      images: 2,
      rejected: [{ path: evil, error: { code: "E_INPUT", message: evil, context: {} } }],
      imagesIgnored: [{ path: evil, reason: evil }],
      warnings: [evil],
      points: 12,
      hash: "0123456789abcdef0123",
      optionsHash: "fedcba9876543210",
      kernels: [{ id: "raster.dtm", version: 7 }],
      node: "22.1.0",
      platform: "linux x64",
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
      processPeakBytes: 4e8,
      processCpuMs: 0,
      steps: [{ stage: "tile", step: "raster.dtm", tasks: 2, timeMs: 1250, cpuMs: 1000 }],
      ...(history === undefined ? {} : { history }),
      tiles,
      timeMs: 3000,
    },
  }
}

describe("reportPage", () => {
  const page = reportPage(
    facts([
      tile("13/770/6277", { metrics: { "raster.dtm.voidPercent": 30 } }),
      tile("13/771/6277", { outcome: "failed", reason: evil, reproduce: `maille run '${evil}'` }),
    ]),
  )

  it("escapes whatever comes from inputs", () => {
    expect(page).not.toContain("<script")
    expect(page).not.toContain(`alert("1")`)
    // Source, title of the square, reason, command, warning, input, image with its reason, option
    // of the job.
    expect(page.split("&lt;script&gt;").length - 1).toBe(9)
  })

  it("is well-formed and refers to nothing outside itself", () => {
    expect(xmlFaults(page)).toEqual([])
    expect(page).not.toMatch(/\b(src|href|action|srcset|poster|data)=|https?:|url\(|@import/i)
  })

  it("tells where the time went", () => {
    expect(page).toMatch(
      /<td>tile<\/td><td>raster\.dtm<\/td><td class="n">2<\/td>\s*<td class="n">1\.3 s<\/td><td class="n">1\.0 s</,
    )
  })

  it("shows each tile on the map, north up, coloured by outcome, time and quality", () => {
    const map = page.slice(page.indexOf('class="map"'), page.indexOf("<h2>Failures"))
    expect(map.match(/<rect /g)).toHaveLength(2)
    expect(map).toMatch(/<rect x="1" y="0"[^>]*class="t5 qn" fill="#d1495b"/)
    expect(map).toMatch(/<rect x="0" y="0"[^>]*class="t5 qfail" fill="#2e9e5b"/)
    for (const by of ["outcome", "time", "quality"]) {
      expect(map).toContain(`id="by-${by}"`)
      expect(map).toContain(`for="by-${by}"`)
    }
    expect(page).toContain("#by-quality:checked~svg .qfail{fill:#d1495b}")
  })

  it("names each failure with its reason and the command that meets it again", () => {
    const table = page.slice(page.indexOf('class="failures"'), page.indexOf("<h2>Quality"))
    expect(table).toContain("13/771/6277")
    expect(table).toContain("To reproduce: <code>maille run &#39;&lt;script&gt;")
    expect(table).not.toContain("13/770/6277")
  })

  it("holds the tiles against the thresholds", () => {
    expect(page).toContain("Not fit for release")
    const row = /<tr><td>raster\.dtm\.voidPercent.*?<\/tr>/s.exec(page)?.[0]
    expect(row).toContain('<td class="n">2 %</td><td class="n">25 %</td>')
    expect(row).toContain('<td class="n">30 %</td><td>13/770/6277</td><td class="n">1</td>')
    expect(row).toMatch(/<td class="n bad">1<\/td><\/tr>/)
  })

  it("is not fit where tasks failed or layers are missing, though every figure is within its bounds", () => {
    const within = facts([tile("13/770/6277", { metrics: { "raster.dtm.voidPercent": 0 } })])
    const show = (rest: Partial<ReportFacts["summary"]>): string =>
      reportPage({ ...within, summary: { ...within.summary, failed: 0, ...rest } })
    const missing = { inputs: 0, of: 1, causes: [], layers: ["tree"] }
    expect(show({ failed: 1 })).toContain("Not fit for release")
    expect(show({ missing })).toContain("Not fit for release")
    expect(show({})).not.toMatch(/fit for release/i)
    expect(show({})).toContain("Not measured, except by maille validate: glTF contents, holes across tile borders")
  })

  it("plots throughput, workers and memory", () => {
    expect(page.match(/class="plot"/g)).toHaveLength(3)
    expect(page).toContain("line: 3 workers")
    expect(page).toContain("Budget for tasks: 500 MB (line).")
  })

  it("tells versions and hashes", () => {
    for (const text of ["1.2.3", "22.1.0", "linux x64", "raster.dtm 7", "0123456789abcdef0123", "fedcba9876543210"])
      expect(page).toContain(`<code>${text}</code>`)
  })

  it("is French on request, with the same figures, ids and English reasons", () => {
    const tiles = [
      tile("13/770/6277", { metrics: { "raster.dtm.voidPercent": 30 } }),
      tile("13/771/6277", { outcome: "failed", reason: "broken", reproduce: "maille run" }),
    ]
    const [english, french] = [reportPage(facts(tiles)), reportPage(facts(tiles), "fr")]
    expect(xmlFaults(french)).toEqual([])
    expect(french).toContain('<html lang="fr">')
    expect(french).toContain("À ne pas diffuser")
    expect(french).toMatch(/raster\.dtm\.voidPercent[\s\S]*broken|broken[\s\S]*raster\.dtm\.voidPercent/)
    const figures = (page: string): string[] =>
      [...page.matchAll(/<td class="n[^>]*>([^<]*)/g)].map(([, text = ""]) =>
        text.replace(",", ".").replace("Mo", "MB"),
      )
    expect(figures(french)).toEqual(figures(english))
    // Only words that are the same in both languages are left.
    const words = (page: string): string[] =>
      [...page.matchAll(/<(?:h[12]|th|label|summary|figcaption)[^>]*>([^<]+)/g)].map(([, text = ""]) => text)
    const both = words(french).filter((text) => words(english).includes(text))
    expect([...new Set(both)].sort()).toEqual(["Images", "Job", "Maximum", "Minimum", "Points"])
  })

  it("does without any tile", () => {
    const empty = reportPage(facts([]))
    expect(empty).toContain("No tile.")
    expect(xmlFaults(empty)).toEqual([])
  })

  it("stays under 5 MB for 10,000 tiles, whether all are well or all failed", () => {
    const metrics = { "raster.dtm.voidPercent": 0.123, "mesh.surface.maxErrorM": 0.2499123, "points.read": 123_456 }
    const reason = `13/771/6277: ${"a long reason that names files and remedies ".repeat(8)}`
    const many = (rest: Partial<TileOutcome>): string =>
      reportPage(
        facts(
          Array.from({ length: 10_000 }, (_, i) =>
            tile(`14/${1000 + (i % 100)}/${6000 + Math.floor(i / 100)}`, {
              metrics,
              startedAt: 1_700_000_000_000 + 500 * i,
              ...rest,
            }),
          ),
        ),
      )
    const [well, failed] = [many({}), many({ outcome: "failed", reason, reproduce: `maille run --job ${reason}` })]
    expect(well.length).toBeLessThan(5e6)
    expect(failed.length).toBeLessThan(5e6)
    expect(well.match(/<rect [^>]*class="t/g)).toHaveLength(10_000)
    expect(failed).toMatch(/\d+ more in report\.json/)
  })
})

describe("summariseMetrics", () => {
  it("gives least, lower median and largest, and where that is", () => {
    const rows = summariseMetrics([3, 1, 4, 2, Number.NaN].map((v, i) => tile(`1/${i}/0`, { metrics: { v } })))
    expect(rows).toEqual([{ name: "v", tiles: 4, min: 1, median: 2, max: 4, highest: "1/2/0" }])
  })
})
