import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Raster } from "../../../../engine/kernel.js"
import { cutRaster } from "../../../../kernels/grid/cell-grid.js"
import dsm from "../../../../kernels/terrain/dsm.js"
import dtm from "../../../../kernels/terrain/dtm.js"
import { surfaceHalo, surfaceRaster } from "../../../../kernels/terrain/raster/surface-raster.js"
import { pointsIn, runOn, type Shot, scratch, tileOf, valuesOf } from "../../../scenes/kernel-run.js"

const X = 770_500
const Y = 6_277_500

/**
 * Ground on a 1 m grid (all quads on one circle), a ring of eight points of one circle, and holes
 * of 8, 25 and 60 m.
 */
const regular = (): Shot[] => {
  const shots: Shot[] = []
  for (let y = -150; y < 250; y++) {
    for (let x = -150; x < 250; x++) {
      if (inHole(x, y)) continue
      shots.push([X * 1000 + x * 1000, Y * 1000 + y * 1000, 20_000 + ((x * 7919 + y * 104_729) % 977), 2])
    }
  }
  // 65² = 16² + 63² = 33² + 56² = 25² + 60² = 39² + 52²: 36 exact points of one circle, in the
  // hole, 6.5 m across.
  for (const [a, b] of [
    [65, 0],
    [16, 63],
    [33, 56],
    [25, 60],
    [39, 52],
  ] as const) {
    for (const [u, v] of [
      [a, b],
      [b, -a],
      [-a, -b],
      [-b, a],
      [b, a],
      [a, -b],
      [-b, -a],
      [-a, b],
    ] as const) {
      const z = 21_000 + ((u * 31 + v * 17 + 4000) % 501)
      if (!shots.some((p) => p[0] === (X + 50) * 1000 + u * 50 && p[1] === (Y + 50) * 1000 + v * 50))
        shots.push([(X + 50) * 1000 + u * 50, (Y + 50) * 1000 + v * 50, z, 2])
    }
  }
  return shots
}
const inHole = (x: number, y: number): boolean =>
  Math.hypot(x - 50, y - 50) < 6 || Math.hypot(x - 80, y - 20) < 12.5 || Math.hypot(x - 10, y - 90) < 30

/** Points of several classes at random on a 1 cm grid, with holes. */
const scattered = (): Shot[] => {
  const random = seededRandom(7)
  const shots: Shot[] = []
  for (let i = 0; i < 90_000; i++) {
    const x = Math.floor(random() * 40_000) - 15_000
    const y = Math.floor(random() * 40_000) - 15_000
    if (inHole(x / 100, y / 100)) continue
    shots.push([X * 1000 + x * 10, Y * 1000 + y * 10, Math.floor(random() * 3000) * 10, [2, 2, 9, 6, 5][i % 5]])
  }
  return shots
}

const cellsOf = (side: number): Box2[] => {
  const cells: Box2[] = []
  for (let y = 0; y < 100; y += side) {
    for (let x = 0; x < 100; x += side) cells.push([X + x, Y + y, X + x + side, Y + y + side])
  }
  return cells
}

/** Rasters of tiles put together over the 100 m square. */
const mosaic = (parts: readonly Raster[]): Uint32Array => {
  const cell = parts[0].cellSize
  const side = Math.round(100 / cell)
  const whole = new Float32Array(side * side)
  for (const part of parts) {
    const left = Math.round((part.minX - X) / cell)
    const top = Math.round((Y + 100 - part.maxY) / cell)
    for (let row = 0; row < part.height; row++) {
      whole.set(part.data.subarray(row * part.width, (row + 1) * part.width), (top + row) * side + left)
    }
  }
  return new Uint32Array(whole.buffer)
}

/** Number of elements that differ: a diff of whole rasters would take minutes to print. */
const differing = (a: Uint32Array, b: Uint32Array): number =>
  a.length === b.length ? a.reduce((count, value, i) => count + (value === b[i] ? 0 : 1), 0) : Number.POSITIVE_INFINITY

describe.each([
  ["regular", regular()],
  ["scattered", scattered()],
])("%s points in tiles of 100, 50, 25 and 10 m", (_, shots) => {
  it.each([0.5, 0.25])("give the same ground, to the bit, with cells of %f m", (cell) => {
    const make = (side: number) => cellsOf(side).map((box) => runOn(dtm, shots, box, { cell, reach: 20, fill: 8 }).out)
    const whole = make(100)
    const truth = mosaic(whole.map((out) => out.dtm))
    const source = mosaic(whole.map((out) => out["dtm-source"]))
    for (const side of cell === 0.5 ? [50, 25, 10] : [50]) {
      const parts = make(side)
      expect(differing(mosaic(parts.map((out) => out.dtm)), truth)).toBe(0)
      expect(differing(mosaic(parts.map((out) => out["dtm-source"])), source)).toBe(0)
    }
    // All three cases are there to be compared.
    expect(new Set(new Float32Array(source.buffer))).toEqual(new Set([0, 1, 2]))
  })

  it("give the same surface and classes", () => {
    const make = (side: number) => cellsOf(side).map((box) => runOn(dsm, shots, box, { reach: 20, fill: 8 }).out)
    const whole = make(100)
    const surface = mosaic(whole.map((out) => out.dsm))
    const classes = mosaic(whole.map((out) => out.class))
    for (const side of [50, 25]) {
      const parts = make(side)
      expect(differing(mosaic(parts.map((out) => out.dsm)), surface)).toBe(0)
      expect(differing(mosaic(parts.map((out) => out.class)), classes)).toBe(0)
    }
  })

  it.each(["ground", "top"] as const)("%s: blocks of any size and shuffled points change nothing", (kind) => {
    const options = valuesOf(dtm.options, { reach: 20, fill: 8 })
    const tile = tileOf([X, Y, X + 100, Y + 100], surfaceHalo(options))
    const run = (points: readonly Shot[], block?: number) => {
      const surface = surfaceRaster(
        tile,
        pointsIn(points, tile, [2, 5, 6, 9]),
        options,
        kind,
        scratch,
        block === undefined ? {} : { block },
      )
      return new Uint32Array(cutRaster(surface.values, surface.grid, surface.core).data.buffer)
    }
    const truth = run(shots)
    expect(differing(run(shots, 64), truth)).toBe(0)
    expect(differing(run(shots, 37), truth)).toBe(0)
    expect(differing(run([...shots].reverse()), truth)).toBe(0)
  })
})
