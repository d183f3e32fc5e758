import { describe, expect, it } from "vitest"
import type { ReadReport, ReadRow } from "../../../bench/peers/laz-reading.js"
import { grouped, machineText, markdownTable, readMarkdown } from "../../../bench/peers/markdown.js"
import { readingTargets, targetOf } from "../../../bench/peers/targets.js"

const all = (median: number) => ({ median, low: median, high: median })

const row = (name: string, milliseconds: number, lazPerf: number): ReadRow => ({
  name,
  work: "all",
  points: 2_000_000,
  checksum: "",
  cpuMs: { median: milliseconds, low: milliseconds / 2, high: milliseconds * 2 },
  wallMs: all(milliseconds * 4),
  pointsPerSecond: { cpu: 0, wall: 0 },
  timesAsFast: { lazPerf: all(lazPerf), laszipFull: all(4) },
  d: 0.25,
})

const report: ReadReport = {
  file: "a.laz",
  bytes: 4_100_000,
  points: 2_000_000,
  pointFormat: 6,
  copc: false,
  passes: 5,
  repeats: 1,
  rows: [row("maille wasm selective", 200, 5), row("laz-perf", 1000, 1)],
  skipped: [{ name: "copc.js", reason: "reads COPC only" }],
}

describe("markdownTable", () => {
  it("aligns the columns of figures to the right", () => {
    expect(
      markdownTable(
        [
          ["a", "b"],
          ["x", "1"],
        ],
        [1],
      ),
    ).toBe("| a | b |\n| --- | --: |\n| x | 1 |")
  })
})

describe("readMarkdown", () => {
  const text = readMarkdown(report, [targetOf("speed", 5.004, 5, true), targetOf("memory", 65, 64, false)])

  it("gives rates from times, the slower quartile first", () => {
    expect(text).toContain("| maille wasm selective | all | 10.00 | 5.00–20.00 | 2.50 | 5.00 | 4.00 | – | 0.25 |")
  })

  it("tells what the file is, what was left out and what was aimed at", () => {
    expect(text).toContain("**a.laz**: 2 000 000 points of format 6, 4.1 MB; medians of 5 interleaved passes,")
    expect(text).toContain("copc.js: reads COPC only.")
    expect(text).toContain("| speed | ≥ 5 | 5.00 | yes |")
    expect(text).toContain("| memory | ≤ 64 | 65.00 | no |")
  })
})

describe("readingTargets", () => {
  it("holds the figures that could be measured against the bounds, the others left out", () => {
    expect(readingTargets(report)).toEqual([targetOf("x, y, z, class, return: times as fast as laz-perf", 5, 5, true)])
  })
})

describe("machineText", () => {
  it("names processor, versions, date and load", () => {
    const text = machineText({
      date: "2026-01-02",
      cpu: "Some CPU × 2",
      slug: "some-cpu-x2",
      commit: "0123456789ab",
      v8: "11",
      maille: "1.0.0",
      memoryBytes: 24 * 2 ** 30,
      system: "Linux 6",
      node: "20.0.0",
      load: [0.5, 1],
      versions: { "laz-perf": "0.0.7" },
    })
    for (const part of ["2026-01-02", "Some CPU × 2, 24 GiB", "maille 1.0.0 (0123456789ab), laz-perf 0.0.7"]) {
      expect(text).toContain(part)
    }
    expect(text.endsWith("0.5 before, 1 after.")).toBe(true)
  })
})

describe("grouped", () => {
  it("parts thousands", () => {
    expect(grouped(12345678)).toBe("12 345 678")
    expect(grouped(999.6)).toBe("1 000")
  })
})
