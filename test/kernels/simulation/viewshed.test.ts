import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { encodeCog } from "../../../engine/formats/raster/tiff/cog.js"
import type { Features, Raster } from "../../../engine/kernel.js"
import { runKernel } from "../../../engine/library/kernels.js"
import viewshed from "../../../kernels/simulation/viewshed.js"
import {
  boxOf,
  cut,
  heightAt,
  hillyTown,
  runOnRaster,
  solweig,
  solweigSurface,
  tiledAsWhole,
} from "../../scenes/surfaces.js"

type Views = { readonly viewshed: Raster; readonly sightline: Features; readonly "viewshed-quality": object }

const viewsOf = (raster: Raster, options: Readonly<Record<string, unknown>>): Views =>
  runOnRaster(viewshed as never, raster, options) as never

/** Whether a point above a cell is seen, on a line followed in steps of `step` cells. */
const marchedSight = (
  raster: Raster,
  from: readonly [number, number, number],
  to: readonly [number, number, number],
  step: number,
): boolean => {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1])
  for (let d = step; d < length; d += step) {
    const [x, y, z] = [0, 1, 2].map((k) => from[k]! + ((to[k]! - from[k]!) * d) / length) as [number, number, number]
    if (heightAt(raster, x, y) > z + 1e-6) return false
  }
  return true
}

describe("simulation.viewshed", () => {
  it("hides what is behind a wall, and counts observers", () => {
    const data = new Float32Array(60 * 20)
    for (let row = 0; row < 20; row++) data[row * 60 + 30] = 5
    const wall = { width: 60, height: 20, minX: 0, maxY: 20, cellSize: 1, data }
    const { viewshed: seen, sightline, ...rest } = viewsOf(wall, { observers: "10.5,9.5;50.5,9.5;20.5,9.5,20" })
    const row = [...seen.data.subarray(600, 660)]
    expect([row[5], row[30], row[33], row[55]]).toEqual([2, 3, 1, 2])
    expect([...(sightline.columns["visible"]!.values as Int32Array)]).toEqual([0, 1, 1])
    expect(sightline.ids).toEqual(["sightline-list-1-list-2", "sightline-list-1-list-3", "sightline-list-2-list-3"])
    expect(rest["viewshed-quality"]).toEqual({ observers: 3, observersOnSurface: 3 })
    expect(() => viewsOf(wall, { observers: "10 9" })).toThrow(/x,y or x,y,height/)
  })

  it("takes observers of a file like those of the option, with a height of their own or without", async () => {
    const dsm = hillyTown()
    const box = [980, 1940, 1100, 2060] as const
    const options = { reach: 70 }
    const run = (inputs: object, observers: string): Promise<Views> =>
      runKernel("simulation.viewshed", { dsm, ...inputs }, { box, options: { ...options, observers } }) as never
    const points = [1010.2, 2000.7, 1060, 1990, 1045, 2010]
    const observers: Features = {
      ...{ geometry: "Point", dimension: 2, coordinates: Float64Array.from(points), ids: ["a", "b", "c"] },
      ...{ ringEnds: Uint32Array.of(1, 2, 3), partEnds: Uint32Array.of(1, 2, 3) },
      columns: { height: { type: "number", values: Float64Array.of(Number.NaN, 12, 3) } },
    }
    const listed = await run({}, "1010.2,2000.7;1060,1990,12;1045,2010,3")
    const filed = await run({ observers }, "")
    expect(filed.viewshed).toEqual(listed.viewshed)
    expect(filed.sightline.ids).toEqual(["sightline-a-b", "sightline-a-c", "sightline-b-c"])
    expect(filed.sightline.columns["visible"]).toEqual(listed.sightline.columns["visible"])
    const both = await run({ observers }, "1010.2,2000.7")
    expect(both["viewshed-quality"]).toEqual({ observers: 4, observersOnSurface: 4 })
  })

  it("refuses observers below the surface in the list, and warns of those in a file", async () => {
    const level = { width: 41, height: 41, minX: 0, maxY: 41, cellSize: 1, data: new Float32Array(41 * 41) }
    expect(() => viewsOf(level, { observers: "20,20,-5" })).toThrow(/"20,20,-5".*at least 0 m/)
    const observers: Features = {
      ...{ geometry: "Point", dimension: 2, coordinates: Float64Array.of(20, 20, 9, 9), ids: ["under", "on"] },
      ...{ ringEnds: Uint32Array.of(1, 2), partEnds: Uint32Array.of(1, 2) },
      columns: { height: { type: "number", values: Float64Array.of(-5, 0) } },
    }
    const run = runKernel("simulation.viewshed", { dsm: level, observers }, { box: [0, 0, 41, 41] })
    const { viewshed: seen, "viewshed-quality": quality } = (await run) as never as Views
    expect(Math.max(...seen.data)).toBe(1)
    expect(quality).toEqual({ observers: 2, observersOnSurface: 1 })
  })

  it("is the same in tiles of any size as on the whole", () => {
    const given = { observers: "1010.2,2000.7;1060,1990,12;985,2055,3;1052,2020", reach: 70, target: 1 }
    tiledAsWhole(viewshed as never, hillyTown(), given, "viewshed")
  })
})

