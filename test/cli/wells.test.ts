/**
 * A stranger's kernel asks for files of the user: wells with a column, and a raster of the water
 * table. Flags, help, schema, checks and copies follow from its ports.
 */
import { spawnSync } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { seededRandom } from "../../engine/core/random.js"
import { encodeCog } from "../../engine/formats/raster/tiff/cog.js"
import { readFeatures } from "../../engine/formats/vector/read-features.js"
import { crsByEpsg } from "../../engine/grid/crs.js"
import { readStoredJob } from "../../engine/job/output-folder.js"
import { lasBytes, randomPoints } from "../engine/formats/las/las-bytes.js"
import { type Ended, mailleKept, mailleScript } from "./maille.js"

const WELLS = `export default {
  id: "ground.wells",
  version: 1,
  summary: "Wells, with the water table at each",
  inputs: {
    dtm: { kind: "raster" },
    wells: {
      kind: "features",
      geometry: "Point",
      external: {
        name: "wells",
        flag: "--wells",
        help: { en: "wells of the area", fr: "puits de la zone" },
        more: { en: "points with a column depth", fr: "points avec une colonne depth" },
        columns: {
          depth: { type: "number", unit: "m", help: "below the ground" },
          owner: { type: "string", help: "who digs", optional: true },
        },
      },
    },
    water: {
      kind: "raster",
      external: { name: "waterTable", flag: "--water-table", cell: 10, help: { en: "altitude of water", fr: "altitude de l’eau" } },
    },
  },
  outputs: {
    well: {
      kind: "features",
      geometry: "Point",
      columns: {
        depth: { type: "number", unit: "m", help: "below the ground" },
        water: { type: "number", unit: "m", help: "altitude of the water table" },
      },
    },
  },
  options: {},
  check(options, { external }) {
    if (!external.includes("wells")) throw new Error("there are no wells. Give --wells FILE.")
  },
  halo: () => 0,
  memory: () => 1e6,
  run({ cell }, { wells, water }) {
    const { coordinates, dimension, ids, columns } = wells
    const own = ids.map((_, f) => f).filter((f) => {
      const [x, y] = coordinates.subarray(dimension * f)
      return x >= cell[0] && x < cell[2] && y >= cell[1] && y < cell[3]
    })
    const places = own.map((f) => [coordinates[dimension * f], coordinates[dimension * f + 1]])
    const valueAt = ([x, y]) =>
      water === undefined
        ? NaN
        : water.data[Math.floor((water.maxY - y) / water.cellSize) * water.width + Math.floor((x - water.minX) / water.cellSize)]
    return {
      well: {
        geometry: "Point",
        dimension: 2,
        coordinates: Float64Array.from(places.flat()),
        ringEnds: Uint32Array.from(own, (_, i) => i + 1),
        partEnds: Uint32Array.from(own, (_, i) => i + 1),
        ids: own.map((f) => ids[f]),
        columns: {
          depth: { type: "number", values: Float64Array.from(own, (f) => columns.depth.values[f]) },
          water: { type: "number", values: Float64Array.from(places, valueAt) },
        },
      },
    }
  },
}
`

