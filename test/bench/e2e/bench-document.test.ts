import { describe, expect, test } from "vitest"
import { benchDocument, type DocumentFacts } from "../../../bench/e2e/bench-document.js"
import { checkMeasurement } from "../../../bench/e2e/measurement.js"
import { renderE2e } from "../../../bench/e2e/render-e2e.js"
import { scenarios, workerSteps } from "../../../bench/e2e/scenarios.js"
import { STRATA } from "../../../bench/e2e/strata.js"
import { madeRun } from "./made-run.js"

const facts: DocumentFacts = {
  machine: { cpu: "Made", cores: 4, node: "20.0.0", date: "2026-11-25" },
  version: "0.1.0",
  commit: "0123456789ab",
  quick: false,
  skipped: [],
}
const runs = [
  madeRun(),
  madeRun({ name: "scaling-1", workers: 1, timeMs: 40_000 }),
  madeRun({ name: "scaling-2", workers: 2, timeMs: 20_000 }),
  madeRun({ name: "scaling-4", workers: 4, timeMs: 12_500 }),
  madeRun({ name: "forest", workers: 1, stratum: "forest", standIn: "synthetic forest", coreSeconds: 50 }),
  madeRun({ name: "dense-town", workers: 1, stratum: "dense-town", standIn: "synthetic town" }),
  madeRun({ name: "real-town", workers: 1, stratum: "dense-town", standIn: "a real town" }),
]

describe("bench.json", () => {
  const document = benchDocument(facts, runs)

  test("is what a projection reads", () => {
    const read = checkMeasurement(JSON.parse(JSON.stringify(document)), "bench.json")
    const counted = read.runs.filter(({ stratum }) => stratum !== undefined)
    expect(counted.map(({ stratum, name }) => [stratum, name])).toEqual([
      ["forest", "forest"],
      ["dense-town", "dense-town"],
      ["dense-town", "real-town"],
    ])
    expect(counted[0]).toMatchObject({
      name: "forest",
      km2: 1,
      points: 20_000_000,
      coreSeconds: 50,
      bytesIn: 100e6,
      bytesOut: 40e6,
      peakBytes: 1.5e9,
      workers: 1,
    })
  })

  test("has the efficiency of each number of workers against one", () => {
    expect(document.scaling).toEqual([
      { workers: 1, timeMs: 40_000, speedUp: 1, efficiency: 1 },
      { workers: 2, timeMs: 20_000, speedUp: 2, efficiency: 1 },
      { workers: 4, timeMs: 12_500, speedUp: 3.2, efficiency: 0.8 },
    ])
    const disturbed = runs.map((run) => (run.name === "scaling-4" ? { ...run, othersCores: 0.9 } : run))
    expect(benchDocument(facts, disturbed).scaling).toBeUndefined()
    expect(renderE2e(benchDocument(facts, disturbed))).toMatch(
      /disturbed by other programs\n.*\n1 .*\n2 .*\n4 +12\.5 +3\.2 +80 %/,
    )
    expect(renderE2e(document)).not.toContain("disturbed")
    // Without the run of one worker there is nothing to compare with.
    expect(benchDocument(facts, runs.slice(2, 4)).scaling).toBeUndefined()
  })

  test("says what stands in for what, what was not measured, and what disturbed it", () => {
    const busy = benchDocument({ ...facts, quick: true }, [...runs, madeRun({ name: "block", othersCores: 1.52 })])
    const notes = busy.notes.join("\n")
    for (const said of ["synthetic forest", "a real town", "block (1.5 cores)", "--quick"]) {
      expect(notes).toContain(said)
    }
    expect(document.notes.join("\n")).not.toMatch(/--quick|other programs/)
  })

  test("reads as text with every run, stage and note", () => {
    const text = renderE2e({ ...document, skipped: [{ name: "demo", reason: "no such folder" }] })
    for (const said of [
      "real-town",
      "core-s/km²",
      "no such folder",
      "stands for suburb, farmland, mountain, water",
      "roofs",
      "worker use",
      ...document.notes,
    ]) {
      expect(text).toContain(said)
    }
    // 15 of 20 core-seconds are in two stages; the rest is the engine's.
    expect(text).toMatch(/^read .* 5\.0 {2}25 %/m)
    expect(text).toMatch(/^engine .* 5\.0 {2}25 %/m)
    expect(text).toMatch(/^roofs .*–/m)
  })
})

describe("the scenarios", () => {
  test("scale from one worker to the cores, by doubling", () => {
    expect([1, 2, 3, 4, 6, 64].map(workerSteps)).toEqual([
      [1],
      [1, 2],
      [1, 2, 3],
      [1, 2, 4],
      [1, 2, 4, 6],
      [1, 2, 4, 8, 16, 32, 64],
    ])
  })

  test("have names of their own, and say of each stratum what stands in for it", () => {
    for (const quick of [true, false]) {
      const all = scenarios({ quick, cores: 4 })
      expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
      for (const { name, stratum, standIn, workers } of all) {
        expect(stratum === undefined, name).toBe(standIn === undefined)
        // Projections take figures of one worker.
        if (stratum !== undefined) expect(workers, name).toBe(1)
      }
      const strata = new Set(all.map(({ stratum }) => stratum))
      expect(STRATA.filter((stratum) => !strata.has(stratum))).toEqual([])
    }
  })
})
