/** The infrared image of textures in the viewer, as people see it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { chromiumPath, settle } from "../../../bench/pictures/chromium.js"
import { sceneWithInfrared } from "../../scenes/sample-runs.js"
import { openStage, type Stage, share, take } from "./browser.js"

let [plain, both] = ["", ""]
let stage: Stage
if (chromiumPath !== undefined) {
  beforeAll(async () => {
    stage = await openStage()
    const made = await sceneWithInfrared()
    plain = made.plain.out
    both = made.both.out
  })
  afterAll(() => stage.close())
}

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