let folder = ""
const at = (...names: string[]): string => join(folder, ...names)
const collection = (features: readonly object[]): string => JSON.stringify({ type: "FeatureCollection", features })
const well = (place: readonly number[], properties: object, id = "w"): object => ({
  ...{ type: "Feature", id, properties },
  geometry: { type: "Point", coordinates: place },
})
const run = (out: string, ...more: string[]): Promise<Ended> =>
  mailleKept(
    ...["run", at("in.las"), "--crs", "EPSG:2154", "--products", "dtm", "--workers", "1"],
    ...["--out", at(out), ...more],
  )

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-wells-"))
  const points = randomPoints(seededRandom(3), 20_000, 6000).map((one) => ({
    ...one,
    classification: 2,
    z: one.z >> 1,
  }))
  await writeFile(at("in.las"), lasBytes({ offset: [770_000, 6_277_000, 0], points }))
  await writeFile(at("wells.mjs"), WELLS)
  // The package has the same kernel under another id.
  await mkdir(at("node_modules", "wells"), { recursive: true })
  await writeFile(at("node_modules", "wells", "index.js"), WELLS.replace("ground.wells", "lab.wells"))
  await writeFile(at("node_modules", "wells", "package.json"), JSON.stringify({ name: "wells", type: "module" }))
  const { toGeographic } = crsByEpsg(2154)
  const [one, two] = [toGeographic(770_012, 6_277_018), toGeographic(770_040, 6_277_041)]
  await writeFile(at("wells.geojson"), collection([well(one, { depth: 12 }, "a"), well(two, { depth: 7 }, "b")]))
  const place = { width: 20, height: 20, minX: 769_900, maxY: 6_277_100, cellSize: 10 }
  const water = encodeCog({ ...place, data: new Float32Array(400).fill(31) }, { epsg: 2154, metadata: {} })
  await writeFile(at("water.tif"), water)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const wellsOf = async (out: string): Promise<object> => {
  const { features } = await readFeatures(at(out, "vector/well.fgb"), "Point")
  return { ids: features.ids, places: [...features.coordinates].map(Math.round), ...features.columns }
}
const expected = {
  ids: ["a", "b"],
  places: [770_012, 6_277_018, 770_040, 6_277_041],
  depth: { type: "number", values: Float64Array.of(12, 7) },
}

