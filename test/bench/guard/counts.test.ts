import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { type AcceptedCount, compareCounts, countTable } from "../../../bench/guard/counts.js"
import { wholeRuns } from "../../../bench/guard/runs.js"
import { root } from "../../source-tree.js"

const accepted = { run: "run.rasters", count: "tasks", value: 6, reason: "a task joins voids" }
const faultsOf = (base: number | undefined, head: number | undefined, list: readonly AcceptedCount[] = []) =>
  compareCounts("run.rasters", { tasks: base }, { tasks: head }, list).flatMap(({ fault }) => fault ?? [])

describe("compareCounts", () => {
  it("fails any rise, and a count that is gone", () => {
    expect(faultsOf(5, 5)).toEqual([])
    expect(faultsOf(5, 4)).toEqual([])
    expect(faultsOf(5, 6).join()).toMatch(/rose by 1; .*counts\.json/)
    expect(faultsOf(5, undefined).join()).toMatch(/does not count/)
    expect(faultsOf(undefined, 6)).toEqual([])
  })

  it("accepts the recorded value only, of that run and count", () => {
    expect(faultsOf(5, 6, [accepted])).toEqual([])
    expect(faultsOf(5, 7, [accepted])).toHaveLength(1)
    expect(faultsOf(5, 6, [{ ...accepted, run: "run.ground-mesh" }])).toHaveLength(1)
    expect(faultsOf(5, 6, [{ ...accepted, count: "bytes read" }])).toHaveLength(1)
    const rows = compareCounts("run.rasters", { tasks: 5 }, { tasks: 6 }, [accepted])
    expect(countTable(rows)).toMatch(/run\.rasters tasks +5 +6 +ok: accepted: a task joins voids/)
  })
})

describe("counts.json", () => {
  const entries = JSON.parse(readFileSync(`${root}bench/guard/counts.json`, "utf8")) as AcceptedCount[]

  it("names runs and gives reasons", () => {
    expect([...wholeRuns.keys()]).toEqual(["run.rasters", "run.ground-mesh"])
    for (const { run, count, value, reason } of entries) {
      expect(wholeRuns.has(run)).toBe(true)
      expect(count.length).toBeGreaterThan(0)
      expect(Number.isInteger(value)).toBe(true)
      expect(reason.split(" ").length).toBeGreaterThan(3)
    }
  })
})
