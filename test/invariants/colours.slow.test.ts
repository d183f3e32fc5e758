/** Walls of the scene painted from twelve images whose films differ by a fifth, with the films that a plan solves, before encoding. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Box2 } from "../../engine/core/box.js"
import { type Film, plainFilm } from "../../engine/core/film.js"
import { projectPoints } from "../../engine/core/projection.js"
import { composeImage } from "../../engine/formats/raster/compose-image.js"
import { resolveJob } from "../../engine/job/job.js"
import { planJob } from "../../engine/job/plan.js"
import type { Tile, View, ViewsPort } from "../../engine/kernel.js"
import { readViews, viewWindows } from "../../engine/pool/read-views.js"
import { chooseOriented, type OrientedImages } from "../../engine/spatial/oriented-images.js"
import { filmed, type SceneView, sceneViews, sightTest } from "../../fixtures/views.js"
import { wallColour } from "../../fixtures/wall-pattern.js"
import { type Sample, writeSample } from "../../fixtures/write-sample.js"
import { writeViews } from "../../fixtures/write-views.js"
import { LEAST_COSINE, sampleChart } from "../../kernels/lib/chart-samples.js"
import { type PaintedChart, type PaintOptions, paintChart } from "../../kernels/lib/choose-views.js"
import { type DepthBuffer, drawDepth } from "../../kernels/lib/view-depth.js"
import { alongWall, sceneCharts, sceneMesh, topOf, type WallChart } from "../kernels/texture/scene-mesh.js"

const TEXEL = 0.25
/** Texels of a metre. */
const METRE = 4

let folder: string
let sample: Sample
let views: SceneView[]
const data: Uint8Array[] = []
let depths: DepthBuffer[]
let charts: WallChart[]
let solved: Film[]
let oriented: OrientedImages
let mesh: ReturnType<typeof sceneMesh>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "colours-"))
  sample = await writeSample(folder, { pulsesPerM2: 4 })
  const { scene } = sample
  // Pixels of 0.2 m on the walls in the middle of the scene.
  views = sceneViews(scene, { count: 12, width: 640, height: 480, spread: 0.2 }).map((view) => {
    const camera = { ...view.shot.camera, focal: 2 * view.shot.camera.focal }
    return { ...view, shot: { ...view.shot, camera } }
  })
  await writeViews(folder, scene, views, "tif")
  const job = await resolveJob({
    inputs: sample.lidar,
    out: join(folder, "out"),
    tileSize: 100,
    products: ["mesh", "texture"],
    orientedImages: [join(folder, "images")],
    orientation: [join(folder, "views_alt.OPK"), join(folder, "camera.txt")],
  })
  const { context } = await planJob(job)
  oriented = context.oriented!
  const images = views.map(({ shot }) => oriented.images.find((image) => image.shot.name === shot.name)!)
  solved = images.map(({ film }) => film!)
  for (const { header } of images) data.push((await composeImage([header], header.box, 1))!.data)
  mesh = sceneMesh(scene)
  depths = views.map(({ shot }) => drawDepth([mesh], shot, [0, 0, shot.camera.width, shot.camera.height], 2))
  charts = sceneCharts(scene, TEXEL)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** All walls from all views with given films. */
const paint = (films: readonly Film[], options?: PaintOptions): PaintedChart[] =>
  charts.map(({ chart }) => {
    const samples = views.flatMap(({ shot }, i) => {
      const { gain, bias } = films[i]!
      const view: View = { shot, data: data[i]!, gain, bias }
      return sampleChart(chart, mesh.origin, view, i, depths[i]!) ?? []
    })
    return paintChart(chart, samples, options)
  })

/** A square metre of a wall, all of one view: its own, and how far the mean of what was painted is from the truth. */
interface Metre {
  readonly view: number
  readonly off: readonly number[]
}

