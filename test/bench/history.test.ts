import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { Row } from "../../bench/bench.js"
import { type HistoryRecord, readHistory, recordHistory } from "../../bench/history.js"
import { machineFacts, slugOf } from "../../bench/machine.js"
import { benchPage, writeBenchReport } from "../../bench/report.js"

const folder = mkdtempSync(join(tmpdir(), "maille-history-"))
afterAll(() => rmSync(folder, { recursive: true }))

const row = (name: string, median: number, checksum = "a"): Row => ({
  name,
  unit: "Mpx/s",
  median,
  spread: 1.23456,
  peakBytes: 1e8,
  checksum,
})

describe("recordHistory", () => {
  it("appends to the machine's file, and readHistory gives it back", async () => {
    const path = await recordHistory([row("raster.dhm", 81.2345678), row("write-cog", 9)], folder)
    expect(await recordHistory([row("raster.dhm", 90)], folder)).toBe(path)
    const { slug, commit, node } = await machineFacts()
    expect(path).toBe(join(folder, `${slug}.csv`))
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(4)
    const records = (await readHistory(folder)).get(slug)!
    expect(records.map(({ name, median }) => [name, median])).toEqual([
      ["raster.dhm", 81.2346],
      ["write-cog", 9],
      ["raster.dhm", 90],
    ])
    expect(records[0]).toMatchObject({ commit, node, spread: 1.23, peakBytes: 1e8, checksum: "a" })
    expect(records[0]!.date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    // A kernel has its version, a format none.
    expect(records.map(({ kernel }) => kernel !== "")).toEqual([true, false, true])
  })

  it("leaves other tables of the folder alone", async () => {
    writeFileSync(join(folder, "other.csv"), "a,b\n1,2\n")
    expect([...(await readHistory(folder)).keys()]).not.toContain("other")
    expect(await readHistory(join(folder, "none"))).toEqual(new Map())
  })
})

describe("slugOf", () => {
  it.each([
    ["Intel(R) Xeon(R) Processor × 2", "intel-xeon-processor-x2"],
    ["AMD EPYC 7763 64-Core Processor × 128", "amd-epyc-7763-64-core-processor-x128"],
    ["  ", "unknown"],
  ])("%s", (cpu, slug) => expect(slugOf(cpu)).toBe(slug))
})

describe("benchPage", () => {
  const record = (name: string, median: number, checksum: string): HistoryRecord => ({
    ...row(name, median, checksum),
    date: "2026-01-01T00:00:00Z",
    commit: "<c>",
    node: "20",
    v8: "11",
    maille: "0.1.0",
    kernel: "1",
  })
  const page = benchPage(
    new Map([["cpu-x2", [record("b", 100, "x"), record("a", 7, "x"), record("b", 110, "x"), record("b", 121, "y")]]]),
  )

  it("draws a chart for each benchmark, hollow where the output changed", () => {
    expect(page.match(/<svg /g)).toHaveLength(2)
    expect(page.match(/<circle class="same"/g)).toHaveLength(3)
    expect(page.match(/<circle class="other"/g)).toHaveLength(1)
    expect(page).toContain("output changed: y")
    expect(page.indexOf("<b>a</b>")).toBeLessThan(page.indexOf("<b>b</b>"))
    expect(page).toMatch(/<td>b<\/td>.*\+10\.0 %<\/td><td class="n">\+21\.0 %/)
  })

  it("escapes what it shows, and needs nothing but itself", () => {
    expect(page).toContain("&lt;c&gt;")
    expect(page).not.toContain("<c>")
    expect(page).not.toMatch(/<script|https?:|src=|@import|url\(/)
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
  })

  it("is written where it is wanted, once there is something to show", async () => {
    const path = join(folder, "page.html")
    expect(await writeBenchReport(path, folder)).toMatchObject({ path, machines: 1, benchmarks: 2, records: 3 })
    expect(readFileSync(path, "utf8")).toMatch(/^<!doctype html>/)
    await expect(writeBenchReport(path, join(folder, "none"))).rejects.toThrow(/maille bench --record/)
  })
})
