/**
 * The second image of textures: colour-infrared, as written, against the raster that it was made of
 * and by what grows there.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createCanvas, loadImage } from "@napi-rs/canvas"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { composeImage } from "../../../engine/formats/raster/compose-image.js"
import { textureFormats } from "../../../engine/formats/raster/texture-format.js"
import { readTiffHeader } from "../../../engine/formats/raster/tiff/image.js"
import { type DecodedGlb, decodeGlb } from "../../../engine/formats/tiles3d/decode-glb.js"
import type { Image } from "../../../engine/kernel.js"
import { jsonOf, runKept } from "../../run-maille.js"
import { rgbRun } from "../../scenes/real-runs.js"
import { sceneFiles, sceneInfrared, sceneWithInfrared } from "../../scenes/sample-runs.js"
import { sharedData } from "../../shared-data.js"
import { nadirFigures } from "./nadir.js"

const imageOf = async (path: string, box: Box2): Promise<Image> => {
  const header = (await readTiffHeader(path, { epsg: 2154 })) as Extract<
    Awaited<ReturnType<typeof readTiffHeader>>,
    { image: unknown }
  >
  return (await composeImage([header.image], box, 0.2))!
}

const contentsOf = async (out: string): Promise<Map<string, DecodedGlb>> => {
  const names = (await readdir(join(out, "tiles"), { recursive: true })).filter((name) => name.endsWith(".glb"))
  const contents = new Map<string, DecodedGlb>()
  for (const name of names.sort()) contents.set(name, await decodeGlb(await readFile(join(out, "tiles", name)), name))
  return contents
}

/**
 * Mean NDVI of the classes of a content's faces, by the texel in their middle or their own value,
 * weighted by area.
 */
const ndviByClass = async (contents: Iterable<DecodedGlb>): Promise<Record<number, number>> => {
  const sums: Record<number, [number, number]> = {}
  for (const { positions: p, triangles, classes, texture, infrared } of contents) {
    if (texture?.infrared === undefined) continue
    const picture = await loadImage(texture.infrared)
    const pen = createCanvas(picture.width, picture.height).getContext("2d")
    pen.drawImage(picture, 0, 0)
    const { data } = pen.getImageData(0, 0, picture.width, picture.height)
    for (let t = 0; t < triangles.length / 3; t++) {
      const corners = [0, 1, 2].map((k) => triangles[3 * t + k]!)
      const mean = (axis: number): number => corners.reduce((sum, v) => sum + texture.uv[2 * v + axis]!, 0) / 3
      const x = Math.min(picture.width - 1, Math.floor(mean(0) * picture.width))
      const y = Math.min(picture.height - 1, Math.floor(mean(1) * picture.height))
      const at = 4 * (y * picture.width + x)
      const isPainted = t < texture.triangles
      const [near, red] = isPainted
        ? [data[at]!, data[at + 1]!]
        : [infrared![3 * corners[0]!]!, infrared![3 * corners[0]! + 1]!]
      if (near + red === 0) continue
      const edge = (k: number): number[] => [0, 1, 2].map((i) => p[3 * corners[k]! + i]! - p[3 * corners[0]! + i]!)
      const [u, v] = [edge(1), edge(2)] as [number[], number[]]
      const area = Math.hypot(
        u[1]! * v[2]! - u[2]! * v[1]!,
        u[2]! * v[0]! - u[0]! * v[2]!,
        u[0]! * v[1]! - u[1]! * v[0]!,
      )
      const code = classes[corners[0]!]!
      const sum = sums[code] ?? [0, 0]
      sums[code] = sum
      sum[0] += (area * (near - red)) / (near + red)
      sum[1] += area
    }
  }
  return Object.fromEntries(Object.entries(sums).map(([code, [sum, area]]) => [code, sum / area]))
}

