import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { chromiumPath } from "../../../bench/pictures/chromium.js"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import { montpellierRun } from "../../scenes/montpellier.js"
import { sharedData } from "../../shared-data.js"
import { mailleKept } from "../maille.js"
import { type Building, buildingsOf, factsAt, go, isSky, openStage, type Stage, share, take } from "./browser.js"
import { partsOnMesh } from "./page/layers-on-mesh.js"

const folder = mkdtempSync(join(tmpdir(), "maille-page-"))
afterAll(() => rmSync(folder, { recursive: true }))

const run = async (name: string, ...args: string[]): Promise<string> => {
  const out = join(folder, name)
  const { code, stderr } = await mailleKept("run", ...args, "--out", out)
  expect(code, stderr).toBe(0)
  return out
}

describe.skipIf(chromiumPath === undefined)("results of other places in Chromium", () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())
  afterEach(() => {
    expect(stage.misdeeds.errors).toEqual([])
    expect(stage.misdeeds.foreign).toEqual([])
  })

  it("shows a result in the CRS of La Réunion where it lies", async () => {
    const side = 200
    const ground = (i: number): number => Math.round(1000 * Math.sin(i / 9))
    const isHouse = (i: number): boolean => i % side > 60 && i % side < 110 && i / side > 70 && i / side < 120
    const count = side * side
    const points = {
      count,
      x: Int32Array.from({ length: count }, (_, i) => (i % side) * 250 + 100),
      y: Int32Array.from({ length: count }, (_, i) => Math.floor(i / side) * 250 + 100),
      z: Int32Array.from({ length: count }, (_, i) => (isHouse(i) ? 8000 : ground(i))),
      scale: 0.001,
      origin: [377_000, 7_655_950, 150] as const,
      classification: Uint8Array.from({ length: count }, (_, i) => (isHouse(i) ? 6 : 2)),
      returnNumber: new Uint8Array(count).fill(1),
      numberOfReturns: new Uint8Array(count).fill(1),
    }
    writeFileSync(join(folder, "reunion.las"), encodeLas(points, { pointFormat: 6, epsg: 2975 }))
    const out = await run("reunion", join(folder, "reunion.las"), "--tile-size", "50")
    const page = await stage.open(out)
    const [building] = await buildingsOf(out)
    expect(building).toBeDefined()
    const facts = await factsAt(page, building as Building, 150)
    expect(facts).toContain("EPSG:2975")
    expect(facts).toContain(String(building?.properties["id"]))
    expect(Number(/Height\s+([\d.]+) m/.exec(facts)?.[1])).toBeCloseTo(158, 0)
    expect(1 - share(await take(page, "reunion"), isSky)).toBeGreaterThan(0.2)
  })

  it("starts with the plane where a result has no mesh", async () => {
    const out = await run("terrain", join(folder, "reunion.las"), "--products", "dtm", "--tile-size", "50")
    const page = await stage.open(out)
    expect(await page.locator("#view-plane").isChecked()).toBe(true)
    expect(await page.locator("#raster").inputValue()).toBe("dtm")
    expect(1 - share(await take(page, "terrain"), isSky)).toBeGreaterThan(0.15)
  })

  it.skipIf(!sharedData)("shows the four tiles of Montpellier", async () => {
    const { out } = await montpellierRun()
    const page = await stage.open(out)
    const whole = await take(page, "montpellier")
    expect(1 - share(whole, isSky)).toBeGreaterThan(0.2)
    // The orthophoto of one tile: greys and whites that no class has.
    expect(share(whole, (r, g, b) => Math.abs(r - g) < 12 && Math.abs(g - b) < 14 && r < 200)).toBeGreaterThan(0.005)
    const views = {
      above: "look=0,90,120",
      street: "look=200,2,1&detail=1",
      border: "look=120,30,40&borders=1&detail=1",
    }
    for (const [name, look] of Object.entries(views)) {
      await go(page, `at=770550,6277550,24.2&${look}`)
      expect(share(await take(page, `montpellier-${name}`), isSky), name).toBeLessThan(0.9)
    }
    for (const [layer, part] of await partsOnMesh(out)) expect(part, layer).toBeGreaterThanOrEqual(0.95)
    const buildings = await buildingsOf(out)
    const told: string[] = []
    for (const building of buildings)
      told.push(await factsAt(page, building, Number(building.properties["ground_min"])))
    expect(told.some((facts, i) => facts.includes(String(buildings[i]?.properties["id"])))).toBe(true)
  })
})
