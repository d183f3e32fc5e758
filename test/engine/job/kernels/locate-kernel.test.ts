import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hashModule } from "../../../../engine/job/kernels/hash-module.js"
import { importKernel, loadKernels } from "../../../../engine/job/kernels/load-kernels.js"
import { locateKernel } from "../../../../engine/job/kernels/locate-kernel.js"

let folder = ""
const put = async (path: string, text: string): Promise<string> => {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
  return join(folder, path)
}
const kernel = (id: string): string =>
  `{ id: "${id}", version: 1, summary: "", inputs: {}, outputs: {}, options: {}, halo() {}, memory() {}, run() {} }`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-locate-"))
})
afterAll(() => rm(folder, { recursive: true }))

describe("a name of --kernel", () => {
  it("is an id of maille's own, before a file of that name", async () => {
    await put("raster.dtm", "")
    expect(await locateKernel(folder, "raster.dtm")).toBe("raster.dtm")
  })

  it("is a path from the folder, whether the file exists or not", async () => {
    await put("own/slope.js", "")
    for (const name of ["own/slope.js", "./own/slope.js", join(folder, "own/slope.js")])
      expect(await locateKernel(folder, name)).toBe(join(folder, "own/slope.js"))
    expect(await locateKernel(folder, "missing.mjs")).toBe(join(folder, "missing.mjs"))
  })

  it("is a package, by the rules of import", async () => {
    const exportsOf = { ".": { require: "./no.cjs", types: "./a.d.ts", import: "./a.js" }, "./more": "./more.js" }
    await put("node_modules/fuel/package.json", JSON.stringify({ exports: exportsOf }))
    await put("node_modules/@lab/wind/package.json", JSON.stringify({ main: "wind.js" }))
    await put("node_modules/@lab/short/package.json", JSON.stringify({ exports: "./short.js" }))
    await mkdir(join(folder, "deeper/still"), { recursive: true })
    const modules = join(folder, "node_modules")
    for (const from of [folder, join(folder, "deeper/still")]) {
      expect(await locateKernel(from, "fuel")).toBe(join(modules, "fuel/a.js"))
      expect(await locateKernel(from, "fuel/more")).toBe(join(modules, "fuel/more.js"))
      expect(await locateKernel(from, "@lab/wind")).toBe(join(modules, "@lab/wind/wind.js"))
      expect(await locateKernel(from, "@lab/short")).toBe(join(modules, "@lab/short/short.js"))
    }
    // Before a folder of that name.
    await mkdir(join(folder, "fuel"))
    expect(await locateKernel(folder, "fuel")).toBe(join(modules, "fuel/a.js"))
    // A package under work, by its folder.
    expect(await locateKernel(join(modules, "fuel"), ".")).toBe(join(modules, "fuel/a.js"))
  })

  it("is refused where it is nothing of this", async () => {
    for (const name of ["smoke", "@lab/smoke", "fuel/secret"])
      await expect(locateKernel(folder, name)).rejects.toMatchObject({
        code: "E_USAGE",
        message: expect.stringMatching(/maille kernels.*npm install/),
      })
    await expect(locateKernel(folder, "raster.dmt")).rejects.toThrow(/Did you mean "raster\.dtm"/)
  })
})

describe("the kernels of a module", () => {
  it("are one or several", async () => {
    const file = await put("two.js", `export default [${kernel("my.one")}, ${kernel("my.two")}]`)
    const loaded = (await loadKernels([file])).filter(({ digest }) => digest !== undefined)
    expect(loaded.map((one) => one.kernel.id)).toEqual(["my.one", "my.two"])
    for (const { url, kernel } of loaded) expect((await importKernel(url)).id).toBe(kernel.id)
    const clash = await put("clash.js", `export default [${kernel("my.one")}, ${kernel("my.one")}]`)
    await expect(loadKernels([clash])).rejects.toThrow(/"my\.one" is taken/)
  })

  it("mark the own one that the job names", async () => {
    const named = (await loadKernels(["raster.dtm"])).filter((one) => one.named)
    expect(named.map(({ kernel, digest }) => [kernel.id, digest])).toEqual([["raster.dtm", undefined]])
  })
})

describe("the hash of a module", () => {
  it("covers the files that it names by relative paths", async () => {
    const file = await put("deep/main.js", `import { a } from "./part/a.js"\nexport default a`)
    await put("deep/part/a.js", `export * from "../b.js"\nnew URL("./a.wasm", import.meta.url)`)
    await put("deep/b.js", `import "./part/a.js"\nexport const a = 1`)
    await put("deep/part/a.wasm", "1")
    const hashes = [await hashModule(file)]
    expect(await hashModule(file)).toBe(hashes[0])
    for (const [path, text] of [
      ["deep/b.js", "export const a = 2"],
      ["deep/part/a.wasm", "2"],
      ["deep/main.js", "export default 1"],
    ] as const) {
      await put(path, text)
      hashes.push(await hashModule(file))
    }
    expect(new Set(hashes).size).toBe(4)
  })
})
