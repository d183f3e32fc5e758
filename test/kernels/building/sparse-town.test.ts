import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { median } from "../../../bench/guard/decide.js"
import { openComparedLayer } from "../../../engine/compare/compared-layer.js"
import { overlapArea } from "../../../engine/compare/polygon-overlap.js"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { finestSolids, readCitySequence } from "../../../engine/formats/cityjson/read-city.js"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import { layout } from "../../../engine/job/layout.js"
import type { ScanPoints } from "../../../fixtures/sample/scan.js"
import { scanByLines, sparseTown, sparseTownBox } from "../../../fixtures/sparse-town.js"
import { runKept } from "../../run-maille.js"

const town = sparseTown()
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "maille-sparse-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const runTown = async (scan: ScanPoints, name: string, tileSize: number) => {
  const input = join(folder, `${name}.las`)
  writeFileSync(input, encodeLas(scan, { pointFormat: 6, epsg: 2154, scale: 0.001 }))
  const out = join(folder, `${name}-${tileSize}`)
  const products = ["--products", "vector", "--layers", "building,roof", "--tile-size", String(tileSize)]
  const ended = await runKept(["run", input, "--out", out, ...products])
  expect(ended.code, ended.stderr).toBe(0)
  const { objects } = await openComparedLayer(join(out, layout.layer("building")), "building")
  const models: { readonly lod: string; readonly rmse: number }[] = []
  for await (const { feature } of readCitySequence(join(out, layout.solids))) {
    const [lod] = finestSolids(feature).map((solid) => solid.lod)
    models.push({ lod: lod!, rmse: Object.values(feature.CityObjects)[0]!.attributes!["rmse"] as number })
  }
  return { models, objects }
}

type Outlines = Awaited<ReturnType<typeof runTown>>["objects"]

/** Share of the class 6 points inside an outline. */
const shareInside = ({ x, y, origin, classification, count }: ScanPoints, outlines: Outlines): number => {
  let [all, inside] = [0, 0]
  for (let i = 0; i < count; i++) {
    if (classification[i] !== 6) continue
    all++
    const place = [origin[0] + x[i] / 1000, origin[1] + y[i] / 1000] as const
    if (outlines.some(({ rings }) => isInsideHalfOpen(rings, ...place))) inside++
  }
  return inside / all
}

/** Intersection over union of all outlines with the truth. */
const unionOverlap = (outlines: Outlines): number => {
  const common = town.reduce(
    (sum, { outline }) => sum + outlines.reduce((part, { rings }) => part + overlapArea(outline, rings), 0),
    0,
  )
  const areas = [...town, ...outlines].reduce((sum, { area }) => sum + area, 0)
  return common / (areas - common)
}

describe("a town scanned in lines with a point each 0.3 m", () => {
  it.each([
    [1.5, 0, 0.88],
    [2.5, 25, 0.87],
    [3, 45, 0.87],
    [3.5, 0, 0.85],
    [3.5, 60, 0.86],
  ])("%f m apart, at %i degrees: outlines, and roofs in LoD 2.2", async (across, degrees, least) => {
    const scan = scanByLines(town, sparseTownBox, { along: 0.3, across, degrees })
    const { models, objects } = await runTown(scan, `${across}-${degrees}`, 250)
    expect(shareInside(scan, objects)).toBeGreaterThan(0.97)
    expect(unionOverlap(objects)).toBeGreaterThan(least)
    expect(objects.length).toBe(town.length)
    expect(models.filter(({ lod }) => lod === "2.2").length / models.length).toBeGreaterThan(0.9)
    expect(median(models.map(({ rmse }) => rmse))).toBeLessThan(0.05)
  })

  it("ends its outlines with the data", async () => {
    const [minX, minY] = sparseTownBox
    const cut: Box2 = [minX, minY, minX + 148, minY + 69]
    const scan = scanByLines(town, cut, { along: 0.3, across: 3.5, degrees: 0 })
    const { objects } = await runTown(scan, "cut", 250)
    const lastX = minX + Math.max(...scan.x) / 1000
    const lastY = minY + Math.max(...scan.y) / 1000
    for (const { rings } of objects)
      for (const ring of rings)
        for (let i = 0; i < ring.length; i += 2) {
          expect(ring[i]).toBeLessThan(lastX + 0.5)
          expect(ring[i + 1]).toBeLessThan(lastY + 0.5)
        }
    expect(objects.length).toBeGreaterThan(8)
  })

  it("has the same outlines with tiles of 100, 250 and 500 m", async () => {
    const scan = scanByLines(town, sparseTownBox, { along: 0.3, across: 3.5, degrees: 25 })
    const small = (await runTown(scan, "tiles", 100)).objects
    expect(small.length).toBeGreaterThanOrEqual(17)
    for (const side of [250, 500]) expect((await runTown(scan, "tiles", side)).objects).toEqual(small)
  })
})