/** The square metres of a chart from its top left corner, row by row; undefined where a texel is beyond the wall, not painted, or of another view. */
const metresOf = ({ wall, chart }: WallChart, { view, data: painted }: PaintedChart): (Metre | undefined)[][] => {
  const building = sample.scene.buildings[wall.building]!
  const isOnWall = (along: number, z: number): boolean => {
    if (along > wall.length) return false
    const [x, y] = alongWall(wall, along)
    return z > sample.scene.ground(x, y) && z < topOf(building, wall, along)
  }
  return Array.from({ length: Math.floor(chart.height / METRE) }, (_, row) =>
    Array.from({ length: Math.floor(chart.width / METRE) }, (__, column) => {
      const off = [0, 0, 0]
      const first = view[row * METRE * chart.width + column * METRE]!
      for (let i = 0; i < METRE * METRE; i++) {
        const [c, r] = [column * METRE + (i % METRE), row * METRE + Math.floor(i / METRE)]
        const at = r * chart.width + c
        const [along, z] = [(c + 0.5) * TEXEL, building.top - (r + 0.5) * TEXEL]
        if (view[at] !== first || first < 0 || !isOnWall(along, z)) return undefined
        const truth = filmed(wallColour(wall, along, z))
        for (let band = 0; band < 3; band++) off[band]! += (painted[4 * at + band]! - truth[band]!) / METRE ** 2
      }
      return { view: first, off }
    }),
  )
}

