/**
 * Orientations of real flights against measures in their images: read by the readers, projected by
 * the projection.
 */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { projectPoints } from "../../../../engine/core/camera/projection.js"
import { readOrientations } from "../../../../engine/formats/orientation/read-orientations.js"
import { crsByEpsg } from "../../../../engine/grid/crs.js"
import { openGeoid } from "../../../../engine/grid/geoid.js"
import { sharedData } from "../../../shared-data.js"

const folder = `${sharedData}/oriented-images`
const borea = `${folder}/Borea`
const rows = (path: string): string[][] =>
  readFileSync(path, "utf8")
    .split("\n")
    .map((row) => row.trim().split(/\s+/))
    .filter((words) => words.length >= 4)

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!

/** Residuals in pixels of every measure whose point and shot are known. */
const residuals = async (heights: "altitude" | "ellipsoid"): Promise<{ shots: number; errors: number[] }> => {
  const data = `${borea}/test/data/dataset2`
  const { shots } = await readOrientations([`${data}/23FD1305_alt_2.OPK`, `${borea}/dataset/Camera1.txt`], {
    epsg: 2154,
  })
  const geoid = await openGeoid({
    geoid: `${sharedData}/geoid/Borea/fr_ign_RAF20.tif`,
    heights: "orthometric",
    epsg: 2154,
  })
  const crs = crsByEpsg(2154)
  const ground = new Map<string, [number, number, number]>()
  for (const [name, x, y, z] of rows(`${data}/all_liaisons2_world.mes`)) {
    const [lon, lat] = crs.toGeographic(Number(x), Number(y))
    const up = heights === "altitude" ? geoid.undulation(lon, lat) : 0
    ground.set(name!, [Number(x), Number(y), Number(z) - up])
  }
  const byName = new Map(shots.map((shot) => [shot.name, shot]))
  const errors: number[] = []
  for (const [point, name, column, line] of rows(`${data}/all_liaisons2.mes`)) {
    const shot = byName.get(name!)
    const place = ground.get(point!)
    if (shot === undefined || place === undefined) continue
    const pixel = projectPoints(shot, Float64Array.from(place))
    errors.push(Math.hypot(pixel[0]! - Number(column), pixel[1]! - Number(line)))
  }
  return { shots: shots.length, errors }
}

describe.skipIf(sharedData === undefined)("real orientations", () => {
  it("bring 14,407 measures of 805 shots within 0.3 px in the median and 0.7 px for 95 %, in altitudes", async () => {
    const { shots, errors } = await residuals("altitude")
    expect(shots).toBe(805)
    expect(errors.length).toBe(14_407)
    expect(errors.every(Number.isFinite)).toBe(true)
    expect(quantile(errors, 0.5)).toBeLessThanOrEqual(0.3)
    expect(quantile(errors, 0.95)).toBeLessThanOrEqual(0.7)
  })

  it("are hundreds of pixels off with heights above the ellipsoid", async () => {
    const { errors } = await residuals("ellipsoid")
    expect(quantile(errors, 0.5)).toBeGreaterThan(200)
  })

  it("are the same whatever the order of their columns", async () => {
    const camera = `${borea}/dataset/Camera1.txt`
    const one = await readOrientations([`${borea}/dataset/23FD1305_alt_test.OPK`, camera])
    const two = await readOrientations([`${borea}/test/data/dataset1/23FD1305_alt_NCPOKXYZ.OPK`, camera])
    const plain = (shots: typeof one.shots): unknown => shots.map(({ file: _, line, ...shot }) => ({ ...shot, line }))
    expect(one.shots).toHaveLength(7)
    expect(plain(two.shots)).toEqual(plain(one.shots))
  })

  it("read with five lines of header; a flight without its camera is rejected by line and name", async () => {
    const path = `${folder}/photogrammetric-camera/20FUALPMAR_alt.OPK`
    await expect(readOrientations([path])).rejects.toThrow(
      /20FUALPMAR_alt\.OPK:6: unknown camera "UCE-M3-f120" of 2 369 shots/,
    )
    const camera = { name: "UCE-M3-f120", width: 26460, height: 17004, focal: 30975, principal: [13230, 8502] } as const
    const images = [`${folder}/photogrammetric-camera`]
    const { shots, withoutImage } = await readOrientations([path], { cameras: [camera], images })
    expect(shots).toHaveLength(2369)
    expect(withoutImage).toHaveLength(2367)
    expect(shots[0]?.image).toMatch(/20FUALPMAR10x00001_00001\.jpg$/)
  })

  it("of MicMac and conic XML are told by their content; panoramas are rejected with the reason", async () => {
    const found = await readOrientations([`${folder}/libOri`, `${folder}/micmac-doc/WPK`])
    expect(found.shots.map(({ name }) => name)).toEqual([
      "Clermont-111005_0906-22-00002_0000000",
      "Clermont-111005_0906-22-00002_0000000",
      "IMG_6714",
    ])
    expect(found.rejected.map(({ error }) => error.message)).toEqual([
      expect.stringMatching(/spheric\.ori\.xml:\d+: a spherical/),
    ])
    expect(found.shots[0]?.camera).toMatchObject({ width: 1920, height: 1080, focal: 1396.439, pixelPitch: 7.4e-6 })
  })

  it("of MicMac agree with the measures that the file itself carries, but for its calibration", async () => {
    const path = `${folder}/micmac-doc/CompensOnLine/Ori-Rel/Orientation-Abbey-IMG_0204.jpg.xml`
    // Its own calibration is not there; that of the start, named beside it, has another focal
    // length and principal point.
    const { shots } = await readOrientations([
      path,
      `${folder}/micmac-doc/CompensOnLine/Ori-CalibInitAnalogik/AutoCal500.xml`,
    ])
    const text = readFileSync(path, "utf8")
    const numbers = (name: string): number[][] =>
      [...text.matchAll(new RegExp(`<${name}>(.*?)<`, "g"))].map((match) => match[1]!.trim().split(/\s+/).map(Number))
    const measured = numbers("Im").flatMap(([x, y]) => [x! * 39.0833333333, y! * 39.0833333333])
    const pixels = [...projectPoints(shots[0]!, Float64Array.from(numbers("Ter").flat()))]
    expect(measured).toHaveLength(20)
    const fit = [0, 1].map((axis) =>
      fitLine(
        pixels.filter((_, i) => i % 2 === axis),
        measured.filter((_, i) => i % 2 === axis),
      ),
    )
    // One focal length explains both axes; a transposed matrix leaves 1.7 px, and focal lengths 0.2
    // % apart.
    expect(Math.abs(fit[0]!.slope / fit[1]!.slope - 1)).toBeLessThan(0.0005)
    expect(Math.max(fit[0]!.rms, fit[1]!.rms)).toBeLessThan(0.2)
  })
})

const fitLine = (x: readonly number[], y: readonly number[]): { slope: number; rms: number } => {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const slope = mean(x.map((value, i) => (value - mx) * (y[i]! - my))) / mean(x.map((value) => (value - mx) ** 2))
  return { slope, rms: Math.sqrt(mean(x.map((value, i) => (y[i]! - my - slope * (value - mx)) ** 2))) }
}
