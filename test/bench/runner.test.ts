/** The runner starts compiled files: it is tested as built. */
import { describe, expect, it } from "vitest"
import { root } from "../source-tree.js"

type Runner = typeof import("../../bench/runner.js")
const { runBenches, listBenches } = (await import(`${root}dist/bench/runner.js`)) as Runner

describe("runBenches", () => {
  it("measures in a process of its own what the filter names", async () => {
    const [row, ...rest] = await runBenches({ filter: "raster.dhm" })
    expect(rest).toEqual([])
    expect(row).toMatchObject({ name: "raster.dhm", unit: "Mpx/s" })
    expect(row!.median).toBeGreaterThan(0)
    expect(row!.checksum).toMatch(/^[0-9a-f]{16}$/)
  })

  it("tells what cannot run here instead of leaving it out in silence", async () => {
    const skipped: string[] = []
    const before = process.env["MAILLE_TEST_DATA"]
    process.env["MAILLE_TEST_DATA"] = `${root}no-such-folder`
    try {
      const rows = await runBenches({
        filter: "read-laz",
        onSkip: (name, reason) => skipped.push(`${name}: ${reason}`),
      })
      expect(rows).toEqual([])
    } finally {
      if (before === undefined) delete process.env["MAILLE_TEST_DATA"]
      else process.env["MAILLE_TEST_DATA"] = before
    }
    expect(skipped).toEqual([
      expect.stringMatching(/^read-laz: no bench\/t02\.laz in .*MAILLE_TEST_DATA/),
      expect.stringMatching(/^read-laz-selective: no bench\/t02\.laz in /),
    ])
  })

  it("measures writers that need no real data", async () => {
    const rows = await runBenches({ filter: "write-laz" })
    expect(rows).toMatchObject([{ name: "write-laz", unit: "points/s" }])
    expect(rows[0]!.median).toBeGreaterThan(0)
  })

  it("lists the benchmarks by name", async () => {
    const names = (await listBenches()).map(({ name }) => name)
    expect(names).toEqual([...names].sort())
    expect(names).toContain("mesh.surface")
    expect((await listBenches("contour")).map(({ name }) => name)).toEqual(["vector.contour", "vector.contour-join"])
  })
})
