import { spawnSync } from "node:child_process"
import { expect, it } from "vitest"
import { compileLater } from "../../cli/compile-later.js"

it("tells Node 20 alone to optimise later, unless it was told when", () => {
  expect(compileLater("20.19.0", [])).toEqual(["--interrupt-budget=1000000"])
  expect(compileLater("20.20.2", ["--interrupt-budget=5"])).toEqual([])
  expect(compileLater("20.20.2", ["--interrupt-budget-for-feedback-allocation=5"])).toHaveLength(1)
  for (const version of ["22.0.0", "24.1.0", "120.1.0"]) expect(compileLater(version, [])).toEqual([])
})

it("names arguments that this Node.js takes", () => {
  const { status, stderr } = spawnSync(process.execPath, [...compileLater(undefined, []), "--eval", "0"], {
    encoding: "utf8",
  })
  expect(stderr).toBe("")
  expect(status).toBe(0)
})
