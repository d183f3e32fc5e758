import { execFile, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { definitionOf } from "../../../engine/grid/crs-definitions.js"

const run = promisify(execFile)
const listed = spawnSync("projinfo", ["--searchpaths"], { encoding: "utf8" }).stdout ?? ""
const database = listed.split("\n").find((folder) => existsSync(join(folder, "proj.db")))
const usable = database !== undefined && spawnSync("cs2cs", ["-lp"]).status === 0

/** Three by three places over the area of use, its border included, degrees. */
const placesOf = (epsg: number): [lon: number, lat: number][] => {
  const [west, south, east, north] = definitionOf(epsg)?.bounds ?? [0, 0, 0, 0]
  return [0, 0.5, 1].flatMap((u) =>
    [0, 0.5, 1].map((v): [number, number] => [west + (east - west) * u, south + (north - south) * v]),
  )
}

// PROJ with its registry and nothing else: no grid of this machine, and no network.
let environment: NodeJS.ProcessEnv = {}
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "proj-"))
  if (database !== undefined) symlinkSync(join(database, "proj.db"), join(folder, "proj.db"))
  environment = { ...process.env, PROJ_NETWORK: "OFF", PROJ_DATA: folder, PROJ_LIB: folder }
  environment["PROJ_USER_WRITABLE_DIRECTORY"] = folder
})
afterAll(() => rmSync(environment["PROJ_DATA"] ?? "", { recursive: true, force: true }))

/** Metres in the CRS, in the order of its axes in the registry. */
const projected = async (epsg: number, places: [number, number][]): Promise<[number, number][]> => {
  const running = run("cs2cs", ["-f", "%.4f", "EPSG:4326", `EPSG:${epsg}`], { env: environment })
  running.child.stdin?.end(places.map(([lon, lat]) => `${lat} ${lon}\n`).join(""))
  return (await running).stdout
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/).map(Number) as [number, number])
}

/** Metres by which PROJ says that its best operation without grids may be off. */
const statedAccuracy = async (epsg: number): Promise<number> => {
  const asked = ["-s", "EPSG:4326", "-t", `EPSG:${epsg}`, "--summary", "--grid-check", "discard_missing"]
  const { stdout } = await run("projinfo", asked, { env: environment })
  return Number(/, ([\d.]+) m,/.exec(stdout)?.[1])
}

describe.skipIf(!usable)("every CRS definition against PROJ's cs2cs", () => {
  test.concurrent.each([...Array(32768).keys()].filter((code) => definitionOf(code) !== undefined))(
    "EPSG:%i at nine places of its area",
    async (epsg) => {
      const crs = crsByEpsg(epsg)
      const places = placesOf(epsg)
      const theirs = await projected(epsg, places)
      const distances = places.flatMap(([lon, lat], i) => {
        const [a, b] = theirs[i] ?? [Number.NaN, Number.NaN]
        const [x, y] = crs.fromGeographic(lon, lat)
        // The registry has the northing first in some systems; in the wrong order a place is kilometres away.
        const [east, north] = Math.hypot(x - b, y - a) < Math.hypot(x - a, y - b) ? [b, a] : [a, b]
        const back = crs.fromGeographic(...crs.toGeographic(east, north))
        return [Math.hypot(x - east, y - north), Math.hypot(back[0] - east, back[1] - north)]
      })
      expect(distances).toHaveLength(18)
      const furthest = Math.max(...distances)
      const shifted = !definitionOf(epsg)?.proj.includes("+towgs84=0,0,0,0,0,0,0 ")
      const bound = shifted ? Math.max(1, await statedAccuracy(epsg)) : 0.001
      expect(furthest).toBeLessThanOrEqual(bound)
    },
  )
})
