import { describe, expect, it } from "vitest"
import type { Mesh, Points, Texture, View } from "../../../engine/kernel.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import { sceneViews, seenColour, viewRenderer } from "../../../fixtures/sample/views.js"
import { listWalls, wallColour } from "../../../fixtures/sample/wall-pattern.js"
import views from "../../../kernels/texture/views.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"
import { sceneMesh, texelCentre } from "../../scenes/texture-scene.js"

const scene = makeScene()
const walls = listWalls(scene.buildings)
/** The scene's surfaces; its walls are the building's, all else the ground's. */
const mesh = withWalls(sceneMesh(scene))
const options = { wallTexel: 0.5, views: 8, maxWindow: 2048, around: 40, outlier: 24 }
const tile = tileOf(scene.box, 40)
const render = viewRenderer(scene)
const windows: View[] = sceneViews(scene, { width: 480, height: 360, count: 8 }).map((view) => ({
  shot: view.shot,
  gain: view.gain,
  bias: view.bias,
  data: render(view),
}))

function withWalls(whole: Mesh): Mesh {
  const ground = 2 * Math.round((scene.box[2] - scene.box[0]) / 2) ** 2
  const ofWalls = walls.reduce((sum, { length }) => sum + 2 * Math.ceil(length / 0.25), 0)
  const owners = new Uint32Array(whole.triangles.length / 3).fill(1, ground, ground + ofWalls)
  return { ...whole, owners, objects: { ids: ["", "walls"], classes: Uint8Array.of(2, 6), columns: {} } }
}

/** Points of the CRS, as a kernel gets them. */
const pointsAt = (places: readonly (readonly [number, number, number])[]): Points => {
  const [x, y] = scene.box
  const axis = (k: 0 | 1 | 2, from: number): Int32Array =>
    Int32Array.from(places, (place) => Math.round(1000 * (place[k] - from)))
  return {
    origin: [x, y, 0],
    scale: 0.001,
    count: places.length,
    x: axis(0, x),
    y: axis(1, y),
    z: axis(2, 0),
  } as unknown as Points
}
const run = (around: Points, given: readonly View[] = windows) =>
  views.run(tile, { mesh, around, views: given }, options, scratch)

/**
 * Differences of the painted texels that lie on a wall of the scene, in the wall's own colour; and
 * how many are painted.
 */
const compare = (texture: Texture | undefined): { squares: number; count: number; painted: number } => {
  let [squares, count, painted] = [0, 0, 0]
  for (const chart of texture?.charts ?? []) {
    for (let at = 0; at < chart.width * chart.height; at++) {
      if (chart.data[4 * at + 3] === 0) continue
      painted++
      const place = texelCentre(chart, at % chart.width, Math.floor(at / chart.width))
      const [x, y, z] = [place[0] + mesh.origin[0], place[1] + mesh.origin[1], place[2]]
      const wall = walls.find(({ a, b, length }) => {
        const along = ((x - a[0]) * (b[0] - a[0]) + (y - a[1]) * (b[1] - a[1])) / length
        const off = ((x - a[0]) * (b[1] - a[1]) - (y - a[1]) * (b[0] - a[0])) / length
        return Math.abs(off) < 0.02 && along > 0.5 && along < length - 0.5
      })
      if (wall === undefined) continue
      const along = Math.hypot(x - wall.a[0], y - wall.a[1])
      const truth = seenColour(wallColour(wall, along, z))
      for (let band = 0; band < 3; band++) squares += (chart.data[4 * at + band]! - truth[band]!) ** 2
      count += 3
    }
  }
  return { squares, count, painted }
}

describe("texture.views", () => {
  it("paints the walls in their own colours, the same each time", () => {
    const { oriented, "views-quality": quality } = run(pointsAt([]))
    expect(quality["views"]).toBe(8)
    expect(quality["paintedShare"]).toBeGreaterThan(0.5)
    const { squares, count } = compare(oriented)
    expect(count).toBeGreaterThan(3000)
    expect(10 * Math.log10((255 * 255 * count) / squares)).toBeGreaterThan(26)
    expect(run(pointsAt([])).oriented).toEqual(oriented)
  })

  it("makes nothing without images, so that the drape's rule holds", () => {
    expect(run(pointsAt([]), []).oriented).toBeUndefined()
  })

  it("does not look through what stands beyond the tile", () => {
    // A curtain around the tile, higher than the cameras beyond it.
    const [west, south, east, north] = scene.box
    const curtain: [number, number, number][] = []
    for (let z = 40; z < 400; z += 35)
      for (let x = west - 2; x <= east + 2; x++) curtain.push([x, south - 2, z], [x, north + 2, z])
    for (let z = 40; z < 400; z += 35)
      for (let y = south - 2; y <= north + 2; y++) curtain.push([west - 2, y, z], [east + 2, y, z])
    const outside = windows.filter((_, i) => i % 2 === 0)
    expect(compare(run(pointsAt([]), outside).oriented).painted).toBeGreaterThan(10_000)
    expect(run(pointsAt(curtain), outside).oriented).toBeUndefined()
  })
})
