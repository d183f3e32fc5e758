/**
 * Records of decisions stay short and name files that exist; texts of the code name documents that
 * exist.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { projectFiles, root } from "./source-tree.js"

const folder = "docs/decisions"
const records = readdirSync(root + folder).filter((name) => /^\d\d-.*\.md$/.test(name))
const textOf = (path: string): string => readFileSync(root + path, "utf8")
const linesOf = (path: string): number => textOf(path).split("\n").length - 1

it("are at most 26 of at most 40 lines, 60 KB in all, and the README lists them", () => {
  expect(records.length).toBeLessThanOrEqual(26)
  const sizes = records.map((name) => linesOf(`${folder}/${name}`))
  expect(Math.max(...sizes)).toBeLessThanOrEqual(40)
  expect(records.reduce((sum, name) => sum + textOf(`${folder}/${name}`).length, 0)).toBeLessThanOrEqual(60_000)
  const listed = [...textOf(`${folder}/README.md`).matchAll(/\]\((\d\d-[^)]*\.md)\)/g)].map((match) => match[1])
  expect(listed).toEqual(records.sort())
})

it("ARCHITECTURE.md has at most 250 lines and 16 KB", () => {
  expect(linesOf("ARCHITECTURE.md")).toBeLessThanOrEqual(250)
  expect(Buffer.byteLength(textOf("ARCHITECTURE.md"))).toBeLessThanOrEqual(16_384)
})

it("name files that exist", () => {
  const tops = "(?:engine|kernels|cli|bench|fixtures|examples|test)"
  const missing = ["ARCHITECTURE.md", ...records.map((name) => `${folder}/${name}`)].flatMap((path) =>
    [...textOf(path).matchAll(new RegExp(`\`(${tops}/[\\w./-]+)\``, "g"))]
      .map((match) => match[1] ?? "")
      .filter((name) => !existsSync(root + name))
      .map((name) => `${path}: ${name}`),
  )
  expect(missing).toEqual([])
})

it("and other documents are named by the code only while they exist", () => {
  const named = projectFiles()
    .filter((path) => /\.(ts|mjs|js|md|def)$|Dockerfile$/.test(path))
    .flatMap((path) => [...textOf(path).matchAll(/\bdocs\/[\w./-]+\.(?:md|yml)\b/g)].map(([name]) => [path, name]))
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter(([, name]) => !existsSync(root + name))).toEqual([])
})
