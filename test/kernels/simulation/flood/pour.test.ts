import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { findLowBasins, type LowBasins, pouredDepths } from "../../../../kernels/simulation/flood/low-basins.js"
import { pourWater } from "../../../../kernels/simulation/flood/pour.js"
import {
  directionMargin,
  flowDirections,
  NO_DATA,
  PIT,
  STEP_X,
  STEP_Y,
} from "../../../../kernels/simulation/ground/directions.js"
import { withRing } from "../../../../kernels/simulation/ground/window.js"
import { findWindow, type Grid } from "../drain/flow-cuts.js"

interface Pour {
  readonly cell: number
  readonly volume: number
}
interface Flooded {
  readonly depths: Float64Array
  readonly lost: number
  readonly above: number
  readonly bodies: number
}

const REACH = 3
const wholeDirections = (grid: Grid): Uint8Array => {
  const margin = directionMargin(REACH)
  const [width, height] = [grid.columns + 2 * margin, grid.rows + 2 * margin]
  const around = findWindow(grid.heights, grid, [-margin, -margin, width, height], NO_DATA)
  return flowDirections(around, { width, height }, REACH)
}

/** Pours, fills and spills on the whole grid, looking at every cell each time. */
const plainFlood = (grid: Grid, level: number, pours: readonly Pour[]): Flooded => {
  const { columns, rows, heights } = grid
  const dirs = wholeDirections(grid)
  const neighbour = (cell: number, d: number): number => {
    const [x, y] = [(cell % columns) + STEP_X[d]!, Math.floor(cell / columns) + STEP_Y[d]!]
    const other = y * columns + x
    return x < 0 || y < 0 || x >= columns || y >= rows || heights[other] === NO_DATA ? -1 : other
  }
  const pitOf = (first: number): number => {
    let cell = first
    while (cell >= 0 && dirs[cell] !== PIT) cell = dirs[cell]! < PIT ? neighbour(cell, dirs[cell]!) : -1
    return cell
  }
  const pits = Int32Array.from(heights, (z, cell) => (z === NO_DATA ? -2 : pitOf(cell)))
  const bodies = new Map<number, { pits: Set<number>; volume: number }>()
  for (const pit of pits) if (pit >= 0) bodies.set(pit, { pits: new Set([pit]), volume: 0 })
  const cellsOf = (body: { pits: Set<number> }): number[] =>
    [...pits.keys()].filter((cell) => body.pits.has(pits[cell]!))
  const volumeAt = (cells: readonly number[], z: number): number =>
    cells.reduce((sum, cell) => sum + Math.max(0, z - heights[cell]!), 0)
  /** Height, cells in order, and the pit beyond. */
  const saddleOf = (cells: readonly number[], body: { pits: Set<number> }) => {
    let best: readonly [z: number, from: number, to: number, pit: number] = [Number.POSITIVE_INFINITY, 0, 0, -1]
    for (const cell of cells) {
      for (let d = 0; d < 8; d++) {
        const other = neighbour(cell, d)
        if (other >= 0 && body.pits.has(pits[other]!)) continue
        const [from, to] = other < 0 ? [cell, 1e9] : [Math.min(cell, other), Math.max(cell, other)]
        const found = [Math.max(heights[cell]!, other < 0 ? -1e9 : heights[other]!), from, to] as const
        if ((found[0] - best[0] || found[1] - best[1] || found[2] - best[2]) < 0)
          best = [...found, other < 0 ? -1 : pits[other]!]
      }
    }
    return best
  }
  let [lost, above] = [0, 0]
  for (const { cell, volume } of pours) {
    let [pit, rest] = [pits[cell]!, volume]
    while (rest > 0) {
      if (pit < 0) {
        lost += rest
        break
      }
      const body = bodies.get(pit)!
      const cells = cellsOf(body)
      const [z, from, to, beyond] = saddleOf(cells, body)
      const room = volumeAt(cells, Math.min(z, level)) - body.volume
      if (rest < room) {
        body.volume += rest
        break
      }
      body.volume += room
      rest -= room
      if (z > level) {
        above += rest
        break
      }
      const other = bodies.get(beyond)
      const theirs = other === undefined ? [] : cellsOf(other)
      const back = other === undefined ? [] : saddleOf(theirs, other)
      if (other !== undefined && back[1] === from && back[2] === to && other.volume >= volumeAt(theirs, z)) {
        body.volume += other.volume
        for (const merged of other.pits) bodies.set(merged, body)
        for (const merged of other.pits) body.pits.add(merged)
      } else pit = beyond
    }
  }
  const depths = new Float64Array(heights.length).fill(-1)
  const wet = [...new Set(bodies.values())].filter(({ volume }) => volume > 0)
  for (const body of wet) {
    const cells = cellsOf(body).sort((a, b) => heights[a]! - heights[b]!)
    let [sum, k] = [0, 0]
    while (k < cells.length && k * heights[cells[k]!]! - sum < body.volume) sum += heights[cells[k++]!]!
    const water = (body.volume + sum) / k
    for (const cell of cells) if (water > heights[cell]!) depths[cell] = water - heights[cell]!
  }
  return { depths, lost, above, bodies: wet.length }
}

