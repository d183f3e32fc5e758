/**
 * The engine and the command know no kernel: what they need of one, its ports declare. The rule:
 * neither names the id of a kernel, in code or comment; and no quoted string is the second half of
 * an id, or a raster or a layer that a kernel writes. Kinds of ports are words of the contract, and
 * a word beside a LiDAR class code is the name of that class.
 */
import { execFile } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, describe, expect, it } from "vitest"
import type { OutputDescription } from "../cli/view/describe-output.js"
import { loadKernels } from "../engine/job/kernels/load-kernels.js"
import type { Kernel } from "../engine/kernel.js"
import { writeSample } from "../fixtures/sample/write-sample.js"
import { layerDocs } from "./layer-docs.js"
import { projectFiles, root } from "./source-tree.js"

const kernels = (await loadKernels()).map(({ kernel }) => kernel)
const contract = readFileSync(`${root}engine/kernel.ts`, "utf8")
const kinds = new Set([...contract.matchAll(/readonly kind: "(\w+)"/g)].map(([, kind]) => kind))
const isWritten = ({ kind }: { kind: string }): boolean => kind === "features" || kind === "raster"
const products = kernels.flatMap(({ outputs }) =>
  Object.entries(outputs).flatMap(([name, port]) =>
    isWritten(port) && !("publish" in port && port.publish === false) ? [name] : [],
  ),
)
const names = new Set([...kernels.map(({ id }) => id.split(".")[1]!), ...products].filter((name) => !kinds.has(name)))
const idPattern = new RegExp(`\\b(${kernels.map(({ id }) => id.replace(".", "\\.")).join("|")})\\b`, "g")
const namePattern = new RegExp(`(\\d[,:] \\[?)?(["'\`])(${[...names].join("|")})\\2`, "g")

/** The names of kernels in a source text. */
const namesIn = (text: string): string[] => [
  ...[...text.matchAll(idPattern)].map(([id]) => id),
  ...[...text.matchAll(namePattern)].flatMap(([, code, , name]) => (code === undefined ? [name!] : [])),
]

describe("engine/ and cli/", () => {
  it("name no kernel", () => {
    expect(names.size).toBeGreaterThan(25)
    // The library has functions for the commonest chains, whose types are those of their kernels.
    const chains = /^engine\/library\/(kernels|recipe-types)\.ts$/
    const sources = projectFiles().filter(
      (path) => /^(engine|cli)\/.*\.(ts|mjs|html|css)$/.test(path) && !chains.test(path),
    )
    expect(sources.length).toBeGreaterThan(300)
    const faults = sources.flatMap((path) =>
      namesIn(readFileSync(root + path, "utf8")).map((name) => `${path}: ${name}`),
    )
    expect(faults).toEqual([])
  })

  it("are held to a rule that sees names, and only those", () => {
    expect(namesIn(`// as raster.dtm does`)).toEqual(["raster.dtm"])
    expect(namesIn(`options["vector.contour"]; layout.layer("bridge"); ['dsm', \`tree\`]`)).toEqual([
      "vector.contour",
      "bridge",
      "dsm",
      "tree",
    ])
    expect(namesIn(`[6, "building"]; 9: ["water", "eau"]; port.kind === "views"; "a tree"`)).toEqual([])
  })
})

/** A layer in one file: the highest cell of each tile. */
const SUMMIT = `export default {
  id: "vector.summit",
  version: 1,
  summary: "The highest cell of the terrain of each tile",
  inputs: { dtm: { kind: "raster" } },
  outputs: {
    summit: {
      kind: "features",
      geometry: "Point",
      help: "summits",
      columns: { altitude: { type: "number", unit: "m", help: "of the terrain" } },
      style: { colour: "#123456", isLow: true, map: { label: "Summit", needs: "summits", relief: { line: "#123456", width: 4 } } },
    },
    "summit-quality": { kind: "metrics", thresholds: { altitude: { meaning: "altitude of the summit", unit: "m", warn: 0 } } },
  },
  options: {},
  halo: () => 0,
  memory: () => 1e6,
  run(tile, { dtm }) {
    const { data, width, minX, maxY, cellSize } = dtm
    let best = 0
    for (let i = 1; i < data.length; i++) if (data[i] > data[best] || Number.isNaN(data[best])) best = i
    const place = [minX + ((best % width) + 0.5) * cellSize, maxY - (Math.floor(best / width) + 0.5) * cellSize]
    return {
      summit: {
        geometry: "Point",
        dimension: 2,
        coordinates: Float64Array.from(place),
        ringEnds: Uint32Array.of(1),
        partEnds: Uint32Array.of(1),
        ids: [tile.key],
        columns: { altitude: { type: "number", values: Float64Array.of(data[best]) } },
      },
      "summit-quality": { altitude: data[best] },
    }
  },
}
`

