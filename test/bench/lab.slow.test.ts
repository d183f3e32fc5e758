/** Every benchmark, as built, for one pass: none may rot between two runs of the guard. */
import { expect, it } from "vitest"
import { lab } from "./run-bench.js"

it("makes one pass of each benchmark; only real data and optional packages may be missing", async () => {
  const { code, stdout, stderr } = await lab("bench", "--once")
  const lines = stdout.trimEnd().split("\n")
  expect(lines.filter((line) => line.includes(": FAILED")).join("\n") + stderr).toBe("")
  expect(lines.at(-1)).toMatch(/^(\d+) of \1 benchmarks ran, 0 failed/)
  expect(lines.length).toBeGreaterThan(70)
  for (const line of lines) if (line.includes(": skipped")) expect(line).toMatch(/MAILLE_TEST_DATA|gdal-async/)
  expect(code).toBe(0)
})
