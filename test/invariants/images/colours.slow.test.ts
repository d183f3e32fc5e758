/**
 * Walls of the scene painted from 12 and 24 images whose corrections differ by a fifth, with the
 * corrections that a plan solves, before and after encoding.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { projectPoints } from "../../../engine/core/camera/projection.js"
import { Box2 } from "../../../engine/core/geometry/box.js"
import {
  noCorrection,
  type RadiometricCorrection,
} from "../../../engine/formats/raster/image/radiometric-correction.js"
import type { Tile, View, ViewsPort } from "../../../engine/kernel.js"
import { viewWindows } from "../../../engine/spatial/view-windows.js"
import { readViews } from "../../../engine/worker/read-image.js"
import { type SceneView, seenColour, sightTest } from "../../../fixtures/sample/views.js"
import { wallColour } from "../../../fixtures/sample/wall-pattern.js"
import { type Sample, writeSample } from "../../../fixtures/sample/write-sample.js"
import { type PaintedChart, type PaintOptions, paintChart } from "../../../kernels/texture/charts/choose-views.js"
import { LEAST_COSINE, sampleChart } from "../../../kernels/texture/charts/samples.js"
import { lookAtScene, type Seen, wholeDepth } from "../../scenes/seen-scene.js"
import { alongWall, topOf, type WallChart } from "../../scenes/texture-scene.js"
import { encoded } from "./encoded-chart.js"

const TEXEL = 0.25
/** Texels of a metre. */
const METRE = 4

/**
 * Metres a pixel on a wall from which an image is too coarse for the pattern of the walls: windows
 * of 1.9 m with edges of 0.7 m.
 */
const COARSE = 1

/** How far beyond a tile its images are looked at, metres. */
const REACH = 40

let folder: string
let sample: Sample
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "colours-"))
  sample = await writeSample(folder, { pulsesPerM2: 4 })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** All walls from all views with given corrections. */
const paint = (
  { views, data, mesh, depths, charts }: Seen,
  corrections: readonly RadiometricCorrection[],
  options?: PaintOptions,
): PaintedChart[] =>
  charts.map(({ chart }) => {
    const samples = views.flatMap(({ shot }, i) => {
      const { gain, bias } = corrections[i]!
      const view: View = { shot, data: data[i]!, gain, bias }
      return sampleChart(chart, mesh.origin, view, i, depths[i]!) ?? []
    })
    return paintChart(chart, samples, options)
  })

/**
 * A square metre of a wall, all of one view: its own, and how far the mean of what was painted is
 * from the truth.
 */
interface Metre {
  readonly view: number
  readonly off: readonly number[]
}

/**
 * The square metres of a chart from a texel near its top left corner, row by row; undefined where a
 * texel is beyond the wall, not painted, or of another view.
 */
const metresOf = (
  { wall, chart }: WallChart,
  { view, data: painted }: PaintedChart,
  [firstRow, firstColumn]: readonly [number, number] = [0, 0],
): (Metre | undefined)[][] => {
  const building = sample.scene.buildings[wall.building]!
  const isOnWall = (along: number, z: number): boolean => {
    if (along > wall.length) return false
    const [x, y] = alongWall(wall, along)
    return z > sample.scene.ground(x, y) && z < topOf(building, wall, along)
  }
  return Array.from({ length: Math.floor((chart.height - firstRow) / METRE) }, (_, row) =>
    Array.from({ length: Math.floor((chart.width - firstColumn) / METRE) }, (__, column) => {
      const off = [0, 0, 0]
      const [top, left] = [firstRow + row * METRE, firstColumn + column * METRE]
      const first = view[top * chart.width + left]!
      for (let i = 0; i < METRE * METRE; i++) {
        const [c, r] = [left + (i % METRE), top + Math.floor(i / METRE)]
        const at = r * chart.width + c
        const [along, z] = [(c + 0.5) * TEXEL, building.top - (r + 0.5) * TEXEL]
        if (view[at] !== first || first < 0 || !isOnWall(along, z)) return undefined
        const truth = seenColour(wallColour(wall, along, z))
        for (let band = 0; band < 3; band++) off[band]! += (painted[4 * at + band]! - truth[band]!) / METRE ** 2
      }
      return { view: first, off }
    }),
  )
}

/**
 * A difference between a square metre and the next one, of another view; metres a pixel of the
 * coarser of both views on the wall.
 */
interface Step {
  readonly step: number
  readonly pixel: number
}

/**
 * Differences of neighbouring square metres of different views, a channel each, sorted; squares
 * begin at `from`, texels from the top left corner.
 */