/** Differences of neighbouring square metres of different views, a channel each, sorted. */
const seamSteps = (painted: readonly PaintedChart[]): number[] => {
  const steps: number[] = []
  for (const [k, chart] of charts.entries()) {
    const rows = metresOf(chart, painted[k]!)
    for (const [r, row] of rows.entries()) {
      for (const [c, one] of row.entries()) {
        for (const other of [row[c + 1], rows[r + 1]?.[c]]) {
          if (one === undefined || other === undefined || one.view === other.view) continue
          for (let band = 0; band < 3; band++) steps.push(Math.abs(one.off[band]! - other.off[band]!))
        }
      }
    }
  }
  return steps.sort((a, b) => a - b)
}
const shareOf = (sorted: readonly number[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!

/** Texels of a chart that lie on the wall, one in `every`: where they are and the colour that they should have. */
const texelsOf = ({ wall, chart }: WallChart, every: number) =>
  Array.from({ length: Math.floor((chart.width * chart.height) / every) }, (_, i) => i * every).flatMap((at) => {
    const building = sample.scene.buildings[wall.building]!
    const along = ((at % chart.width) + 0.5) * TEXEL
    const z = building.top - (Math.floor(at / chart.width) + 0.5) * TEXEL
    if (along > wall.length) return []
    const [x, y] = alongWall(wall, along)
    if (z <= sample.scene.ground(x, y) || z >= topOf(building, wall, along)) return []
    return [{ at, place: [x, y, z] as const, truth: filmed(wallColour(wall, along, z)) }]
  })

/** Whether an image shows a place of a wall, as {@link sampleChart} accepts it: not at a grazing angle, nothing between. */
const shows = (sees: ReturnType<typeof sightTest>, { shot }: SceneView, { wall }: WallChart, place: Place): boolean => {
  const [column, line] = projectPoints(shot, Float64Array.from(place)) as unknown as [number, number]
  const { width, height } = shot.camera
  if (!(column > 1 && line > 1 && column < width - 1 && line < height - 1)) return false
  const [dx, dy, dz] = [0, 1, 2].map((k) => shot.centre[k]! - place[k]!) as [number, number, number]
  const across = (dx * (wall.b[1] - wall.a[1]) - dy * (wall.b[0] - wall.a[0])) / wall.length
  return across >= LEAST_COSINE * Math.hypot(dx, dy, dz) && sees(shot.centre, ...place)
}
type Place = readonly [number, number, number]

describe("walls painted from images with solved films", () => {
  let painted: PaintedChart[]
  beforeAll(() => {
    painted = paint(solved)
  })

  it("have no step of more than 2 of 255 across 95 % of seams of images, which are 40 and more without a solve", () => {
    const steps = seamSteps(painted)
    const without = seamSteps(
      paint(
        views.map(() => plainFilm),
        { edge: 0, level: -1 },
      ),
    )
    expect(steps.length).toBeGreaterThan(30)
    expect(shareOf(without, 0.9)).toBeGreaterThan(40)
    expect(shareOf(steps, 0.95)).toBeLessThanOrEqual(2)
    // What is above comes from walls that images of 0.6 m a pixel alone show, beside such of 0.2 m: the true films leave as much.
    expect(shareOf(steps, 1)).toBeLessThan(shareOf(seamSteps(paint(views)), 1) + 0.5)
  })

  it("are levelled where films are off by 3 of 255, as solves leave them that JPEG blurs", () => {
    const bent = solved.map(({ gain, bias: [red, green, blue] }, i): Film => {
      const off = (band: number): number => 3 * Math.sin(5 * i + 2 * band)
      return { gain, bias: [red + off(0), green + off(1), blue + off(2)] }
    })
    expect(shareOf(seamSteps(paint(bent)), 0.95)).toBeLessThanOrEqual(2)
    expect(shareOf(seamSteps(paint(bent, { level: -1 })), 0.95)).toBeGreaterThan(4)
  })

  it("match across the border of tiles that were painted alone, to 1 of 255", async () => {
    const [west, south] = sample.scene.box
    const [left, right] = await Promise.all(
      [0, 100].map(async (from) => {
        const cell: Box2 = [west + from, south + 50, west + from + 100, south + 150]
        return paintAlone(cell)
      }),
    )
    const steps: number[] = []
    for (const [k, chart] of nearMiddle().entries()) {
      const others = metresOf(chart, right![k]!).flat()
      for (const [i, one] of metresOf(chart, left![k]!).flat().entries()) {
        const other = others[i]
        if (one === undefined || other === undefined) continue
        for (let band = 0; band < 3; band++) steps.push(Math.abs(one.off[band]! - other.off[band]!))
      }
    }
    expect(steps.length).toBeGreaterThan(300)
    // All square metres that both painted, from whichever image.
    expect(Math.max(...steps)).toBeLessThanOrEqual(1)
  })

  it("are covered to 95 % where an image shows them, with 26 dB", () => {
    const sees = sightTest(sample.scene)
    let [squares, values, seen, covered] = [0, 0, 0, 0]
    for (const [k, chart] of charts.entries()) {
      for (const { at, place, truth } of texelsOf(chart, 11)) {
        const isPainted = painted[k]!.data[4 * at + 3] === 255
        if (views.some((view) => shows(sees, view, chart, place))) {
          seen++
          if (isPainted) covered++
        }
        for (let band = 0; isPainted && band < 3; band++) {
          squares += (painted[k]!.data[4 * at + band]! - truth[band]!) ** 2
          values++
        }
      }
    }
    expect(seen).toBeGreaterThan(500)
    expect(covered / seen).toBeGreaterThanOrEqual(0.95)
    expect(10 * Math.log10((255 * 255 * values) / squares)).toBeGreaterThanOrEqual(26)
  })
})

/** Walls that both tiles in the middle of the scene have in their extents. */
const nearMiddle = (): WallChart[] => {
  const { box } = sample.scene
  const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
  return charts.filter(({ wall: { a, b } }) => Math.hypot((a[0] + b[0]) / 2 - x, (a[1] + b[1]) / 2 - y) < 65)
}

/** Those walls from the windows that the task of one tile reads. */
const paintAlone = async (cell: Box2): Promise<PaintedChart[]> => {
  const extent = Box2.grow(cell, 40)
  const origin = [cell[0], cell[1], 0] as const
  const tile: Tile = { key: "0/0/0", cell, core: cell, extent, origin, step: 1, epsg: 2154 }
  const port: ViewsPort = { kind: "views", resolution: () => 0.2, most: () => 12, mostPixels: () => 2 ** 22 }
  const read = await readViews(viewWindows(oriented, chooseOriented(oriented, extent, 12), port, tile, {}), new Map())
  const numbers = read.map(({ shot }) => views.findIndex((view) => view.shot.name === shot.name))
  const buffers = read.map(({ shot }) => drawDepth([mesh], shot, [0, 0, shot.camera.width, shot.camera.height], 2))
  return nearMiddle().map(({ chart }) =>
    paintChart(
      chart,
      read.flatMap((view, i) => sampleChart(chart, mesh.origin, view, numbers[i]!, buffers[i]!) ?? []),
    ),
  )
}
