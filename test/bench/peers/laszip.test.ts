import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { compileLaszip } from "../../../bench/peers/laszip.js"

describe("compileLaszip", () => {
  it("says that there is no compiler, where there is none", async () => {
    const before = process.env["PATH"]
    process.env["PATH"] = "/nowhere"
    try {
      expect(await compileLaszip("laszip-read")).toBe("no C compiler (cc) here")
    } finally {
      process.env["PATH"] = before
    }
  })

  it("makes programs that start, and removes them; or says what is missing", async () => {
    for (const name of ["laszip-read", "laszip-write"] as const) {
      const compiled = await compileLaszip(name)
      if (typeof compiled === "string") {
        expect(compiled).toMatch(/compiler|laszip_api\.h/)
        continue
      }
      // Without a file they give up: 2.
      await expect(promisify(execFile)(compiled.path, [])).rejects.toMatchObject({ code: 2 })
      await compiled.remove()
      expect(existsSync(compiled.path)).toBe(false)
    }
  })
})