describe("the infrared image of textures", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-infrared-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const run = async (name: string, ...args: string[]): Promise<string> => {
    const out = join(folder, name)
    const ended = await runKept(["run", ...args, "--products", "mesh,texture", "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(0)
    return out
  }

  /** Whatever the infrared is, nothing else of a content changes. */
  const expectSameColours = async (plain: string, both: string): Promise<void> => {
    const [before, after] = [await contentsOf(plain), await contentsOf(both)]
    expect([...after.keys()]).toEqual([...before.keys()])
    for (const [name, content] of before) {
      const other = after.get(name)!
      expect(content.texture?.infrared).toBeUndefined()
      expect(other.texture?.infrared, name).toBeDefined()
      expect(Buffer.from(other.texture!.image).equals(Buffer.from(content.texture!.image)), name).toBe(true)
      expect(other.texture!.triangles, name).toBe(content.texture!.triangles)
    }
  }

  it.skipIf(sharedData === undefined)(
    "is the IRC of Montpellier, texel by texel; gardens grow, roofs do not",
    async () => {
      const irc = `${sharedData}/ortho/ign-pdal-tools/test_data_irc.tif`
      const plain = await rgbRun()
      const both = await rgbRun("--irc", irc)
      await expectSameColours(plain.out, both.out)
      const figures = await nadirFigures(
        both.out,
        await imageOf(irc, [770550, 6277550, 770600, 6277600]),
        2154,
        "infrared",
      )
      expect(figures.texels).toBeGreaterThan(0.9 * 250 * 250)
      expect(figures.psnr).toBeGreaterThan(34)
      expect(Math.hypot(...figures.shift)).toBeLessThan(0.1)
      const ndvi = await ndviByClass((await contentsOf(both.out)).values())
      expect(ndvi[5]).toBeGreaterThan(0.15)
      expect(ndvi[6]).toBeLessThan(0.05)
      expect((jsonOf(await runKept(["validate", both.out, "--json"])) as { ok: boolean }).ok).toBe(true)
    },
  )

  it("is the scene's infrared: plants are bright in it, on parents too", async () => {
    const { plain, both } = await sceneWithInfrared()
    await expectSameColours(plain.out, both.out)
    const contents = await contentsOf(both.out)
    const levels = [...new Set([...contents.keys()].map((name) => name.split("/")[0]))]
    expect(levels.length).toBe(2)
    for (const level of levels) {
      const own = [...contents].filter(([name]) => name.startsWith(`${level}/`)).map(([, content]) => content)
      const ndvi = await ndviByClass(own)
      expect(ndvi[5], `crowns of level ${level}`).toBeGreaterThan(0.4)
      expect(ndvi[6], `buildings of level ${level}`).toBeLessThan(0.1)
    }
  })

  it("is in contents of every format, which the public validator finds sound", async () => {
    const { scene, lidar, ortho } = await sceneFiles()
    const [x, y] = scene.box
    // A small tile: what is looked at is how images are written.
    const box = ["--tile-size", "50", "--bbox", [x + 50, y + 50, x + 100, y + 100].join()]
    const images = ["--imagery", ortho, "--irc", await sceneInfrared()]
    // JPEG is Montpellier's format above, WebP that of the scene's other run.
    const { both } = await sceneWithInfrared()
    expect(textureFormats).toEqual(["jpeg", "webp", "ktx2-etc1s", "ktx2-uastc"])
    for (const format of ["webp", "ktx2-etc1s", "ktx2-uastc"]) {
      // Texels of 1 m: KTX2 takes a hundred times as long as JPEG.
      const size = [...box, "--set", "drape.texel=1", "--texture-format", format]
      const out = format === "webp" ? both.out : await run(`format-${format}`, lidar, ...images, ...size)
      const report = jsonOf(await runKept(["validate", out, "--json"])) as {
        gltf: { files: number; errors: number; warnings: number }
      }
      // Of WebP the validator says, in warnings, that it does not know it.
      expect(report.gltf.errors, format).toBe(0)
      expect(report.gltf.files).toBeGreaterThan(0)
      const withBoth = [...(await contentsOf(out)).values()].filter(({ texture }) => texture?.infrared !== undefined)
      expect(withBoth.length, format).toBeGreaterThan(0)
    }
  })
})
