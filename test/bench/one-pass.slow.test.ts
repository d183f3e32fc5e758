/** Every benchmark, as built, for one pass: none may rot between two runs of the guard. */
import { spawnSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { root } from "../source-tree.js"

const onePass = (...args: readonly string[]) =>
  spawnSync(process.execPath, [`${root}dist/bench/one-pass.js`, ...args], { encoding: "utf8" })

describe("one pass of each benchmark", () => {
  it("succeeds; only real data and optional packages may be missing", () => {
    const { status, stdout, stderr } = onePass()
    const lines = stdout.trimEnd().split("\n")
    expect(lines.filter((line) => line.includes(": FAILED")).join("\n") + stderr).toBe("")
    expect(lines.at(-1)).toMatch(/^(\d+) of \1 benchmarks ran, 0 failed/)
    expect(lines.length).toBeGreaterThan(70)
    for (const line of lines) if (line.includes(": skipped")) expect(line).toMatch(/MAILLE_TEST_DATA|gdal-async/)
    expect(status).toBe(0)
  })

  it("ends with exit code 1 where there is none to run", () => {
    expect(onePass("no-such-benchmark").status).toBe(1)
  })
})
