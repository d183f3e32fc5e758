import { beforeAll, describe, expect, it } from "vitest"
import type { Chart, View } from "../../../engine/kernel.js"
import { makeScene } from "../../../fixtures/scene.js"
import { filmed, type SceneView, sceneViews, sightTest, viewRenderer } from "../../../fixtures/views.js"
import { wallColour } from "../../../fixtures/wall-pattern.js"
import { LEAST_COSINE, sampleChart } from "../../../kernels/lib/chart-samples.js"
import { type PaintedChart, type PaintOptions, paintChart } from "../../../kernels/lib/choose-views.js"
import { type Film, solveColours } from "../../../kernels/lib/colour-solve.js"
import { sampleFilms } from "../../../kernels/lib/film-samples.js"
import { type DepthBuffer, drawDepth } from "../../../kernels/lib/view-depth.js"
import { alongWall, sceneCharts, sceneMesh, topOf, type WallChart } from "../texture/scene-mesh.js"

const scene = makeScene()
const texel = 0.5
const charts = sceneCharts(scene, texel)
const mesh = sceneMesh(scene)
const sees = sightTest(scene)

interface Window {
  readonly view: View
  readonly depth: DepthBuffer
}

/** The views rendered, with the films known, and their depth buffers. */
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
      const truth = filmed(wallColour(chart.wall, along, z))
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
}, 120_000)

/** Texels asked, and those taken from a view that sees neither them nor anything within a pixel of them on the wall. */
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

describe("the walls of the scene, painted from 12 views with films of their own and cars", () => {
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
    const [withVote, without] = [cars(painted), cars(paintAll(windows, { outlier: 1e9 }))]

    expect(without).toBeGreaterThan(20)
    expect(withVote).toBeLessThan(0.2 * without)
  })

  it("are the same for the same views", () => {
    const [first, again] = [painted[3]!, paintAll(windows)[3]!]
    expect(again).toEqual(first)
  })
})

/** Level squares of a metre on ground and roofs, 6 m apart, where the surface is even. */
const groundPatches = (): Chart[] => {
  const found: Chart[] = []
  for (let y = scene.box[1] + 3; y < scene.box[3]; y += 6) {
    for (let x = scene.box[0] + 3; x < scene.box[2]; x += 6) {
      const around = [-0.7, 0, 0.7].flatMap((i) => [-0.7, 0, 0.7].map((j) => scene.surface(x + i, y + j).z))
      if (Math.max(...around) - Math.min(...around) > 0.3) continue
      const origin = [x - 0.5 - scene.box[0], y + 0.5 - scene.box[1], scene.surface(x, y).z] as const
      found.push({ faces: new Uint32Array(0), origin, u: [1, 0, 0], v: [0, -1, 0], width: 4, height: 4, texel: 0.25 })
    }
  }
  return found
}

describe("the films of the views, solved from what they share", () => {
  const withFilms = (all: readonly Film[]): Window[] =>
    windows.map(({ view, depth }, i) => ({ view: { ...view, ...all[i]! }, depth }))
  /** Of all square metres of walls that two views see whole: how far their means differ, sorted. */
  const steps = (open: readonly Window[]): number[] => {
    const found: number[] = []
    for (const { chart } of charts) {
      for (let row = 0; row + 2 <= chart.height; row += 2) {
        for (let column = 0; column + 2 <= chart.width; column += 2) {
          const [s, t] = [column * texel, row * texel]
          const origin = [0, 1, 2].map((k) => chart.origin[k]! + s * chart.u[k]! + t * chart.v[k]!) as never
          const part = { ...chart, origin, width: 8, height: 8, texel: 0.125 }
          const seen = open.flatMap(({ view, depth }, i) => sampleChart(part, mesh.origin, view, i, depth) ?? [])
          const whole = seen.filter(({ seenCount, score }) => seenCount === 64 && score > 0.02)
          for (let band = 0; band < 3 && whole.length > 1; band++) {
            const means = whole.map(
              ({ colour }) => colour.reduce((sum, value, i) => sum + (i % 3 === band ? value : 0), 0) / 64,
            )
            const middle = means.toSorted((a, b) => a - b)[means.length >> 1]!
            for (const mean of means) found.push(Math.abs(mean - middle))
          }
        }
      }
    }
    return found.sort((a, b) => a - b)
  }
  let solved: Film[]
  beforeAll(() => {
    const places = sampleFilms(
      groundPatches(),
      mesh.origin,
      windows.map(({ view }) => view),
      windows.map(({ depth }) => depth),
    )
    solved = solveColours(views.length, places)
  })

  it("leave no step of more than 2 of 255 between any two images, over the range of colours", () => {
    for (const band of [0, 1, 2] as const) {
      for (const colour of [70, 110, 150]) {
        const found = views.map(({ gain, bias }, i) => {
          const film = solved[i]!
          return (gain[band] * colour + bias[band] - film.bias[band]) / film.gain[band]
        })
        expect(Math.max(...found) - Math.min(...found)).toBeLessThanOrEqual(2)
      }
    }
  })

  it("bring square metres of walls together as the true films do: what is left is the images' own blur", () => {
    const none = views.map((): Film => ({ gain: [1, 1, 1], bias: [0, 0, 0] }))
    const [raw, after, truth] = [none, solved, views].map((all) => steps(withFilms(all))) as [
      number[],
      number[],
      number[],
    ]
    const ninetieth = (all: readonly number[]): number => all[Math.floor(0.9 * all.length)]!
    expect(ninetieth(raw)).toBeGreaterThan(20)
    expect(ninetieth(after)).toBeLessThan(ninetieth(truth) + 0.3)
  })

  it("give walls of 26 dB at least", () => {
    expect(psnrOf(paintAll(withFilms(solved)))).toBeGreaterThanOrEqual(26)
  })
})
