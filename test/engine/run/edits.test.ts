/** A run with `--edits` builds the changed land: the same for any tiles, and only there another. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ResultsComparison } from "../../../engine/compare/results-comparison.js"
import { sourceCrs } from "../../../engine/grid/source-crs.js"
import { hashesOf } from "../../hashes-of.js"
import { type Ended, jsonOf, runKept } from "../../run-maille.js"

let folder = ""
const at = (name: string): string => join(folder, name)
const products = ["--products", "dtm,dsm,vector"]

type Place = readonly [x: number, y: number]
const rectangle = (x0: number, y0: number, x1: number, y1: number): Place[][] => [
  [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
    [x0, y0],
  ],
]
const feature = (id: string, action: string, type: string, coordinates: unknown, properties: object = {}): object => ({
  ...{ type: "Feature", id, geometry: { type, coordinates } },
  properties: { action, ...properties },
})
const dyke = rectangle(842145, 6520072, 842176, 6520097)[0]!
/** Across the border of tiles of 50 m, and away from it. */
const plan = [
  feature("tower", "build", "Polygon", rectangle(842108, 6520060, 842122, 6520070), { height: 40 }),
  feature("across", "build", "Polygon", rectangle(842140, 6520055, 842158, 6520066), { height: 9 }),
  feature("dyke", "dyke", "LineString", dyke, { width: 2, z: 176.5, ratio: 1 }),
  feature("street", "plant", "LineString", [[842105, 6520015] satisfies Place, [842140, 6520015] satisfies Place], {
    ...{ spacing: 9, height: 10, crown: 6 },
  }),
]
const lambert93 = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } }

const writeEdits = async (
  name: string,
  features: readonly unknown[],
  crs: object | null = lambert93,
): Promise<string> => {
  await writeFile(at(name), JSON.stringify({ type: "FeatureCollection", ...(crs && { crs }), features }))
  return at(name)
}
const run = (out: string, ...more: string[]): Promise<Ended> =>
  runKept(["run", at("guide/lidar"), "--workers", "1", "--json", "--out", at(out), ...products, ...more])
