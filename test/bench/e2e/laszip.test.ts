import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { compileLaszip } from "../../../bench/e2e/laszip.js"

describe("compileLaszip", () => {
  it("says that there is no compiler, where there is none", async () => {
    const before = process.env["PATH"]
    process.env["PATH"] = "/nowhere"
    try {
      expect((await compileLaszip()).missing).toBe("no C compiler (cc) here")
    } finally {
      process.env["PATH"] = before
    }
  })

  it("makes a program that starts, and removes it; or says what is missing", async () => {
    const { missing, command, remove } = await compileLaszip()
    const { command: program, args } = command()
    if (missing === undefined) {
      // Without a file they give up: 2.
      await expect(promisify(execFile)(program, [])).rejects.toMatchObject({ code: 2 })
    } else {
      expect(missing).toMatch(/compiler|laszip_api\.h/)
      const { stdout } = await promisify(execFile)(program, [...args])
      expect(JSON.parse(stdout)).toEqual({ error: missing })
    }
    await remove()
    if (missing === undefined) expect(existsSync(program)).toBe(false)
  })
})
