import { beforeAll, describe, expect, it } from "vitest"
import type { View } from "../../../../engine/kernel.js"
import { makeScene } from "../../../../fixtures/sample/scene.js"
import { type SceneView, sceneViews, seenColour, sightTest, viewRenderer } from "../../../../fixtures/sample/views.js"
import { wallColour } from "../../../../fixtures/sample/wall-pattern.js"
import { type PaintedChart, type PaintOptions, paintChart } from "../../../../kernels/texture/charts/choose-views.js"
import { LEAST_COSINE, sampleChart } from "../../../../kernels/texture/charts/samples.js"
import { type DepthBuffer, drawDepth } from "../../../../kernels/texture/visibility/view-depth.js"
import { alongWall, sceneCharts, sceneMesh, topOf, type WallChart } from "../../../scenes/texture-scene.js"

const scene = makeScene()
const texel = 0.5
const charts = sceneCharts(scene, texel)
const mesh = sceneMesh(scene)
const sees = sightTest(scene)

interface Window {
  readonly view: View
  readonly depth: DepthBuffer
}

/** The views rendered, with the corrections known, and their depth buffers. */
const openViews = (views: readonly SceneView[]): Window[] => {
  const render = viewRenderer(scene)
  return views.map((view) => {
    const { width, height } = view.shot.camera
    return {
      view: { shot: view.shot, data: render(view), gain: view.gain, bias: view.bias },
      depth: drawDepth([mesh], view.shot, [0, 0, width, height], 2),
    }
  })
}

const paintAll = (windows: readonly Window[], options?: PaintOptions): PaintedChart[] =>
  charts.map(({ chart }) =>
    paintChart(
      chart,
      windows.flatMap(({ view, depth }, i) => sampleChart(chart, mesh.origin, view, i, depth) ?? []),
      options,
    ),
  )

interface Texel {
  readonly along: number
  readonly x: number
  readonly y: number
  readonly z: number
  readonly at: number
}

/** Texels of a chart whose middle lies on the wall, one in `every`. */
const wallTexels = ({ wall, chart }: WallChart, every: number): Texel[] => {
  const building = scene.buildings[wall.building]!
  const found: Texel[] = []
  for (let at = 0; at < chart.width * chart.height; at += every) {
    const along = ((at % chart.width) + 0.5) * texel
    const z = building.top - (Math.floor(at / chart.width) + 0.5) * texel
    if (along >= wall.length) continue
    const [x, y] = alongWall(wall, along)
    if (z > scene.ground(x, y) && z < topOf(building, wall, along)) found.push({ along, x, y, z, at })
  }
  return found
}

/** Cosine between a wall's normal and the sight to a camera. */
const facing = ({ wall: { a, b, length } }: WallChart, { shot: { centre } }: SceneView, { x, y, z }: Texel): number =>
  ((centre[0] - x) * (b[1] - a[1]) - (centre[1] - y) * (b[0] - a[0])) /
  length /
  Math.hypot(centre[0] - x, centre[1] - y, centre[2] - z)

const inImage = ({ shot: { camera, centre, rotation: r } }: SceneView, { x, y, z }: Texel): boolean => {
  const [dx, dy, dz] = [x - centre[0], y - centre[1], z - centre[2]]
  const depth = -(r[2]! * dx + r[5]! * dy + r[8]! * dz)
  const column = camera.principal[0] + (camera.focal * (r[0]! * dx + r[3]! * dy + r[6]! * dz)) / depth
  const line = camera.principal[1] - (camera.focal * (r[1]! * dx + r[4]! * dy + r[7]! * dz)) / depth
  return column > 1 && line > 1 && column < camera.width - 1 && line < camera.height - 1
}

const psnrOf = (painted: readonly PaintedChart[]): number => {
  let [sum, count] = [0, 0]
  for (const [k, chart] of charts.entries()) {
    for (const { along, z, at } of wallTexels(chart, 1)) {
      if (painted[k]!.view[at]! < 0) continue
      const truth = seenColour(wallColour(chart.wall, along, z))
      for (let band = 0; band < 3; band++) sum += (painted[k]!.data[4 * at + band]! - truth[band]!) ** 2
      count += 3
    }
  }
  return 10 * Math.log10((255 * 255 * count) / sum)
}

const views = sceneViews(scene, { width: 480, height: 360, spread: 0.2, cars: 25 })
let windows: Window[]
let painted: PaintedChart[]
beforeAll(() => {
  windows = openViews(views)
  painted = paintAll(windows)
})

/**
 * Texels asked, and those taken from a view that sees neither them nor anything within a pixel of
 * them on the wall.
 */
const blindTexels = (all: readonly PaintedChart[]): { asked: number; blind: number } => {
  let [asked, blind] = [0, 0]
  for (const [k, chart] of charts.entries()) {
    for (const { x, y, z, at } of wallTexels(chart, 5)) {
      const view = views[all[k]!.view[at]!]
      if (view === undefined) continue
      asked++
      const { a, b, length } = chart.wall
      const steps = [0, -0.5, 0.5]
      const isSeen = (s: number, t: number): boolean =>
        sees(view.shot.centre, x + (s * (b[0] - a[0])) / length, y + (s * (b[1] - a[1])) / length, z + t)
      if (!steps.some((s) => steps.some((t) => isSeen(s, t)))) blind++
    }
  }
  return { asked, blind }
}

describe("the walls of the scene, painted from 12 views with corrections of their own and cars", () => {
  it("are covered to 95 % at least where any image sees them", () => {
    let [seen, covered] = [0, 0]
    for (const [k, chart] of charts.entries()) {
      for (const texel of wallTexels(chart, 7)) {
        const any = views.some(
          (view) =>
            facing(chart, view, texel) >= LEAST_COSINE &&
            inImage(view, texel) &&
            sees(view.shot.centre, texel.x, texel.y, texel.z),
        )
        if (!any) continue
        seen++
        if (painted[k]!.data[4 * texel.at + 3] === 255) covered++
      }
    }
    expect(seen).toBeGreaterThan(500)
    expect(covered / seen).toBeGreaterThanOrEqual(0.95)
  })

  it("have no texel from an image that cannot see it, as they would without depth buffers", () => {
    const { asked, blind } = blindTexels(painted)
    expect(asked).toBeGreaterThan(500)
    expect(blind).toBe(0)
    const open = windows.map(({ view, depth }) => ({
      view,
      depth: { ...depth, data: new Float32Array(depth.data.length) },
    }))
    expect(blindTexels(paintAll(open)).blind).toBeGreaterThan(10)
  })

  it("come out with 26 dB at least", () => {
    expect(psnrOf(painted)).toBeGreaterThanOrEqual(26)
  })

  it("lose the cars by consensus, which would stand before them otherwise", () => {
    const isCar = ([red, green, blue]: readonly number[]): boolean =>
      red! > 150 && blue! < 90 && Math.abs(green! - 120) > 20
    const cars = (all: readonly PaintedChart[]): number => {
      let count = 0
      for (const [k, chart] of charts.entries()) {
        for (const { at } of wallTexels(chart, 1)) {
          if (all[k]!.view[at]! >= 0 && isCar([...all[k]!.data.subarray(4 * at, 4 * at + 3)])) count++
        }
      }
      return count
    }
    const [withVote, without] = [cars(painted), cars(paintAll(windows, { outlier: 1e9, edge: 0, level: -1 }))]

    expect(without).toBeGreaterThan(20)
    expect(withVote).toBeLessThan(0.2 * without)
  })

  it("are the same for the same views", () => {
    const [first, again] = [painted[3]!, paintAll(windows)[3]!]
    expect(again).toEqual(first)
  })
})
