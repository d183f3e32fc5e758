import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  declarationsText,
  declareKernels,
  loadDeclared,
  readDeclarations,
} from "../../../../engine/job/kernels/declare-kernels.js"
import { loadKernels } from "../../../../engine/job/kernels/load-kernels.js"
import type { Kernel } from "../../../../engine/kernel.js"

let folder: string
let written: URL
let compiled: URL

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-"))
  written = pathToFileURL(join(folder, "kernels.json"))
  compiled = pathToFileURL(join(folder, "kernels.tsbuildinfo"))
  await writeFile(written, declarationsText((await loadKernels()).map(({ kernel }) => kernel)))
})
afterAll(() => rm(folder, { recursive: true }))

/** The kernel without its functions and those of its ports. */
const dataOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(dataOf)
  if (value === null || typeof value !== "object") return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (typeof one === "function" ? [] : [[name, dataOf(one)]])),
  )
}

describe("declared kernels", () => {
  it("are those of the table, in its order, and lose nothing but functions", async () => {
    const declared = await readDeclarations(written, compiled)
    const loaded = await loadKernels()
    expect(declared?.map(({ url }) => url)).toEqual(loaded.map(({ url }) => url))
    expect(declared?.map(({ kernel }) => dataOf(kernel))).toEqual(loaded.map(({ kernel }) => dataOf(kernel)))
  })

  it("are loaded where they are wanted, and tell where they are not", async () => {
    const declared = (await readDeclarations(written, compiled)) ?? []
    const kernels = await loadDeclared(declared, (id) => id === "raster.dtm")
    const find = (id: string): Kernel | undefined => kernels.find(({ kernel }) => kernel.id === id)?.kernel
    const whole = (await loadKernels()).map(({ kernel }) => kernel)
    expect(find("raster.dtm")).toBe(whole.find(({ id }) => id === "raster.dtm"))
    expect(() => find("raster.dsm")?.halo({})).toThrow(/raster\.dsm: not loaded/)
    expect(kernels.map(({ kernel }) => kernel.id)).toEqual(whole.map(({ id }) => id))
  })

  it("are not believed when modules were compiled later, or where there are none", async () => {
    await writeFile(compiled, "")
    await utimes(compiled, new Date(), new Date(Date.now() - 60_000))
    expect(await readDeclarations(written, compiled)).toBeDefined()
    await utimes(compiled, new Date(), new Date(Date.now() + 60_000))
    expect(await readDeclarations(written, compiled)).toBeUndefined()
    expect(await readDeclarations(pathToFileURL(join(folder, "no.json")), compiled)).toBeUndefined()
  })

  it("are not believed when they were not written to their end", async () => {
    for (const text of ["", '[{"id":"raster.dtm"', "{}", "[]"]) {
      const cut = pathToFileURL(join(folder, "cut.json"))
      await writeFile(cut, text)
      expect(await readDeclarations(cut, pathToFileURL(join(folder, "none")))).toBeUndefined()
    }
  })

  it("are published without what the compiler wrote about them, for installing gives files times of its own", async () => {
    const { files } = JSON.parse(await readFile(new URL("../../../../package.json", import.meta.url), "utf8"))
    const covers = (pattern: string): boolean =>
      "dist/.build/kernels.tsbuildinfo".startsWith(pattern.replace(/\*.*$/, ""))
    expect(files.filter((pattern: string) => !pattern.startsWith("!") && covers(pattern))).toEqual([])
  })

  it("of sources that are run as they are come from their modules", async () => {
    const kernels = await declareKernels()
    expect(kernels.map(({ kernel }) => kernel)).toEqual((await loadKernels()).map(({ kernel }) => kernel))
  })
})
