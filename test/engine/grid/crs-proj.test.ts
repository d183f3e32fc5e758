import { execFile, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { compoundRow, defineCrs } from "../../../engine/grid/crs-table.js"
import { sharedData } from "../../shared-data.js"

const run = promisify(execFile)
const listed = spawnSync("projinfo", ["--searchpaths"], { encoding: "utf8" }).stdout ?? ""
const database = listed.split("\n").find((folder) => existsSync(join(folder, "proj.db")))
const usable = database !== undefined && spawnSync("cs2cs", ["-lp"]).status === 0

/** The codes of countries with open point clouds, and the area of use of each in the registry. */
const rows =
  sharedData === undefined
    ? []
    : readFileSync(`${sharedData}/foreign/crs.csv`, "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => {
          const box = /"(-?[\d.]+(?:,-?[\d.]+){3})"/.exec(line)?.[1] ?? ""
          const [south = 0, west = 0, north = 0, east = 0] = box.split(",").map(Number)
          return [Number(line.split(",")[1]), [west, south, east, north]] as const
        })

/** Other systems, of every method and of datums that need a shift. */
const OTHERS = [
  2991, 2992, 32104, 26995, 2903, 2039, 2100, 2161, 2180, 2193, 2225, 2236, 2263, 2393, 2400, 2600, 3011, 3034, 3059,
  3067, 3073, 3116, 3144, 3145, 3301, 3338, 3347, 3400, 3414, 3429, 3577, 3764, 3767, 3812, 3832, 3874, 3906, 3912,
  3978, 4326, 4462, 5070, 5179, 5181, 5243, 5253, 5343, 5513, 5530, 5641, 5880, 6244, 6312, 6316, 6350, 6368, 6541,
  6646, 6870, 7415, 7801, 8287, 9377, 20135, 20790, 22182, 22770, 23032, 23700, 24378, 24879, 25884, 26191, 26331,
  26713, 27205, 28232, 28600, 29101, 29873, 30161, 31276, 31467, 32198, 32540, 32628, 32760,
].filter((code) => {
  const definition = defineCrs(code)
  return (
    definition !== undefined &&
    definition.unit === 1 &&
    definition.kind === "projected" &&
    !/=merc /.test(definition.proj)
  )
})

/** Three by three places over an area, its border included, degrees. */
const placesOf = ([west = 0, south = 0, east = 0, north = 0]: readonly number[]): [lon: number, lat: number][] =>
  [0, 0.5, 1].flatMap((u) =>
    [0, 0.5, 1].map((v): [number, number] => [
      west + ((east < west ? east + 360 : east) - west) * u,
      south + (north - south) * v,
    ]),
  )

// PROJ with its registry and nothing else: no grid of this machine, and no network.
let environment: NodeJS.ProcessEnv = {}
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "proj-"))
  if (database !== undefined) symlinkSync(join(database, "proj.db"), join(folder, "proj.db"))
  environment = { ...process.env, PROJ_NETWORK: "OFF", PROJ_DATA: folder, PROJ_LIB: folder }
  environment["PROJ_USER_WRITABLE_DIRECTORY"] = folder
})
afterAll(() => rmSync(environment["PROJ_DATA"] ?? "", { recursive: true, force: true }))

/**
 * Metres in the CRS, in the order of its axes; without PROJ's unchanged datum outside all areas.
 */
const projected = async (epsg: number, places: [number, number][]): Promise<[number, number][]> => {
  const running = run("cs2cs", ["--no-ballpark", "-f", "%.4f", "EPSG:4326", `EPSG:${epsg}`], { env: environment })
  running.child.stdin?.end(places.map(([lon, lat]) => `${lat} ${lon}\n`).join(""))
  return (await running).stdout
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/).map(Number) as [number, number])
}

const furthestOf = async (epsg: number, bounds: readonly number[]): Promise<number> => {
  const crs = crsByEpsg(epsg)
  const places = placesOf(bounds)
  const theirs = await projected(epsg, places)
  return Math.max(
    ...places.flatMap(([lon, lat], i) => {
      const [a, b] = theirs[i] ?? [Number.NaN, Number.NaN]
      const [x, y] = crs.fromGeographic(lon, lat)
      // The registry has the northing first in some systems; in the wrong order a place is
      // kilometres away.
      const [east, north] = Math.hypot(x - b, y - a) < Math.hypot(x - a, y - b) ? [b, a] : [a, b]
      const back = crs.fromGeographic(...crs.toGeographic(east, north))
      return [Math.hypot(x - east, y - north), Math.hypot(back[0] - east, back[1] - north)]
    }),
  )
}

/** The stated error is in metres on the globe; those of a CRS are up to 1 % longer or shorter. */
const boundOf = (epsg: number): number => Math.max(1, 1.01 * crsByEpsg(epsg).error)

describe.skipIf(!usable)("CRSs against PROJ's cs2cs at nine places of their areas", () => {
  test.concurrent.each(rows)("EPSG:%i of the list of countries", async (epsg, bounds) => {
    const code = compoundRow(epsg)?.horizontal ?? epsg
    expect(await furthestOf(code, bounds)).toBeLessThanOrEqual(boundOf(code))
  })

  test.concurrent.each(OTHERS.map((code) => [code]))("EPSG:%i", async (epsg) => {
    const bounds = defineCrs(epsg)?.bounds ?? []
    expect(await furthestOf(epsg, bounds)).toBeLessThanOrEqual(boundOf(epsg))
  })

  test("there are other systems than those of the list", () => {
    expect(OTHERS.length).toBeGreaterThanOrEqual(60)
  })
})