const seamSteps = (seen: Seen, painted: readonly PaintedChart[], from?: readonly [number, number]): Step[] => {
  const steps: Step[] = []
  for (const [k, chart] of seen.charts.entries()) {
    const rows = metresOf(chart, painted[k]!, from)
    for (const [r, row] of rows.entries()) {
      for (const [c, one] of row.entries()) {
        for (const other of [row[c + 1], rows[r + 1]?.[c]]) {
          if (one === undefined || other === undefined || one.view === other.view) continue
          const pixel = Math.max(...[one.view, other.view].map((view) => pixelOn(chart, seen.views[view]!, c + 0.5)))
          for (let band = 0; band < 3; band++) steps.push({ step: Math.abs(one.off[band]! - other.off[band]!), pixel })
        }
      }
    }
  }
  return steps.sort((a, b) => a.step - b.step)
}

/** Metres along a wall that a pixel of a view covers there. */
const pixelOn = ({ wall, chart }: WallChart, { shot: { centre, camera } }: SceneView, along: number): number => {
  const [x, y] = alongWall(wall, along)
  const [dx, dy, dz] = [centre[0] - x, centre[1] - y, centre[2] - chart.origin[2]]
  const across = (dx * (wall.b[1] - wall.a[1]) - dy * (wall.b[0] - wall.a[0])) / wall.length
  return (dx * dx + dy * dy + dz * dz) / camera.focal / across
}
const stepAt = (sorted: readonly Step[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!.step

/**
 * Texels of a chart that lie on the wall, one in `every`: where they are and the colour that they
 * should have.
 */
const texelsOf = ({ wall, chart }: WallChart, every: number) =>
  Array.from({ length: Math.floor((chart.width * chart.height) / every) }, (_, i) => i * every).flatMap((at) => {
    const building = sample.scene.buildings[wall.building]!
    const along = ((at % chart.width) + 0.5) * TEXEL
    const z = building.top - (Math.floor(at / chart.width) + 0.5) * TEXEL
    if (along > wall.length) return []
    const [x, y] = alongWall(wall, along)
    if (z <= sample.scene.ground(x, y) || z >= topOf(building, wall, along)) return []
    return [{ at, place: [x, y, z] as const, truth: seenColour(wallColour(wall, along, z)) }]
  })

/**
 * Whether an image shows a place of a wall, as {@link sampleChart} accepts it: not at a grazing
 * angle, nothing between.
 */
const shows = (sees: ReturnType<typeof sightTest>, { shot }: SceneView, { wall }: WallChart, place: Place): boolean => {
  const [column, line] = projectPoints(shot, Float64Array.from(place)) as unknown as [number, number]
  const { width, height } = shot.camera
  if (!(column > 1 && line > 1 && column < width - 1 && line < height - 1)) return false
  const [dx, dy, dz] = [0, 1, 2].map((k) => shot.centre[k]! - place[k]!) as [number, number, number]
  const across = (dx * (wall.b[1] - wall.a[1]) - dy * (wall.b[0] - wall.a[0])) / wall.length
  return across >= LEAST_COSINE * Math.hypot(dx, dy, dz) && sees(shot.centre, ...place)
}
type Place = readonly [number, number, number]

describe.each([12, 24])("walls painted from %i images with solved corrections", (count) => {
  let seen: Seen
  let painted: PaintedChart[]
  beforeAll(async () => {
    seen = await lookAtScene(folder, sample, count, TEXEL)
    painted = paint(seen, seen.solved)
  })

  it("have no step of more than 2 of 255 across seams of images, which are 20 and more without a solve", () => {
    const steps = seamSteps(seen, painted)
    const plain = seen.views.map(() => noCorrection)
    const without = seamSteps(seen, paint(seen, plain, { edge: 0, level: -1 }))
    expect(steps.length).toBeGreaterThan(30)
    expect(stepAt(without, 0.9)).toBeGreaterThan(count === 12 ? 40 : 20)
    expect(stepAt(steps, 0.95)).toBeLessThanOrEqual(2)
    // Above are only metres of an image that is too coarse for the wall's windows and alone shows
    // it.
    const fine = steps.filter(({ pixel }) => pixel < COARSE)
    expect(fine.length).toBeGreaterThan(0.8 * steps.length)
    expect(stepAt(fine, 1)).toBeLessThanOrEqual(2)
    if (count === 12) expect(stepAt(steps, 1)).toBeLessThanOrEqual(2)
    // Wherever the squares begin: beside the above those under the edge of a roof, whose pixels
    // hold both.
    const all = Array.from({ length: METRE ** 2 }, (_, i) =>
      seamSteps(seen, painted, [Math.floor(i / METRE), i % METRE]),
    )
      .flat()
      .sort((a, b) => a.step - b.step)
    expect(all.length).toBeGreaterThan(3 * steps.length)
    expect(stepAt(all, 0.95)).toBeLessThanOrEqual(2)
  })

  it("have steps after encoding that JPEG makes of windows and bricks, told here: across seams, and between tiles whose blocks lie otherwise", async () => {
    const after = await Promise.all(seen.charts.map((chart, k) => encoded(chart, painted[k]!, [0, 0])))
    const other = await Promise.all(seen.charts.map((chart, k) => encoded(chart, painted[k]!, [5, 11])))
    const [before, steps] = [seamSteps(seen, painted), seamSteps(seen, after)]
    const borders = seen.charts
      .flatMap((chart, k) => {
        const metres = metresOf(chart, other[k]!).flat()
        return metresOf(chart, after[k]!)
          .flat()
          .flatMap((one, i) => [0, 1, 2].map((band) => Math.abs((one?.off[band] ?? 0) - (metres[i]?.off[band] ?? 0))))
      })
      .sort((a, b) => a - b)
    const border = (share: number): number => borders[Math.floor(share * (borders.length - 1))]!
    const figures = [stepAt(before, 0.95), stepAt(steps, 0.95), stepAt(steps, 1), border(0.95), border(1)]
    console.log(
      `${count} images: seams ${figures[0]!.toFixed(2)} of 255 at 95 % before encoding, ${figures[1]!.toFixed(2)} after it, ${figures[2]!.toFixed(2)} at most; borders ${figures[3]!.toFixed(2)} at 95 %, ${figures[4]!.toFixed(2)} at most`,
    )
    expect(borders.length).toBeGreaterThan(1000)
    // Seen: 4.1 and 6.4 of 255 across seams, 3.4 and 3.6 at borders; colours are kept for every
    // second texel.
    expect(stepAt(steps, 0.95)).toBeLessThanOrEqual(8)
    expect(border(0.95)).toBeLessThanOrEqual(5)
  })

  it("are levelled where corrections are off by 3 of 255, as solves leave them that JPEG blurs", () => {
    const bent = seen.solved.map(({ gain, bias: [red, green, blue] }, i): RadiometricCorrection => {
      const off = (band: number): number => 3 * Math.sin(5 * i + 2 * band)
      return { gain, bias: [red + off(0), green + off(1), blue + off(2)] }
    })
    expect(stepAt(seamSteps(seen, paint(seen, bent)), 0.95)).toBeLessThanOrEqual(2)
    expect(stepAt(seamSteps(seen, paint(seen, bent, { level: -1 })), 0.95)).toBeGreaterThan(count === 12 ? 4 : 3)
  })

  // Squares of 250 m hold the scene; of 64 and 40 m, lines cross it beside and between the tiles.
  it.each([250, 64, 40])(
    "match across the border of tiles that were painted alone, to 1 of 255 in every metre, with images chosen in squares of %i m",
    async (side) => {
      const [west, south] = sample.scene.box
      const near = nearMiddle(seen)
      const [left, right] = await Promise.all(
        [0, 100].map((from) => paintAlone(seen, [west + from, south + 50, west + from + 100, south + 150], side)),
      )
      const steps: number[] = []
      for (const [k, chart] of near.entries()) {
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
    },
  )

  it("are covered to 95 % where an image shows them, with 26 dB", () => {
    const sees = sightTest(sample.scene)
    let [squares, values, shown, covered] = [0, 0, 0, 0]
    for (const [k, chart] of seen.charts.entries()) {
      for (const { at, place, truth } of texelsOf(chart, 11)) {
        const isPainted = painted[k]!.data[4 * at + 3] === 255
        if (seen.views.some((view) => shows(sees, view, chart, place))) {
          shown++
          if (isPainted) covered++
        }
        for (let band = 0; isPainted && band < 3; band++) {
          squares += (painted[k]!.data[4 * at + band]! - truth[band]!) ** 2
          values++
        }
      }
    }
    expect(shown).toBeGreaterThan(500)
    expect(covered / shown).toBeGreaterThanOrEqual(0.95)
    expect(10 * Math.log10((255 * 255 * values) / squares)).toBeGreaterThanOrEqual(26)
  })
})

/** Walls that lie in the extents of both tiles in the middle of the scene. */
const nearMiddle = ({ charts }: Seen): WallChart[] => {
  const { box } = sample.scene
  const both = Box2.grow([box[0] + 100, box[1] + 50, box[0] + 100, box[1] + 150], REACH)
  return charts.filter(({ wall }) => [wall.a, wall.b].every(([x, y]) => Box2.owns(both, x, y)))
}

/** Those walls from the windows that the task of one tile reads. */
const paintAlone = async (seen: Seen, cell: Box2, side: number): Promise<PaintedChart[]> => {
  const { oriented, views, mesh } = seen
  const origin = [cell[0], cell[1], 0] as const
  const tile: Tile = { key: "0/0/0", cell, core: cell, extent: Box2.grow(cell, REACH), origin, step: 1, epsg: 2154 }
  const port: ViewsPort = { kind: "views", resolution: () => 0.2, most: () => 12, mostPixels: () => 2 ** 22 }
  const read = await readViews(viewWindows(oriented, port, tile, {}, side), new Map())
  const numbers = read.map(({ shot }) => views.findIndex((view) => view.shot.name === shot.name))
  const buffers = read.map(({ shot }) => wholeDepth(mesh, shot))
  return nearMiddle(seen).map(({ chart }) =>
    paintChart(
      chart,
      read.flatMap((view, i) => sampleChart(chart, mesh.origin, view, numbers[i]!, buffers[i]!) ?? []),
    ),
  )
}
