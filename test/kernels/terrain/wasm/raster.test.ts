import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { gatherPoints } from "../../../../engine/formats/points/gather.js"
import { openPointFile } from "../../../../engine/formats/points/point-file.js"
import type { Points } from "../../../../engine/kernel.js"
import { cutRaster } from "../../../../kernels/grid/cell-grid.js"
import {
  type Surface,
  type SurfaceValues,
  surfaceHalo,
  surfaceRaster,
} from "../../../../kernels/terrain/raster/surface-raster.js"
import { prepareSurfaceCore, type SurfaceCore } from "../../../../kernels/terrain/wasm/raster.js"
import { scratch, tileOf } from "../../../scenes/kernel-run.js"
import { sharedData } from "../../../shared-data.js"

const core = await prepareSurfaceCore()

const X = 770_500
const Y = 6_277_500

interface Scene {
  readonly seed: number
  readonly side: number
  /** Points a square metre, and the lattice, mm, of their places. */
  readonly density: number
  readonly grid: number
  /** Holes, by their radius, metres. */
  readonly holes?: readonly number[]
  /** Metres that heights and the origin's height are moved by. */
  readonly up?: number
}

/** Points of a square and 80 m around it, with places and heights that are met more than once. */
const pointsOf = ({ seed, side, density, grid, holes = [], up = 0 }: Scene): Points => {
  const random = seededRandom(seed)
  const around = 80
  const span = side + 2 * around
  const places = holes.map((radius) => [side * random(), side * random(), radius] as const)
  const shots: [number, number, number, number][] = []
  for (let i = 0; i < density * span * span; i++) {
    const [x, y] = [0, 0].map(() => grid * Math.floor((1000 * (span * random() - around)) / grid)) as [number, number]
    if (places.some(([cx, cy, radius]) => Math.hypot(x / 1000 - cx, y / 1000 - cy) < radius)) continue
    const z = 25 * Math.floor((900 * Math.sin(x / 7000) + 700 * Math.cos(y / 5000) + 200 * random()) / 25)
    shots.push([x, y, z, [2, 2, 5, 6, 9][i % 5]!])
    // Of one place, and of another class.
    if (random() < 0.05) shots.push([x, y, z, [3, 17][i % 2]!])
  }
  const column = (k: 0 | 1 | 2): Int32Array => Int32Array.from(shots, (shot) => shot[k])
  return {
    ...{ count: shots.length, x: column(0), y: column(1), z: column(2) },
    classification: Uint8Array.from(shots, (shot) => shot[3]),
    ...{ scale: 0.001, origin: [X, Y, up] },
  }
}

const asked = { used: 0, refused: 0 }
/** Tells whether it was WebAssembly that worked. */
const watched: SurfaceCore = {
  make: (plan) => {
    const made = core.make(plan)
    if (made) asked.used++
    else asked.refused++
    return made
  },
}

const bitsOf = (values: Float32Array | Uint8Array): Uint32Array => new Uint32Array(values.buffer)

/** Number of elements that differ: a diff of whole rasters would take minutes to print. */
const differing = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let count = Math.abs(a.length - b.length)
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) count++
  return count
}

const compare = (
  points: Points,
  side: number,
  options: SurfaceValues,
  kind: "ground" | "top",
  block?: number,
): Surface => {
  const tile = tileOf([X, Y, X + side, Y + side], surfaceHalo(options))
  const plain = surfaceRaster(tile, points, options, kind, scratch, { wasm: null })
  const fast = surfaceRaster(tile, points, options, kind, scratch, {
    ...(block === undefined ? {} : { block }),
    wasm: watched,
  })
  const core = (values: Float32Array | Uint8Array = new Uint8Array(plain.values.length)) =>
    cutRaster(values, plain.grid, plain.core).data
  expect(differing(bitsOf(core(fast.values)), bitsOf(core(plain.values)))).toBe(0)
  expect(differing(core(fast.source), core(plain.source))).toBe(0)
  expect(differing(core(fast.classes), core(plain.classes))).toBe(0)
  expect(fast.grid).toEqual(plain.grid)
  expect(fast.counts).toEqual(plain.counts)
  return plain
}

const options = { cell: 0.5, reach: 20, fill: 8 }

