import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { chromiumPath, settle } from "../../../bench/pictures/chromium.js"
import { textureFormats } from "../../../engine/formats/raster/texture-format.js"
import { writeTown } from "../../scenes/content-town-output.js"
import { factsAt, go, near, openStage, type Stage, share, take, textOf } from "./browser.js"

const folder = mkdtempSync(join(tmpdir(), "maille-objects-"))
afterAll(() => rmSync(folder, { recursive: true }))
/** The middle of the square of the town. */
const square = (i: number, j: number) => ({ x: 770500 + (i + 0.5) * 11.11, y: 6277500 + (j + 0.5) * 11.11 })

describe.skipIf(chromiumPath === undefined)("objects of the mesh in Chromium", () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())
  afterEach(() => {
    expect(stage.misdeeds.errors).toEqual([])
    expect(stage.misdeeds.foreign).toEqual([])
  })

  it.each([
    ["plain", undefined, 1e6],
    ["in parts", undefined, 100],
    ["with an image", "jpeg", 1e6],
  ] as const)(
    "%s: a click tells what was hit, with its id, class and attributes",
    async (name, format, maxTriangles) => {
      const page = await stage.open(await writeTown(join(folder, name), format, maxTriangles))
      const house = await factsAt(page, square(5, 3), 36)
      expect(house).toContain("Object")
      expect(house).toMatch(/Identifier\s+house-5-3/)
      expect(house).toMatch(/Class\s+6 building/)
      expect(house).toMatch(/height\s+\d+/)
      expect(house).toMatch(/nature du bâti\s+indifférenciée/)
      expect(house).not.toContain("9999")
      const picture = await take(page, `objects-${name.replaceAll(" ", "-")}`)
      // The chosen house, roof and walls, is orange; with the next click it is not.
      expect(share(picture, (r, g, b) => r > 150 && r > g + 8 && g > b + 60)).toBeGreaterThan(0.01)
      await page.locator("#facts button").click()
      await settle(page)
      expect(share(await take(page, "objects-closed"), (r, g, b) => r > 150 && r > g + 8 && g > b + 60)).toBeLessThan(
        0.001,
      )
      const pond = await factsAt(page, square(-0.35, -0.35), 30)
      // It has no height.
      expect(pond).not.toMatch(/height\s+\d/)
      expect(pond).toMatch(/Identifier\s+pond/)
      expect(pond).toMatch(/Class\s+9 water/)
      const ground = await factsAt(page, square(4, 4), 30)
      expect(ground).not.toContain("Object")
      expect(ground).toMatch(/Class\s+2 ground/)
    },
  )

  it("in French; a page at rest changes nothing in its panel, so that nothing is drawn", async () => {
    const page = await stage.open(await writeTown(join(folder, "french"), undefined, 1e6), { locale: "fr-FR" })
    await go(page, "mode=class")
    const made = await page.evaluate(`new Promise((resolve) => {
      let count = 0
      const options = { childList: true, characterData: true, subtree: true }
      new MutationObserver((changes) => (count += changes.length)).observe(document.getElementById("panel"), options)
      setTimeout(() => resolve(count), 600)
    })`)
    expect(made).toBe(0)
    expect(await page.locator("#key span").count()).toBeGreaterThan(0)
    expect(await factsAt(page, square(5, 3), 36)).toMatch(/Objet[\s\S]+Identifiant\s+house-5-3\s+Classe\s+6 bâtiment/)
  })

  it("a wall can be hit from the side; walls are not green under the image from above", async () => {
    const page = await stage.open(await writeTown(join(folder, "walls"), "jpeg", 1e6))
    const { x, y } = square(5, 3)
    await go(page, `at=${x},${y - 5.6},33&look=20,8,9&shade=0`)
    const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
    const picture = await take(page, "objects-walls")
    expect(share(picture, (r, g, b) => g > r + 60 && g > b + 60)).toBeGreaterThan(0.1)
    // Plaster, in the light of its side.
    expect(share(picture, (r, g, b) => r > 150 && g > 140 && b > 120 && r > b + 8 && r < 235)).toBeGreaterThan(0.05)
    await page.mouse.click(width / 2, height / 2)
    await settle(page)
    expect(await textOf(page, "#facts")).toMatch(/Identifier\s+house-5-3/)
  })

  // JPEG is that of the walls.
  it.each(textureFormats.filter((format) => format !== "jpeg"))("an image as %s", async (format) => {
    const page = await stage.open(await writeTown(join(folder, format), format, 1e6))
    await go(page, "shade=0")
    const picture = await take(page, `objects-${format}`)
    // Neither plain ground nor white for an image that did not come.
    expect(near(picture, [40, 160, 40], 12)).toBeGreaterThan(0.1)
  })

  it("borders are those of the tile, not of its objects", async () => {
    const page = await stage.open(await writeTown(join(folder, "borders"), "jpeg", 1e6))
    await go(page, "borders=1&mode=plain")
    const picture = await take(page, "objects-borders")
    const pink = near(picture, [255, 45, 149], 40)
    expect(pink).toBeGreaterThan(0.0005)
    expect(pink).toBeLessThan(0.01)
  })
})
