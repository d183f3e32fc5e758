import { readFileSync, writeFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type { FeaturesPort, Kernel } from "../engine/kernel.js"
import { kernelTable } from "../kernels/index.js"
import { root } from "./source-tree.js"

const BEGIN = "<!-- layers: made by UPDATE_GOLDEN=1 npx vitest run test/layers.test.ts -->"
const END = "<!-- /layers -->"

interface Layer {
  readonly port: FeaturesPort
  readonly kernels: readonly Kernel[]
}

/** The layers by name, with the kernels that make each. */
const layersOf = async (): Promise<Map<string, Layer>> => {
  const layers = new Map<string, Layer>()
  for (const { url } of Object.values(kernelTable)) {
    const kernel = ((await import(url)) as { default: Kernel }).default
    for (const [name, port] of Object.entries(kernel.outputs)) {
      if (port.kind !== "features") continue
      layers.set(name, { port, kernels: [...(layers.get(name)?.kernels ?? []), kernel] })
    }
  }
  return new Map([...layers].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Where the kernels of a layer run: what a job with that layer alone has to do. */
const stagesOf = ({ kernels }: Layer): string => {
  const scopes = new Set(kernels.flatMap(({ scopes: own = ["tile"] }) => own))
  return [...scopes].map((scope) => (scope === "job" ? "join" : scope)).join(", ")
}

const table = (name: string, { port, kernels }: Layer): string =>
  [
    `### ${name}`,
    "",
    `${port.geometry}, by ${kernels.map(({ id }) => `\`${id}\``).join(", ")}; stages: ${stagesOf({ port, kernels })}.${port.help === undefined ? "" : ` ${port.help[0]?.toUpperCase()}${port.help.slice(1)}.`}`,
    "",
    "| column | type | unit | |",
    "|---|---|---|---|",
    ...Object.entries(port.columns ?? {}).map(
      ([column, { type, unit, help }]) => `| \`${column}\` | ${type} | ${unit ?? ""} | ${help} |`,
    ),
  ].join("\n")

describe("docs/layers.md", () => {
  it("shows the columns as the kernels declare them", async () => {
    const layers = await layersOf()
    const path = `${root}docs/layers.md`
    const text = readFileSync(path, "utf8")
    const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
    expect(from, "the markers are missing").toBeGreaterThan(0)
    const tables = [...layers].map(([name, layer]) => table(name, layer)).join("\n\n")
    const fresh = `${text.slice(0, from + BEGIN.length)}\n\n${tables}\n\n${text.slice(to)}`
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, fresh)
    else expect(text).toBe(fresh)
  })

  it("every layer declares its columns, and all kernels that make one declare the same", async () => {
    for (const [name, { port, kernels }] of await layersOf()) {
      expect(Object.keys(port.columns ?? {}).length, name).toBeGreaterThan(0)
      for (const { id, outputs } of kernels) expect(outputs[name], `${id}: ${name}`).toEqual(port)
    }
  })
})