describe.each(["ground", "top"] as const)("the surface raster of %s in WebAssembly", (kind) => {
  it.each<[string, Scene, SurfaceValues]>([
    [
      "dense points with holes of all widths",
      { seed: 1, side: 60, density: 5, grid: 1, holes: [2, 4, 6, 9, 15, 28] },
      options,
    ],
    [
      "the reach of the default",
      { seed: 2, side: 50, density: 3, grid: 1, holes: [6, 12, 24, 45] },
      { ...options, reach: 50, fill: 16 },
    ],
    ["a lattice of many circles of four points", { seed: 3, side: 60, density: 2, grid: 250, holes: [5, 11] }, options],
    ["a lattice of cells' borders and centres", { seed: 4, side: 40, density: 4, grid: 500, holes: [7, 9] }, options],
    ["sparse points", { seed: 5, side: 60, density: 0.3, grid: 1, holes: [9] }, options],
    [
      "points farther from each other than narrow margins",
      { seed: 6, side: 80, density: 0.02, grid: 1 },
      { ...options, reach: 60 },
    ],
    [
      "points of which few rows have two, in a wide window",
      { seed: 17, side: 60, density: 0.006, grid: 1 },
      { cell: 0.5, reach: 200, fill: 4 },
    ],
    ["a wide lattice of odd numbers", { seed: 23, side: 120, density: 0.08, grid: 3001 }, { ...options, reach: 60 }],
    ["a wider lattice of odd numbers", { seed: 24, side: 200, density: 0.02, grid: 7013 }, { ...options, reach: 90 }],
    ["a handful of points", { seed: 7, side: 30, density: 0.0005, grid: 1 }, { ...options, reach: 60 }],
    ["small cells", { seed: 8, side: 20, density: 8, grid: 10, holes: [3, 6] }, { cell: 0.1, reach: 8, fill: 3 }],
    [
      "wide cells, no filling",
      { seed: 9, side: 100, density: 0.5, grid: 1, holes: [9, 30] },
      { cell: 2.3, reach: 60, fill: 0 },
    ],
    [
      "a reach of less than narrow margins",
      { seed: 10, side: 40, density: 5, grid: 1, holes: [4] },
      { ...options, reach: 3 },
    ],
    ["heights from another origin", { seed: 11, side: 30, density: 4, grid: 1, holes: [8], up: 1234.567 }, options],
  ])("is that of its reference implementation, to the bit: %s", (_, scene, values) => {
    const points = pointsOf(scene)
    const { used } = asked
    const plain = compare(points, scene.side, values, kind)
    compare(points, scene.side, values, kind, 37)
    expect(asked.used).toBe(used + 2)
    // What is given, interpolated and filled, and void.
    if (scene.seed === 1) expect([...new Set(plain.source)].sort()).toEqual([0, 1, 2])
  })

  it.each(Array.from({ length: 20 }, (_, n) => n))("is that of its reference implementation: %i points", (n) => {
    const points = { ...pointsOf({ seed: 50 + n, side: 12, density: 0.01, grid: 100 }), count: n }
    compare(points, 12, options, kind)
  })

  it("leaves coordinates that are too large to the twin, and goes on after them", () => {
    const points = pointsOf({ seed: 12, side: 20, density: 1, grid: 1 })
    points.x[3] = 2 ** 30
    const { refused } = asked
    compare(points, 20, options, kind)
    expect(asked.refused).toBe(refused + 1)
    compare(pointsOf({ seed: 13, side: 20, density: 1, grid: 1 }), 20, options, kind)
    expect(asked.refused).toBe(refused + 1)
  })

  it("leaves cells that are too wide to the twin, up to those", () => {
    const points = pointsOf({ seed: 18, side: 200, density: 0.02, grid: 1 })
    const { used, refused } = asked
    compare(points, 200, { cell: 65.535, reach: 150, fill: 0 }, kind)
    expect(asked.used).toBe(used + 1)
    compare(points, 200, { cell: 65.536, reach: 150, fill: 0 }, kind)
    expect(asked.refused).toBe(refused + 1)
  })

  it("tells the lowest height there is from none", () => {
    const points = pointsOf({ seed: 19, side: 12, density: 0.5, grid: 1 })
    points.z.fill(-(2 ** 31), 0, points.count / 2)
    compare(points, 12, options, kind)
  })
})

it("counts the cells of the tile by their source", () => {
  const side = 60
  const tile = tileOf([X, Y, X + side, Y + side], surfaceHalo(options))
  const points = pointsOf({ seed: 1, side, density: 5, grid: 1, holes: [6, 15, 28] })
  const { counts, source, grid } = surfaceRaster(tile, points, options, "ground", scratch)
  const counted = [0, 0, 0]
  const [left, bottom] = [2 * X - grid.column, 2 * Y - grid.row]
  for (let row = 0; row < 2 * side; row++)
    for (let column = 0; column < 2 * side; column++) counted[source[(bottom + row) * grid.columns + left + column]!]!++
  expect(counts).toEqual(counted)
  expect(Math.min(...counts)).toBeGreaterThan(0)
})

it("takes no notice of which raster it made before", () => {
  const points = pointsOf({ seed: 14, side: 30, density: 3, grid: 1, holes: [8] })
  const few = pointsOf({ seed: 15, side: 30, density: 0.01, grid: 1 })
  for (const kind of ["top", "ground", "top"] as const) {
    for (const given of [points, few]) compare(given, 30, options, kind)
  }
})

/** Points of real files, those of the classes alone. */
const realPoints = async (classes: readonly number[]): Promise<Points> => {
  const folder = `${sharedData}/lidar-hd/ign-pdal-tools`
  const places = ["77050_627760", "77055_627755", "77055_627760"]
  const files = await Promise.all(places.map((place) => openPointFile(`${folder}/test_data_${place}_LA93_IGN69.laz`)))
  const { points } = await gatherPoints(files, [770000, 6277000, 771000, 6278000], [X, Y, 0])
  await Promise.all(files.map((file) => file.close()))
  const kept: number[] = []
  for (let i = 0; i < points.x.length; i++) if (classes.includes(points.classification[i]!)) kept.push(i)
  return {
    ...{ count: kept.length, x: Int32Array.from(kept, (i) => points.x[i]!) },
    ...{ y: Int32Array.from(kept, (i) => points.y[i]!), z: Int32Array.from(kept, (i) => points.z[i]!) },
    classification: Uint8Array.from(kept, (i) => points.classification[i]!),
    ...{ scale: 0.001, origin: [X, Y, 0] },
  }
}

it.skipIf(!sharedData).each([
  ["ground", [2, 9, 66]],
  ["top", [2, 3, 4, 5, 6, 9, 17]],
] as const)("makes of real points what its reference implementation does: %s", async (kind, classes) => {
  const points = await realPoints(classes)
  expect(points.count).toBeGreaterThan(10_000)
  for (const values of [
    { cell: 0.5, reach: 50, fill: 16 },
    { cell: 0.2, reach: 12, fill: 4 },
  ]) {
    const plain = compare(points, 100, values, kind)
    expect(new Set(plain.source).size).toBeGreaterThan(1)
  }
})
