import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { parseRenames } from "../../../bench/same/renames.js"
import { raiseVersions } from "../../../bench/same/tree.js"

it("gives kernels the versions and ids as the table says, and refuses one that the tree does not declare", async () => {
  const root = mkdtempSync(join(tmpdir(), "maille-raised-"))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const folder of ["cli", "engine", "kernels/vector"]) mkdirSync(join(root, folder), { recursive: true })
  const path = join(root, "kernels/vector/water.ts")
  const source = (version: number): string =>
    `export default defineKernel({\n  id: "vector.water",\n  version: ${version},\n})\n`
  writeFileSync(path, source(4))
  const renames = (old: string, later = "vector.water@6") =>
    parseRenames(JSON.stringify({ kernels: [{ old, new: later, reason: "a" }] }))
  await raiseVersions(root, renames("vector.water@4"))
  expect(readFileSync(path, "utf8")).toBe(source(6))
  await expect(raiseVersions(root, renames("vector.water@5"))).rejects.toThrow("declares no vector.water@5")
  await raiseVersions(root, renames("vector.water", "vector.lake"))
  expect(readFileSync(path, "utf8")).toBe(source(6).replace("water", "lake"))
})