describe("a layer that is added by its kernel and a line in the table", () => {
  const folder = mkdtempSync(join(tmpdir(), "maille-added-layer-"))
  afterAll(() => rmSync(folder, { recursive: true }))
  const dist = join(folder, "dist")
  const main = join(dist, "cli/main.js")
  const node = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, args, { cwd: folder })).stdout

  it("appears in run, validate, preview, viewer and docs", { timeout: 120_000 }, async () => {
    // A copy of the build: the engine finds the table beside itself.
    cpSync(`${root}dist`, dist, { recursive: true, filter: (path) => !/\.(map|d\.ts)$/.test(path) })
    cpSync(`${root}package.json`, join(folder, "package.json"))
    symlinkSync(`${root}node_modules`, join(folder, "node_modules"))
    const kernelFile = join(dist, "kernels/summit.js")
    const table = join(dist, "kernels/index.js")
    writeFileSync(kernelFile, SUMMIT)
    const line = `kernelTable = {\n    "vector.summit": at("./summit.js"),`
    const before = readFileSync(table, "utf8")
    writeFileSync(table, before.replace("kernelTable = {", line))
    expect(readFileSync(table, "utf8")).toContain("summit")
    // The last step of the build.
    await node(join(dist, "cli/write-schema.js"))

    await writeSample(join(folder, "in"), { pulsesPerM2: 2 })
    const out = join(folder, "out")
    const flags = ["--products", "dtm,vector", "--layers", "summit", "--tile-size", "100", "--workers", "1", "--json"]
    const run = JSON.parse(await node(main, "run", join(folder, "in/lidar"), "--out", out, ...flags))
    expect(existsSync(join(out, "vector/summit.fgb"))).toBe(true)
    const metric = "vector.summit.altitude"
    const row = run.quality.thresholds.find((one: { metric: string }) => one.metric === metric)
    expect(row).toMatchObject({ metric, meaning: "altitude of the summit", unit: "m", tiles: 4, warned: 4, failed: 0 })
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("altitude of the summit")

    // How a layer is shown and judged is part of no hash.
    writeFileSync(kernelFile, SUMMIT.replaceAll("#123456", "#654321").replace("warn: 0", "warn: 9000"))
    await node(join(dist, "cli/write-schema.js"))
    const again = JSON.parse(await node(main, "run", join(folder, "in/lidar"), "--out", out, ...flags))
    expect(again).toMatchObject({ unchanged: 4, quality: { warned: 0 } })

    const validated = JSON.parse(await node(main, "validate", out, "--json"))
    expect(validated).toMatchObject({ ok: true, vector: { layers: 1, features: 4, invalid: 0 } })

    const preview = JSON.parse(await node(main, "preview", out, "-o", join(folder, "map.png"), "--json"))
    expect(preview.layers).toContainEqual({ name: "summit", drawn: 4 })
    expect(await node(main, "preview", "--help")).toContain("summit")

    const view = (await import(join(dist, "cli/view/describe-output.js"))) as {
      describeOutput(path: string): Promise<OutputDescription>
    }
    const { vectors, styles } = await view.describeOutput(out)
    expect(vectors).toEqual(["summit"])
    expect(styles["summit"]).toMatchObject({ colour: "#654321", isLow: true })

    const added = ((await import(kernelFile)) as { default: Kernel }).default
    const docs = layerDocs([...kernels, added])
    expect(docs).toContain("### summit\n\nPoint, by `vector.summit`; stages: tile. Summits.")
    expect(docs).toContain("| `altitude` | number | m | of the terrain |")
    expect(await node(main, "kernels", "vector.summit")).toMatch(/^ {2}summit +features$/m)
  })
})
