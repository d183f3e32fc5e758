import { readFileSync, writeFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { loadKernels } from "../engine/job/kernels/load-kernels.js"
import { layerDocs, layersOf } from "./layer-docs.js"
import { root } from "./source-tree.js"

const BEGIN = "<!-- layers: made by UPDATE_GOLDEN=1 npx vitest run test/layers.test.ts -->"
const END = "<!-- /layers -->"
const kernels = (await loadKernels()).map(({ kernel }) => kernel)

describe("docs/reference/layers.md", () => {
  it("shows the columns as the kernels declare them", () => {
    const path = `${root}docs/reference/layers.md`
    const text = readFileSync(path, "utf8")
    const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
    expect(from, "the markers are missing").toBeGreaterThan(0)
    const fresh = `${text.slice(0, from + BEGIN.length)}\n\n${layerDocs(kernels)}\n\n${text.slice(to)}`
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, fresh)
    else expect(text).toBe(fresh)
  })

  it("every layer declares its columns, and all kernels that make one declare the same", () => {
    for (const [name, { port, kernels: makers }] of layersOf(kernels)) {
      expect(Object.keys(port.columns ?? {}).length, name).toBeGreaterThan(0)
      for (const { id, outputs } of makers) expect(outputs[name], `${id}: ${name}`).toEqual(port)
    }
  })
})
