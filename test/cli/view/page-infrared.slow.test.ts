/** The infrared image of textures in the viewer, as people see it. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { writeViewScene } from "../../../fixtures/make-views.js"
import { maille } from "../maille.js"
import { chromiumPath, openStage, type Stage, settle, share, take } from "./browser.js"

const folder = mkdtempSync(join(tmpdir(), "maille-page-infrared-"))
const [plain, both] = [join(folder, "plain"), join(folder, "both")]
let stage: Stage
if (chromiumPath !== undefined) {
  beforeAll(async () => {
    stage = await openStage()
    const { ortho, irc } = await writeViewScene({ out: folder, views: 1, spread: 0, cars: 0, seed: 1 })
    const job = [join(folder, "lidar"), "--imagery", ortho, "--tile-size", "100", "--products", "mesh,texture"]
    for (const options of [
      ["--out", plain],
      ["--irc", irc, "--texture-format", "webp", "--out", both],
    ]) {
      const { code, stderr } = await maille("run", ...job, ...options)
      expect(code, stderr).toBe(0)
    }
  })
  afterAll(() => stage.close())
}
afterAll(() => rmSync(folder, { recursive: true }))

const isGreen = (r: number, g: number, b: number): boolean => g > r + 10 && g > b + 20
const isPink = (r: number, g: number, b: number): boolean => r > g + 60 && r > b + 40

describe.skipIf(chromiumPath === undefined)("the infrared in Chromium", () => {
  it("is switched to and back by the panel and by a key, grass red instead of green", async () => {
    const page = await stage.open(both)
    const image = await take(page, "infrared-image")
    expect(share(image, isGreen)).toBeGreaterThan(0.1)
    expect(share(image, isPink)).toBeLessThan(0.02)
    await page.locator("#mode").selectOption("infrared")
    await settle(page)
    const infrared = await take(page, "infrared")
    expect(share(infrared, isPink)).toBeGreaterThan(0.1)
    expect(share(infrared, isGreen)).toBeLessThan(0.02)
    await page.locator("#mode").selectOption("ndvi")
    await settle(page)
    // Grass and crowns in the upper half of the ramp, the river at its lower end.
    const ndvi = await take(page, "ndvi")
    expect(share(ndvi, (r, g, b) => g > r + 40 && g > b)).toBeGreaterThan(0.1)
    expect(share(ndvi, (r, g, b) => r > g + 25 && b > g + 40 && b < 130)).toBeGreaterThan(0.005)
    await page.locator("#stage").focus()
    await page.keyboard.press("i")
    await settle(page)
    expect(share(await take(page, "infrared-key"), isPink)).toBeGreaterThan(0.1)
    await page.keyboard.press("i")
    await settle(page)
    expect(share(await take(page, "infrared-back"), isGreen)).toBeGreaterThan(0.1)
  })

  it("is not offered where there is none", async () => {
    const page = await stage.open(plain)
    const values = await page
      .locator("#mode option")
      .evaluateAll((options) => options.map((one) => one.getAttribute("value")))
    expect(values).toContain("texture")
    expect(values).not.toContain("infrared")
    await page.keyboard.press("i")
    await settle(page)
    expect(share(await take(page, "infrared-none"), isGreen)).toBeGreaterThan(0.1)
  })
})