const done = async (out: string, ...more: string[]): Promise<Ended> => {
  const ended = await run(out, ...more)
  expect(ended.code, ended.stderr).toBe(0)
  return ended
}
const compare = async (a: string, b: string): Promise<ResultsComparison> => {
  const ended = await runKept(["compare", at(a), at(b), "--json"])
  expect(ended.code, ended.stderr).toBe(0)
  return jsonOf(ended) as ResultsComparison
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-edits-"))
  await runKept(["demo", "--guide", at("guide")])
  const edits = await writeEdits("plan.geojson", plan)
  await done("base", "--tile-size", "50")
  await done("plan50", "--tile-size", "50", "--edits", edits)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe("a run with --edits", () => {
  it("builds what they state", async () => {
    const { rasters, layers } = await compare("base", "plan50")
    const rasterOf = (name: string) => rasters.find((one) => one.name === name)!
    const gained = (name: string): number => rasterOf(name).gained ?? 0
    // A ring of 112 m, 2 m wide, with slopes of 1 : 1, some 2 m high.
    expect(gained("dtm")).toBeGreaterThan(500)
    expect(gained("dtm")).toBeLessThan(700)
    const built = 14 * 10 * 40 + 18 * 11 * 9
    expect(gained("dsm")).toBeGreaterThan(built)
    // The dyke, trees, and half a cell around each house.
    const further = 700 + 4 * Math.PI * 3 ** 2 * 10 + 0.5 * (48 * 40 + 58 * 9)
    expect(gained("dsm")).toBeLessThan(built + further)
    expect(layers.find(({ name }) => name === "building")).toMatchObject({ a: 2, b: 4, equal: 2, new: 2 })
    expect(layers.find(({ name }) => name === "tree")?.new).toBe(4)
  })

  it("has no fault by validate, which leaves out the tiles that edits change", async () => {
    const ended = await runKept(
      ["run", at("guide/lidar"), "--out", at("mesh"), "--tile-size", "50", "--products", "mesh"].concat([
        "--edits",
        at("plan.geojson"),
        "--workers",
        "1",
      ]),
    )
    expect(ended.code, ended.stderr).toBe(0)
    const validated = await runKept(["validate", at("mesh"), "--json"])
    expect(validated.code, validated.stderr + validated.stdout).toBe(0)
    const { notes } = jsonOf(validated) as { notes: string[] }
    expect(notes.join("\n")).toMatch(/\d tiles? with edits not compared with the points/)
  })

  it("gives the same for other tiles", async () => {
    await done("plan100", "--tile-size", "100", "--edits", at("plan.geojson"))
    const { rasters, layers } = await compare("plan50", "plan100")
    expect(rasters.length).toBeGreaterThan(1)
    for (const { name, changed, onlyA, onlyB } of rasters)
      expect({ name, changed, onlyA, onlyB }).toEqual({ name, changed: 0, onlyA: 0, onlyB: 0 })
    for (const { name, a, b, equal } of layers) expect({ name, a, b }).toEqual({ name, a: equal, b: equal })
  })

  it.each([["1"], ["2"]])(
    "takes what they leave from the base, as a full run makes it, %s workers",
    async (workers) => {
      const out = `reuse${workers}`
      const one = await writeEdits("house.geojson", plan.slice(0, 1))
      if (workers === "1") await done("full", "--tile-size", "50", "--edits", one)
      const more = ["--tile-size", "50", "--workers", workers, "--edits", one, "--reuse", at("base")]
      const { reused } = jsonOf(await done(out, ...more)) as { reused: number }
      expect(reused).toBeGreaterThan(0)
      expect(await hashesOf(at(out))).toEqual(await hashesOf(at("full")))
    },
  )

  it("projects edits in another CRS", async () => {
    const { toGeographic } = sourceCrs(2154)
    const ring = rectangle(842108, 6520060, 842122, 6520070)[0]!.map(([x, y]) => toGeographic(x, y))
    const tower = feature("tower", "build", "Polygon", [ring], { height: 40 })
    const degrees = await writeEdits("degrees.geojson", [tower], null)
    await done("degrees", "--tile-size", "50", "--edits", degrees)
    const { layers } = await compare("full", "degrees")
    expect(layers.find(({ name }) => name === "building")).toMatchObject({ a: 3, b: 3, new: 0, gone: 0 })
  })

  it("gives the bytes of a run without edits for an empty file", async () => {
    await done("empty", "--tile-size", "50", "--edits", await writeEdits("none.geojson", []))
    expect(await hashesOf(at("empty"))).toEqual(await hashesOf(at("base")))
  })

  it("refuses other edits in the finished folder", async () => {
    const ended = await run("plan50", "--tile-size", "50", "--edits", await writeEdits("other.geojson", plan.slice(1)))
    expect(ended.code, ended.stderr).not.toBe(0)
  })

  it.each([
    ["an unknown action", [feature("x", "fly", "Point", [842150, 6520050])], /x\)\.action: fly is unknown/],
    [
      "a place outside",
      [feature("x", "fell", "Polygon", rectangle(842500, 6520000, 842510, 6520010))],
      /end of the data/,
    ],
    ["equal ids", [plan[0], plan[0]], /features\[1\] \(tower\): .*features\[0\] \(tower\) has the same id/],
    ["no geometry", [{ type: "Feature", geometry: null, properties: { action: "fell" } }], /no GeoJSON feature/],
    ["no feature", [null], /no GeoJSON feature/],
  ])("refuses %s before it writes", async (_, features, message) => {
    const ended = await run("refused", "--edits", await writeEdits("bad.geojson", features))
    expect([ended.code, await readdir(folder)]).toEqual([2, expect.not.arrayContaining(["refused"])])
    expect(ended.stderr).toMatch(message)
    expect(ended.stderr).toContain("bad.geojson")
    expect(ended.stderr).not.toContain("    at ")
  })

  it("names the edit that its place does not allow", async () => {
    const raze = feature("gone", "raze", "Polygon", rectangle(842110, 6520062, 842114, 6520066))
    const ended = await run("nothing", "--edits", await writeEdits("raze.geojson", [raze]))
    expect(ended.code).not.toBe(0)
    expect(ended.stderr).toMatch(/features\[0\] \(gone\): there is no building/)
  })

  it("refuses edits of points that the job classifies", async () => {
    const ended = await run("refused", "--edits", at("plan.geojson"), "--classify", "ground")
    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(/--edits: cannot be used together with --classify/)
  })
})
