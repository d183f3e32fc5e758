/** The laboratory's entry, its list of benchmarks and how it ends, as built. */
import { describe, expect, it } from "vitest"
import { kernelTable } from "../../kernels/index.js"
import { root } from "../source-tree.js"
import { lab } from "./run-bench.js"

const { listBenches } = (await import(`${root}dist/bench/runner.js`)) as typeof import("../../bench/runner.js")

describe("npm run lab", () => {
  it("lists its commands, and says which are not there", async () => {
    const help = await lab("--help")
    expect([help.code, help.stderr]).toEqual([0, ""])
    for (const name of ["bench", "guard", "e2e", "km2", "pictures", "fixtures"])
      expect(help.stdout).toMatch(new RegExp(`^  ${name} `, "m"))
    expect((await lab()).code).toBe(0)
    const wrong = await lab("zebra")
    expect([wrong.code, wrong.stdout]).toEqual([2, ""])
    expect(wrong.stderr).toMatch(/there is no command "zebra"/)
    expect((await lab("bench", "--nonsense")).code).toBe(2)
  })
})

describe("the benchmarks", () => {
  it("are a row for each kernel, and have one name each", async () => {
    const names = [...(await listBenches()).keys()]
    expect(names).toEqual([...names].sort())
    expect(Object.keys(kernelTable).filter((id) => !names.includes(id))).toEqual([])
    expect(names.length).toBeGreaterThan(70)
  })

  it("are measured each in a process of its own", async () => {
    const { code, stdout } = await lab("bench", "--filter", "vector.tree", "--passes", "2", "--json")
    expect(code).toBe(0)
    const [row, ...rest] = JSON.parse(stdout)
    expect(rest).toEqual([])
    expect(row).toMatchObject({ name: "vector.tree", unit: "Mpx/s", checksum: expect.stringMatching(/^[0-9a-f]{16}$/) })
    expect(row.median).toBeGreaterThan(0)
    expect(row.peakBytes).toBeGreaterThan(10_000_000)
  })

  it("end with exit code 1 where there is none to run", async () => {
    expect((await lab("bench", "--once", "--filter", "no-such-benchmark")).code).toBe(1)
  })
})
