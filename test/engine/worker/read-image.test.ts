import { mkdtemp, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { projectPoints } from "../../../engine/core/camera/projection.js"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import type { Tile, View, ViewsPort } from "../../../engine/kernel.js"
import {
  chooseOriented,
  type FoundOrientedImages,
  type OrientedImages,
  openOrientedImages,
} from "../../../engine/spatial/oriented-images.js"
import { viewWindows } from "../../../engine/spatial/view-windows.js"
import { readViews } from "../../../engine/worker/read-image.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import { type SceneView, sceneViews, viewRenderer } from "../../../fixtures/sample/views.js"
import { writeViews } from "../../../fixtures/sample/write-views.js"

const scene = makeScene()
const place = { epsg: 2154, box: scene.box, low: 165, high: 200 }
const box: Box2 = [scene.box[0] + 100, scene.box[1] + 60, scene.box[0] + 180, scene.box[1] + 140]
const tile: Tile = { key: "0/0/0", cell: box, core: box, extent: box, origin: [box[0], box[1], 0], step: 1, epsg: 2154 }
const port = (resolution: number, mostPixels = 1e6): ViewsPort => ({
  kind: "views",
  resolution: () => resolution,
  most: () => 12,
  mostPixels: () => mostPixels,
})

let folder: string
let found: FoundOrientedImages
const views: SceneView[] = sceneViews(scene, { count: 4, width: 320, height: 240 })
let written: Awaited<ReturnType<typeof writeViews>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "read-views-"))
  written = await writeViews(folder, scene, views, "tif")
  found = await openOrientedImages([written.images], [written.orientation, written.camera], place)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Mean over the pixels of a view within `reach` of where a place shows. */
const colourAt = (shot: View["shot"], data: Uint8Array, at: Float64Array, reach: number): number[] | undefined => {
  const [column, line] = projectPoints(shot, at) as unknown as [number, number]
  const { width, height } = shot.camera
  const range = (value: number): [number, number] => [Math.round(value - reach), Math.round(value + reach)]
  const [[left, right], [top, bottom]] = [range(column), range(line)]
  if (left < 0 || top < 0 || right > width || bottom > height || right === left) return undefined
  const sums = [0, 0, 0]
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) for (let k = 0; k < 3; k++) sums[k]! += data[4 * (y * width + x) + k]!
  }
  return sums.map((sum) => sum / ((right - left) * (bottom - top)))
}

describe("readViews", () => {
  it("gives windows that hold the extent, with cameras that are theirs", async () => {
    const windows = viewWindows(found, port(0.2), tile, {})
    const read = await readViews(windows, new Map())
    expect(read.map(({ shot }) => shot.name)).toEqual(views.map(({ shot }) => shot.name))
    const render = viewRenderer(scene)
    for (const [i, view] of read.entries()) {
      const { width, height } = view.shot.camera
      expect(view.data.length).toBe(4 * width * height)
      // A cut of the image, not all of it.
      expect(width * height).toBeLessThan(0.8 * 320 * 240)
      const whole = render(views[i]!)
      let compared = 0
      for (let x = box[0] + 3; x < box[2]; x += 7) {
        for (let y = box[1] + 3; y < box[3]; y += 7) {
          const at = Float64Array.of(x, y, scene.surface(x, y).z)
          const [own, truth] = [colourAt(view.shot, view.data, at, 1), colourAt(views[i]!.shot, whole, at, 1)]
          if (own === undefined || truth === undefined) continue
          compared++
          expect(own).toEqual(truth)
        }
      }
      expect(compared).toBeGreaterThan(60)
    }
  })

  it("reads as coarse as is asked, and no larger than is allowed", async () => {
    const [fine] = await readViews(viewWindows(found, port(0.2), tile, {}), new Map())
    for (const coarser of [port(2.2), port(0.2, 4000)]) {
      const [view] = await readViews(viewWindows(found, coarser, tile, {}), new Map())
      const ratio = fine!.shot.camera.width / view!.shot.camera.width
      expect(ratio).toBeGreaterThan(1.5)
      let [worst, compared] = [0, 0]
      for (let x = box[0] + 5; x < box[2]; x += 7) {
        const at = Float64Array.of(x, box[1] + 8, scene.ground(x, box[1] + 8))
        const [own, truth] = [colourAt(view!.shot, view!.data, at, 1), colourAt(fine!.shot, fine!.data, at, ratio)]
        if (own === undefined || truth === undefined) continue
        compared++
        worst = Math.max(worst, ...own.map((value, k) => Math.abs(value - truth[k]!)))
      }
      expect(compared).toBeGreaterThan(5)
      expect(worst).toBeLessThan(8)
    }
    const most = viewWindows(found, port(0.2, 4000), tile, {})
    const [small] = await readViews(most, new Map())
    expect(small!.shot.camera.width * small!.shot.camera.height).toBeLessThan(4600)
  })
})

describe("openOrientedImages", () => {
  it("tells how many shots there are and keeps those that see the box", async () => {
    expect([found.shots, found.images.length, found.warnings]).toEqual([4, 4, []])
    const away: Box2 = [scene.box[0] + 5000, scene.box[1], scene.box[0] + 5100, scene.box[1] + 100]
    const none = await openOrientedImages([written.images], [written.orientation, written.camera], {
      ...place,
      box: away,
    })
    expect(none.images).toEqual([])
    expect(none.warnings.join()).toContain("none of 4 images can see the points")
  })

  it("refuses what cannot be right, with the remedy", async () => {
    const { images, orientation, camera } = written
    await expect(openOrientedImages([images], [orientation], place)).rejects.toThrow(
      /unknown camera "synthetic" of 4 shots/,
    )
    await expect(openOrientedImages([images], [], place)).rejects.toThrow(/no orientation of an image/)
    const empty = await mkdtemp(join(folder, "empty-"))
    await expect(openOrientedImages([empty], [orientation, camera], place)).rejects.toThrow(
      /none of the 4 shots .* has an image/,
    )
    const text = (await import("node:fs")).readFileSync(camera, "utf8")
    const other = join(folder, "other.txt")
    await writeFile(other, text.replace("height = 240", "height = 300"))
    await expect(openOrientedImages([images], [orientation, other], place)).rejects.toThrow(
      /proportions of the frame of 320 × 300/,
    )
  })

  it("warns of a shot without an image and uses the others", async () => {
    const [from, to] = ["view_002.tif", "hidden.tif"].map((name) => join(written.images, name)) as [string, string]
    await rename(from, to)
    const some = await openOrientedImages([written.images], [written.orientation, written.camera], place)
    await rename(to, from)
    expect(some.images.length).toBe(3)
    expect(some.warnings).toEqual([
      "--oriented-images: 1 of 4 images not used (hidden.tif): no orientation has their name. Give its file with --orientation.",
      "--oriented-images: 1 of 4 shots without an image, not used (view_002). Add their images.",
    ])
  })
})

describe("chooseOriented", () => {
  /** A flight of so many images around the scene: every view many times, a little moved. */
  const flight = (count: number): OrientedImages => ({
    ...place,
    images: Array.from({ length: count }, (_, i) => {
      const { shot, header } = found.images[i % 4]!
      const away = 0.01 * Math.floor(i / 4)
      return { shot: { ...shot, centre: [shot.centre[0], shot.centre[1], shot.centre[2] + away] as const }, header }
    }),
  })

  it.each([20, 200, 2000])("takes the nearest of each direction, no more than it may, of %i images", (count) => {
    const chosen = chooseOriented(flight(count), box, 8)
    expect(chosen).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(chooseOriented(flight(count), box, 3).length).toBe(3)
  })
})