/** The same by tiles of `side` cells, whose borders are at `shift` plus multiples of it. */
const tiledFlood = (
  grid: Grid,
  level: number,
  pours: readonly Pour[],
  side: number,
  shift = 0,
  reverse = false,
): Flooded => {
  const dirs = wholeDirections(grid)
  const tiles: {
    own: readonly [number, number, number, number]
    ringed: ReturnType<typeof withRing>
    low: LowBasins
  }[] = []
  for (let north = shift > 0 ? shift - side : 0; north < grid.rows; north += side) {
    for (let west = shift > 0 ? shift - side : 0; west < grid.columns; west += side) {
      const own = [west, north, side, side] as const
      const ringed = withRing(findWindow(dirs, grid, own, 255), findWindow(grid.heights, grid, own, NO_DATA), side)
      const places = pours.map(({ cell }) => {
        const [c, r] = [(cell % grid.columns) - west, Math.floor(cell / grid.columns) - north]
        return c < 0 || r < 0 || c >= side || r >= side ? -1 : r * side + c
      })
      const window = { cell: 1000, column: west, row: north, columns: side, rows: side }
      tiles.push({ own, ringed, low: findLowBasins(`${own}`, window, ringed, level, places) })
    }
  }
  if (reverse) tiles.reverse()
  const volumes = pours.map(({ volume }) => volume)
  const made = pourWater(
    tiles.map(({ low }) => low),
    level,
    volumes,
    String,
  )
  const depths = new Float64Array(grid.heights.length).fill(-1)
  for (const [t, { own, ringed }] of tiles.entries()) {
    const { flooded, levels } = made.shares[t]!
    for (const [i, depth] of pouredDepths(ringed, flooded, levels).entries()) {
      const [x, y] = [own[0] + (i % side), own[1] + Math.floor(i / side)]
      if (depth >= 0) depths[y * grid.columns + x] = depth
    }
  }
  const [lost, above] = [made.lost, made.above].map((values) => values.reduce((sum, value) => sum + value, 0)) as [
    number,
    number,
  ]
  const standing = made.bodies.reduce((sum, body) => sum + body.depths, 0)
  const poured = volumes.reduce((sum, volume) => sum + volume, 0)
  expect(Math.abs(standing + lost + above - poured)).toBeLessThan(1e-9 * poured)
  expect(Math.abs(depths.reduce((sum, depth) => sum + Math.max(0, depth), 0) - standing)).toBeLessThan(1e-9 * poured)
  expect(made.bodies.reduce((sum, { cells }) => sum + cells, 0)).toBe(depths.filter((depth) => depth > 0).length)
  return { depths, lost, above, bodies: made.bodies.length }
}

/** Ground with hollows, equal heights, and places without data. */
const randomGround = (random: () => number): Grid => {
  const [columns, rows] = [4 + Math.floor(random() * 12), 4 + Math.floor(random() * 12)]
  const range = [3, 6, 30, 1000][Math.floor(random() * 4)]!
  const voids = random() < 0.5 ? 0 : 0.03
  const isClosed = random() < 0.5
  const heights = Int32Array.from({ length: columns * rows }, (_, i) => {
    const [x, y] = [i % columns, Math.floor(i / columns)]
    const isEdge = x === 0 || y === 0 || x === columns - 1 || y === rows - 1
    return random() < voids ? NO_DATA : Math.floor(random() * range) - 3 + (isClosed && isEdge ? 2 * range : 0)
  })
  return { columns, rows, heights }
}

describe("pourWater", () => {
  it("fills, spills and merges as on the whole grid, for any tiles", () => {
    const random = seededRandom(28)
    for (let run = 0; run < 80; run++) {
      const grid = randomGround(random)
      const { heights } = grid
      const land = [...heights.keys()].filter((cell) => heights[cell] !== NO_DATA)
      const top = Math.max(...land.map((cell) => heights[cell]!))
      const pours = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
        cell: land[Math.floor(random() * land.length)]!,
        volume: random() * random() * heights.length * (top + 4),
      }))
      // No place's water gathers water above the level.
      const level = run % 3 === 0 ? Math.max(...pours.map(({ cell }) => heights[cell]!)) : top
      const plain = plainFlood(grid, level, pours)
      const whole = tiledFlood(grid, level, pours, 20)
      expect(whole.bodies, `run ${run}`).toBe(plain.bodies)
      expect(whole.lost).toBeCloseTo(plain.lost, 6)
      expect(whole.above).toBeCloseTo(plain.above, 6)
      for (const [cell, depth] of whole.depths.entries())
        expect(Math.abs(depth - plain.depths[cell]!)).toBeLessThan(1e-6)
      const { depths: reversed } = tiledFlood(grid, level, pours.toReversed(), 20)
      for (const [cell, depth] of reversed.entries()) expect(Math.abs(depth - plain.depths[cell]!)).toBeLessThan(1e-6)
      expect(tiledFlood(grid, level, pours, 3), `run ${run}`).toEqual(whole)
      expect(tiledFlood(grid, level, pours, 4, 1, true), `run ${run}`).toEqual(whole)
      expect(tiledFlood(grid, level, pours, 5, 2), `run ${run}`).toEqual(whole)
    }
  })
})
