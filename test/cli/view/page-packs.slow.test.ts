import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { chromiumPath } from "../../../bench/pictures/chromium.js"
import { sceneFiles } from "../../scenes/sample-runs.js"
import { mailleKept } from "../maille.js"
import { difference, go, openStage, type Picture, type Stage, take } from "./browser.js"

const folder = mkdtempSync(join(tmpdir(), "maille-page-packs-"))
let stage: Stage
if (chromiumPath !== undefined) {
  beforeAll(async () => {
    stage = await openStage()
    const { lidar, ortho } = await sceneFiles()
    const input = [lidar, "--imagery", ortho]
    const box = ["--tile-size", "50", "--bbox", "842100,6520100,842200,6520200", "--products", "dtm,texture"]
    for (const [name, ...pack] of [["plain"], ["packed", "--pack"]] as [string, ...string[]][]) {
      const { code, stderr } = await mailleKept("run", ...input, ...box, ...pack, "--out", join(folder, name))
      expect(code, stderr).toBe(0)
    }
  })
  afterAll(() => stage.close())
}
afterAll(() => rmSync(folder, { recursive: true }))

describe.skipIf(chromiumPath === undefined)("the page on packs", () => {
  it("shows mesh and reliefs as those of a folder, without a failed request", async () => {
    const views: readonly [string, string][] = [
      ["globe", "mode=texture"],
      ["plane", "view=plane&raster=dtm"],
    ]
    for (const [name, fragment] of views) {
      const pictures: Picture[] = []
      for (const out of ["plain", "packed"]) {
        const page = await stage.open(join(folder, out))
        await go(page, fragment)
        pictures.push(await take(page, `packs-${name}-${out}`))
      }
      const [plain, packed] = pictures as [Picture, Picture]
      // There is something to see: more than one colour.
      const colours = new Set(
        Array.from({ length: 500 }, (_, i) => packed.data.slice(4 * i * 997, 4 * i * 997 + 3).join()),
      )
      expect(colours.size).toBeGreaterThan(10)
      expect(difference(plain, packed)).toBeLessThan(0.001)
    }
    expect(stage.misdeeds).toEqual({ errors: [], foreign: [] })
  })
})
