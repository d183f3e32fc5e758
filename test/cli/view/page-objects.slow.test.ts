import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createCanvas } from "@napi-rs/canvas"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/box.js"
import { boundingBox } from "../../../engine/formats/tiles3d/bounding-box.js"
import { divideMesh } from "../../../engine/formats/tiles3d/divide-mesh.js"
import { encodeGlb } from "../../../engine/formats/tiles3d/glb.js"
import { pickTriangles } from "../../../engine/formats/tiles3d/mesh-part.js"
import { frameOf } from "../../../engine/formats/tiles3d/tile-frame.js"
import { encodeTileset } from "../../../engine/formats/tiles3d/tileset.js"
import { crsByEpsg } from "../../../engine/grid/crs.js"
import { openGeoid } from "../../../engine/grid/geoid.js"
import { gridOf, TileKey } from "../../../engine/grid/tile-key.js"
import { provenance } from "../../engine/formats/tiles3d/scene.js"
import { townMesh } from "../../engine/formats/tiles3d/town.js"
import { chromiumPath, factsAt, go, near, openStage, type Stage, settle, share, take, textOf } from "./browser.js"

const folder = mkdtempSync(join(tmpdir(), "maille-objects-"))
afterAll(() => rmSync(folder, { recursive: true }))
const put = (out: string, path: string, data: Uint8Array | string): void => {
  mkdirSync(dirname(join(out, path)), { recursive: true })
  writeFileSync(join(out, path), data)
}

/** A result of one tile of 100 m with the town, in parts as a run writes them; with an image: green from above. */
const writeTown = async (name: string, isTextured: boolean, maxTriangles: number): Promise<string> => {
  const out = join(folder, name)
  const crs = crsByEpsg(2154)
  const grid = gridOf(crs.area, 100)
  const key = { level: grid.leafLevel, x: 7705, y: 62775 }
  const box: Box2 = TileKey.box(grid, key)
  const geoid = await openGeoid({ heights: "ellipsoidal", epsg: 2154 })
  const job = {
    epsg: 2154,
    tileSize: 100,
    leafLevel: grid.leafLevel,
    heights: "ellipsoidal",
    source: "Test",
    version: "1",
  }
  put(out, "job.json", JSON.stringify(job))
  put(out, "plan.json", JSON.stringify({ tasks: [{ scope: "tile", key: TileKey.format(key) }] }))
  const frame = frameOf(crs, geoid, box, [30, 45])
  const { mesh, parts } = divideMesh(townMesh(box, 9), undefined, box, { maxTriangles })
  const canvas = createCanvas(64, 64)
  const pen = canvas.getContext("2d")
  pen.fillStyle = "rgb(40, 160, 40)"
  pen.fillRect(0, 0, 64, 64)
  const image = Uint8Array.from(canvas.toBuffer("image/png"))
  const children = parts.map(({ path, triangles }) => {
    const picked = pickTriangles(mesh, triangles).mesh
    const uv = new Float32Array(2 * picked.classes.length).fill(0.5)
    const texture = isTextured ? { image, mimeType: "image/png", uv } : undefined
    const uri = `tiles/${TileKey.format(key)}${path === "" ? "" : `-${path}`}.glb`
    put(out, uri, encodeGlb({ mesh: picked, texture, frame, ...provenance }))
    return { uri, geometricError: 0.1, centre: frame.centre, box: boundingBox(picked, frame), children: [] }
  })
  put(out, "tileset.json", encodeTileset({ geometricError: 0, children }, provenance))
  return out
}

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
    ["plain", false, 1e6],
    ["in parts", false, 100],
    ["with an image", true, 1e6],
  ])("%s: a click tells what was hit, with its id, class and attributes", async (name, isTextured, maxTriangles) => {
    const page = await stage.open(await writeTown(name, isTextured, maxTriangles))
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
    const pond = await factsAt(page, square(-0.35, -0.35), 30)
    // It has no height.
    expect(pond).not.toMatch(/height\s+\d/)
    expect(pond).toMatch(/Identifier\s+pond/)
    expect(pond).toMatch(/Class\s+9 water/)
    const ground = await factsAt(page, square(4, 4), 30)
    expect(ground).not.toContain("Object")
    expect(ground).toMatch(/Class\s+2 ground/)
  })

  it("in French", async () => {
    const page = await stage.open(await writeTown("french", false, 1e6), { locale: "fr-FR" })
    expect(await factsAt(page, square(5, 3), 36)).toMatch(/Objet[\s\S]+Identifiant\s+house-5-3\s+Classe\s+6 bâtiment/)
  })

  it("a wall can be hit from the side; walls are not green under the image from above", async () => {
    const page = await stage.open(await writeTown("walls", true, 1e6))
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

  it("borders are those of the tile, not of its objects", async () => {
    const page = await stage.open(await writeTown("borders", true, 1e6))
    await go(page, "borders=1&mode=plain")
    const picture = await take(page, "objects-borders")
    const pink = near(picture, [255, 45, 149], 40)
    expect(pink).toBeGreaterThan(0.0005)
    expect(pink).toBeLessThan(0.01)
  })
})
