import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { root } from "../source-tree.js"

const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { scripts: Record<string, string> }
const guard = readFileSync(`${root}bench/guard/guard.ts`, "utf8")

describe.each(readdirSync(`${root}docs/ci`))("docs/ci/%s", (file) => {
  const text = readFileSync(`${root}docs/ci/${file}`, "utf8")

  it("calls scripts that exist, with options that they have", () => {
    const called = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, script]) => script!)
    expect(called).toEqual(["bench:guard:ci", "bench:guard"])
    for (const script of called) expect(scripts).toHaveProperty([script])
    const flags = text.match(/(?<=bench:guard -- .*)--[a-z]+/g)
    expect(flags).toEqual(["--json"])
    for (const flag of flags!) expect(guard).toMatch(new RegExp(`"${flag}[" ]`))
  })

  it("has the base commit at hand, and keeps the result", () => {
    expect(text).toMatch(/fetch-depth: 0|GIT_DEPTH: "0"/)
    expect(text).toMatch(/guard\.json/)
  })
})
