import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { MachineFacts } from "../../bench/machine.js"
import { type Case, openProveLog } from "../../bench/prove-log.js"

const folder = mkdtempSync(join(tmpdir(), "maille-prove-"))
afterAll(() => rmSync(folder, { recursive: true }))

const facts: MachineFacts = {
  cpu: "Some CPU × 2",
  slug: "some-cpu-x2",
  commit: "abc",
  date: "2026-01-01",
  node: "20.0.0",
  v8: "11",
  maille: "0.1.0",
}
const one = (kind: Case["kind"], index: number, right: boolean): Case => ({
  kind,
  index: String(index),
  subject: "raster.dhm",
  failed: right ? [] : ["raster.dhm", "mesh.surface"],
  right,
  ratios: "raster.dhm +1.0 %; others",
  seconds: 9,
})

describe("openProveLog", () => {
  it("goes on where a run was stopped, for the same commit, machine and Node.js only", async () => {
    const log = await openProveLog(folder, facts)
    await log.add(one("planted", 1, true))
    await log.add(one("unchanged", 1, false))
    const again = await openProveLog(folder, facts)
    expect([again.has("planted", "1"), again.has("unchanged", "1"), again.has("planted", "2")]).toEqual([
      true,
      true,
      false,
    ])
    expect((await openProveLog(folder, { ...facts, commit: "abd" })).has("planted", "1")).toBe(false)
    expect((await openProveLog(folder, { ...facts, node: "22.0.0" })).has("planted", "1")).toBe(false)
  })

  it("counts 19 of 20 as proved and 18 as not, and replaces its own line", async () => {
    const log = await openProveLog(folder, facts)
    for (let i = 2; i <= 20; i++) {
      await log.add(one("planted", i, true))
      await log.add(one("unchanged", i, true))
    }
    for (let i = 1; i <= 10; i++) await log.add(one("repeat", i, i > 1))
    expect(await log.sumUp()).toEqual({
      text: "planted: 20 of 20 caught; unchanged: 19 of 20 passed; repeated: 9 of 10 within 5 %",
      proved: true,
    })
    await log.add(one("unchanged", 2, false))
    expect((await log.sumUp()).proved).toBe(false)
    const lines = readFileSync(join(folder, "prove.md"), "utf8")
      .split("\n")
      .filter((line) => line.includes("| abc |"))
    expect(lines).toEqual(["| 2026-01-01 | abc | Some CPU × 2 | 20.0.0 | 20 of 20 | 18 of 20 | 9 of 10 |"])
  })
})