describe.skipIf(solweig === undefined)("simulation.viewshed on the surface of solweig", () => {
  it("equals lines of sight that are followed in small steps", () => {
    const dsm = solweigSurface()
    const [column, row] = [150, 210]
    const seen = viewsOf(dsm, { observers: `${column}.5,${400 - row - 0.5},20`, reach: 300 }).viewshed
    let [equal, all] = [0, 0]
    for (let y = 2; y < 400; y += 9) {
      for (let x = 1; x < 400; x += 9) {
        if (Math.hypot(x - column, y - row) > 300 || (x === column && y === row)) continue
        const z = dsm.data[row * 400 + column]! + 20
        const expected = marchedSight(dsm, [column, row, z], [x, y, dsm.data[y * 400 + x]!], 0.02)
        all++
        if (Number(expected) === seen.data[y * 400 + x]) equal++
      }
    }
    console.log(`lines of sight: ${equal} of ${all} equal`)
    expect(equal / all).toBeGreaterThanOrEqual(0.99)
  })

  it("is close to gdal_viewshed", async (context) => {
    const dsm = solweigSurface()
    const folder = mkdtempSync(join(tmpdir(), "viewshed-"))
    try {
      writeFileSync(join(folder, "dsm.tif"), encodeCog(dsm, { epsg: 2154, metadata: {} }))
      const shares = [2, 20, 50].map((height) => {
        const place = ["-ox", "150.5", "-oy", "189.5", "-oz", String(height), "-md", "300", "-cc", "0"]
        const file = join(folder, `${height}.bil`)
        try {
          execFileSync("gdal_viewshed", ["-q", "-of", "EHdr", ...place, join(folder, "dsm.tif"), file])
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === "ENOENT") context.skip("gdal_viewshed is missing")
          throw error
        }
        const header = readFileSync(file.replace(".bil", ".hdr"), "latin1")
        const fact = (name: string): number => Number(new RegExp(`${name}\\s+(\\S+)`).exec(header)?.[1])
        const theirs = readFileSync(file)
        const box = [fact("ULXMAP") - 0.5, 0, 0, fact("ULYMAP") + 0.5]
        box[1] = box[3]! - fact("NROWS")
        box[2] = box[0]! + fact("NCOLS")
        const whole = viewsOf(dsm, { observers: `150.5,189.5,${height}`, reach: 300 }).viewshed
        const ours = cut(whole, box as [number, number, number, number])
        expect(boxOf(ours)).toEqual(box)
        let [both, either] = [0, 0]
        ours.data.forEach((count, i) => {
          if (count > 0 && theirs[i]! > 0) both++
          if (count > 0 || theirs[i]! > 0) either++
        })
        return both / either
      })
      console.log(`gdal_viewshed: IoU ${shares.map((share) => share.toFixed(3)).join(", ")} from 2, 20, 50 m`)
      expect(Math.min(...shares.slice(1))).toBeGreaterThanOrEqual(0.9)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
