import { describe, expect, it } from "vitest"
import { childrenTicks, runProgram } from "../../bench/run-program.js"

describe("runProgram", () => {
  it("gives what a program prints, and its last line when it fails", async () => {
    expect(await runProgram(process.execPath, ["-e", "console.log(7)"])).toBe("7\n")
    const failing = ["-e", "console.error('one\\ntwo'); process.exit(3)"]
    await expect(runProgram(process.execPath, failing)).rejects.toThrow(/node.*: two$/)
  })
})

describe("childrenTicks", () => {
  it("adds fields 16 and 17, behind a name with blanks and brackets", () => {
    const fields = ["S", ...Array.from({ length: 20 }, (_, i) => String(i + 4))]
    expect(childrenTicks(`12 (a (b) c) ${fields.join(" ")}`)).toBe(16 + 17)
  })
})
