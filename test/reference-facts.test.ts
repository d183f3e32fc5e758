/** Pages of docs/reference that state codes and thresholds which the code declares. */
import { readFileSync, writeFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { exitCodeOfError, exitCodes } from "../cli/exit-codes.js"
import type { ErrorCode } from "../engine/errors.js"
import { type QualityThreshold, thresholdsOf } from "../engine/report/quality.js"
import { kernels } from "./commands.js"
import { root } from "./source-tree.js"

const textOf = (path: string): string => readFileSync(root + path, "utf8")

describe("docs/reference/errors.md", () => {
  const page = textOf("docs/reference/errors.md")

  it("lists all exit codes and no other", () => {
    const listed = [...page.matchAll(/^\| `(\d+)` \|/gm)].map(([, code]) => Number(code))
    expect(listed).toEqual(Object.values(exitCodes))
  })

  it("lists all error codes with their exit codes", () => {
    const declared = [...textOf("engine/errors.ts").matchAll(/^ {2}\| "(E_\w+)"/gm)].map(
      ([, code]) => code as ErrorCode,
    )
    const listed = [...page.matchAll(/^\| `(E_\w+)` \| (\d+) \|/gm)].map(([, code, exit]) => [code, Number(exit)])
    expect(declared.length).toBeGreaterThan(5)
    expect(listed).toEqual(declared.map((code) => [code, exitCodeOfError(code)]))
  })
})

describe("docs/reference/metrics.md", () => {
  const row = ({ metric, meaning, unit, warn, fail }: QualityThreshold): string =>
    `| \`${metric}\` | ${meaning} | ${unit} | ${warn} | ${fail ?? ""} |`
  const begin = "<!-- thresholds: made by UPDATE_GOLDEN=1 npx vitest run test/reference-facts.test.ts -->"
  const end = "<!-- /thresholds -->"

  it("lists the thresholds that kernels declare", () => {
    const path = "docs/reference/metrics.md"
    const page = textOf(path)
    const rows = thresholdsOf(kernels).map(row)
    const table = ["| figure | meaning | unit | warn above | fail above |", "|---|---|---|--:|--:|", ...rows].join("\n")
    const [from, to] = [page.indexOf(begin), page.indexOf(end)]
    expect(from, "the markers are missing").toBeGreaterThan(0)
    const fresh = `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(root + path, fresh)
    else expect(page).toBe(fresh)
  })
})
