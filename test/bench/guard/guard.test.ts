/**
 * The real script, as built: how it ends when it is called wrongly. What it judges: `trees.test.ts`
 * and `npm run bench:guard:ci`.
 */
import { spawnSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { root } from "../../source-tree.js"

const guard = (...args: readonly string[]) =>
  spawnSync(process.execPath, [`${root}dist/bench/main.js`, "guard", ...args], { encoding: "utf8" })

describe("bench:guard", () => {
  it.each([
    [["--json"], /missing required argument 'base'/],
    [["no-such-commit"], /There is no commit "no-such-commit" in this clone: fetch it first/],
    [["HEAD", "--passes", "3"], /--passes.*Expected a whole number from 9 to 1000/],
    [["HEAD", "--nonsense"], /unknown option '--nonsense'/],
  ])("%j ends with exit code 2 and says why", (args, message) => {
    const { status, stderr, stdout } = guard(...args)
    expect(stderr).toMatch(message)
    expect(status).toBe(2)
    expect(stdout).toBe("")
  })

  it("prints its failure as JSON where that is asked for", () => {
    const { status, stdout } = guard("no-such-commit", "--json")
    expect(status).toBe(2)
    expect(JSON.parse(stdout)).toEqual({ error: { message: expect.stringContaining("no-such-commit") } })
  })

  it("--help names every option and the exit codes", () => {
    const { status, stdout } = guard("--help")
    expect(status).toBe(0)
    expect(stdout).toContain("<base>")
    for (const flag of ["head", "filter", "counts-only", "passes", "pairs", "accept", "json"])
      expect(stdout).toContain(`  --${flag} `)
    expect(stdout).toMatch(/0 passed, 1 failed, 2 wrong call, 3 /)
  })
})