describe("a kernel file that asks for wells", () => {
  const kernel = (): string[] => ["--kernel", at("wells.mjs")]

  it("gets them in the job's CRS, with the column as declared", async () => {
    expect(await run("out", ...kernel(), "--wells", at("wells.geojson"))).toMatchObject({ code: 0 })
    expect(await wellsOf("out")).toMatchObject(expected)
    const job = JSON.parse(await readFile(at("out/job.json"), "utf8"))
    expect(job).toMatchObject({ wells: at("wells.geojson"), modules: [{ kernels: [{ inputs: { wells: {} } }] }] })
    expect(Object.keys(job)).toEqual(expect.arrayContaining(["inputs", "wells", "epsg"]))
    const stored = await readStoredJob(at("out"), [{ from: folder, to: "/elsewhere" }])
    expect(stored).toMatchObject({ wells: "/elsewhere/wells.geojson" })
  })

  it("gets a raster in cells of its own", async () => {
    const files = ["--wells", at("wells.geojson"), "--water-table", at("water.tif")]
    expect(await run("wet", ...kernel(), ...files)).toMatchObject({ code: 0 })
    expect(await wellsOf("wet")).toMatchObject({ water: { values: Float64Array.of(31, 31) } })
  })

  it("is described by help, by the list of kernels and by the schema", async () => {
    const help = await mailleKept("run", "--help", ...kernel())
    expect(help.stdout).toMatch(/--wells <file> +wells of the area; points with a column depth/)
    const list = await mailleKept("kernels", "ground.wells", ...kernel())
    expect(list.stdout).toContain("features of --wells with columns depth, owner, optional")
    const schema = JSON.parse((await mailleKept("kernels", "--schema", ...kernel())).stdout)
    expect(schema.properties.wells).toMatchObject({
      type: "string",
      description: expect.stringContaining("column depth"),
    })
    expect((await mailleKept("run", "--help")).stdout).not.toContain("--wells")
  })

  it("runs from a job file, with paths relative to it", async () => {
    const job = { inputs: ["in.las"], out: "filed", crs: "EPSG:2154", products: ["dtm"], kernels: ["wells.mjs"] }
    await writeFile(at("job.json"), JSON.stringify({ ...job, wells: "wells.geojson", workers: 1 }))
    expect(await mailleKept("run", "--job", at("job.json"), "--trust-kernels")).toMatchObject({ code: 0 })
    expect(await wellsOf("filed")).toMatchObject(expected)
    const unnamed = await mailleKept("run", "--job", at("job.json"), "--trust-kernels", "--wells", at("wells.geojson"))
    expect(unnamed).toMatchObject({ code: 2, stderr: expect.stringContaining("--kernel NAME --wells FILE") })
  })

  it("makes wells again when their file changed", async () => {
    const file = at("other.geojson")
    const wells = (depth: number): string => collection([well([3.8787, 43.5993], { depth })])
    await writeFile(file, wells(1))
    const update = (): Promise<Ended> => mailleKept("update", at("changed"), "--trust-kernels", "--workers", "1")
    expect(await run("changed", ...kernel(), "--wells", file)).toMatchObject({ code: 0 })
    expect((await update()).stderr).toContain("nothing to do")
    await writeFile(file, wells(2))
    expect(await run("changed", ...kernel(), "--wells", file)).toMatchObject({ code: 2, stderr: /wells: .* → changed/ })
    expect(await update()).toMatchObject({ code: 0, stderr: expect.stringMatching(/tiles? done/) })
    const swapped = await run("changed", ...kernel(), "--wells", at("wells.geojson"))
    expect(swapped).toMatchObject({ code: 2, stderr: expect.stringMatching(/--wells: .*other.* → .*wells\.geojson/) })
  })

  const bad: readonly (readonly [string, string, number, RegExp])[] = [
    ["lines.geojson", `{"type":"LineString","coordinates":[[3.87,43.6],[3.88,43.6]]}`, 3, /no points/],
    [
      "plain.geojson",
      collection([well([3.87, 43.6], { name: "a" })]),
      3,
      /--wells: .*no column depth \(below the ground; numbers in m\)\. Its columns: name/,
    ],
    [
      "texts.geojson",
      collection([well([3.87, 43.6], { depth: "deep" })]),
      3,
      /--wells: .*column depth has texts; expected numbers in m/,
    ],
    [
      "owner.geojson",
      collection([well([3.87, 43.6], { depth: 1, owner: 3 })]),
      3,
      /column owner has .*numbers; expected texts/,
    ],
    [
      "far.geojson",
      collection([well([5.5, 45], { depth: 1 })]),
      0,
      /warning: --wells: no feature of .*far\.geojson meets the points/,
    ],
  ]
  it.each(bad)("judges %s in plan and run", async (name, text, code, said) => {
    await writeFile(at(name), text)
    for (const command of ["run", "plan"]) {
      const args = [
        "--crs",
        "EPSG:2154",
        "--products",
        "dtm",
        "--out",
        at(`bad-${name}`),
        ...kernel(),
        "--wells",
        at(name),
      ]
      const ended = await mailleKept(command, at("in.las"), ...args)
      expect(ended, command).toMatchObject({ code, stderr: expect.stringMatching(said) })
    }
  })

  it("refuses a missing file, no file, and the flag without its kernel", async () => {
    const missing = await run("no", ...kernel(), "--wells", at("none.fgb"))
    expect(missing).toMatchObject({ code: 3, stderr: expect.stringMatching(/--wells: .*none\.fgb/) })
    expect(await run("no", ...kernel())).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Give --wells FILE"),
    })
    const alone = await run("no", "--wells", at("wells.geojson"))
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('unknown option "--wells"') })
  })

  it("names what a kernel declares wrongly", async () => {
    const faults = [
      ['"--wells"', '"--json"', /the command has the flag --json of its own/],
      ['"--wells"', '"--crs"', /--crs \(wells\) is a field of every job/],
      ['"--wells"', '"--culverts"', /both read --culverts .*another name/],
      ['name: "wells"', 'name: "well list"', /external.*is not like/],
      ["cell: 10, ", "", /--water-table lacks "cell"/],
      ['geometry: "Point",\n      external', 'geometry: "point",\n      external', /geometry point; expected Polygon/],
    ] as const
    for (const [i, [from, to, said]] of faults.entries()) {
      await writeFile(at(`faulty${i}.mjs`), WELLS.replace(from, to))
      const ended = await run("no", "--kernel", at(`faulty${i}.mjs`))
      expect(ended, to).toMatchObject({ code: 2, stderr: expect.stringMatching(said) })
    }
  })
})

describe("an installed package that asks for wells", () => {
  it("is called by its name", () => {
    const files = ["--wells", "wells.geojson", "--products", "dtm", "--crs", "EPSG:2154", "--workers", "1"]
    const args = [mailleScript, "run", "in.las", "--kernel", "wells", ...files, "--out", "packed"]
    expect(spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" })).toMatchObject({ status: 0 })
  })

  it("gets the same wells", async () => {
    expect(await wellsOf("packed")).toMatchObject(expected)
  })
})
