import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { Heap } from "../../../../engine/core/heap.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { noHeight } from "../../../../kernels/grid/cell-grid.js"
import type { FinishedFlow } from "../../../../kernels/simulation/drain/finish.js"
import { LEAVES, NO_DATA, PIT, STEP_X, STEP_Y, VOID } from "../../../../kernels/simulation/ground/directions.js"
import { sharedData } from "../../../shared-data.js"
import { flowInTiles, type Grid } from "./flow-cuts.js"

const folder = join(sharedData ?? "", "applications/richdem")

/** Numbers of an Arc ASCII grid, row by row from the north. */
const asciiGrid = (path: string): { columns: number; rows: number; values: number[] } => {
  const lines = readFileSync(path, "utf8").trim().split(/\r?\n/)
  const values = lines.slice(6).flatMap((line) => line.trim().split(/\s+/).map(Number))
  const columns = Number(lines[0]!.split(/\s+/)[1])
  return { columns, rows: values.length / columns, values }
}

const neighbour = ({ columns, rows }: Grid, cell: number, d: number): number => {
  const [x, y] = [(cell % columns) + STEP_X[d]!, Math.floor(cell / columns) + STEP_Y[d]!]
  return x < 0 || y < 0 || x >= columns || y >= rows ? -1 : y * columns + x
}

/** Follows the directions of each cell, one after another. */
const plainAccumulation = (grid: Grid, dirs: Uint8Array): Float64Array => {
  const sums = new Float64Array(dirs.length)
  for (let first = 0; first < dirs.length; first++) {
    if (dirs[first] === VOID) continue
    for (let cell = first, steps = 0; cell >= 0; cell = dirs[cell]! < PIT ? neighbour(grid, cell, dirs[cell]!) : -1) {
      sums[cell]!++
      if (++steps > dirs.length) throw new Error("a loop")
    }
  }
  return sums
}

/** Fills depressions by a queue of the lowest cell (Barnes et al. 2014). */
const plainFill = (grid: Grid): Int32Array => {
  const filled = grid.heights.slice()
  const done = new Uint8Array(filled.length)
  const queue = new Heap<number>((a, b) => filled[a]! < filled[b]!)
  const around = (cell: number): number[] => STEP_X.map((_, d) => neighbour(grid, cell, d))
  for (let cell = 0; cell < filled.length; cell++) {
    if (filled[cell] === NO_DATA) done[cell] = 1
    else if (around(cell).some((other) => other < 0 || grid.heights[other] === NO_DATA)) {
      done[cell] = 1
      queue.push(cell)
    }
  }
  for (let cell = queue.pop(); cell !== undefined; cell = queue.pop()) {
    for (const other of around(cell)) {
      if (other < 0 || done[other] === 1) continue
      done[other] = 1
      filled[other] = Math.max(filled[other]!, filled[cell]!)
      queue.push(other)
    }
  }
  return filled
}

/** Height above the first cell downstream to which enough cells drain. */
const plainAboveDrainage = (grid: Grid, { dirs, accumulation }: FinishedFlow, least: number): Int32Array =>
  grid.heights.map((height, first) => {
    let cell = dirs[first] === VOID ? -1 : first
    while (cell >= 0 && accumulation[cell]! < least) cell = dirs[cell]! < PIT ? neighbour(grid, cell, dirs[cell]!) : -1
    return cell < 0 ? noHeight : height - grid.heights[cell]!
  })

/** Random ground with hollows, flats, and places without data. */
const randomGround = (random: () => number): Grid => {
  const columns = 4 + Math.floor(random() * 24)
  const rows = 4 + Math.floor(random() * 24)
  const range = [2, 4, 12, 1000][Math.floor(random() * 4)]!
  const slope = random() * 3
  const voids = random() < 0.5 ? 0.01 : 0.03
  const heights = Int32Array.from({ length: columns * rows }, (_, i) =>
    random() < voids ? NO_DATA : Math.floor(random() * range + ((i % columns) * slope) / 4) - 3,
  )
  return { columns, rows, heights }
}

/** Follows the directions from each cell beside one without data. */
const plainTruncated = (grid: Grid, dirs: Uint8Array): Uint8Array => {
  const marks = dirs.map((direction) => (direction === VOID ? 0 : 1))
  for (const first of dirs.keys()) {
    const ends = STEP_X.some((_, d) => (dirs[neighbour(grid, first, d)] ?? VOID) === VOID)
    let cell = dirs[first] === VOID || !ends ? -1 : first
    for (; cell >= 0; cell = dirs[cell]! < PIT ? neighbour(grid, cell, dirs[cell]!) : -1) marks[cell] = 2
  }
  return marks
}

describe("drainage of tiles", () => {
  it("is that of the whole grid for random ground, wherever tiles end", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed)
      const grid = randomGround(random)
      const [least, reach] = [3 + Math.floor(random() * 20), 1 + Math.floor(random() * 4)]
      const whole = flowInTiles(grid, Math.max(grid.columns, grid.rows), least, reach)
      for (const side of [3, 4, 5, 11]) {
        const cut = flowInTiles(grid, side, least, reach, Math.floor(random() * side))
        for (const name of ["filled", "dirs", "accumulation", "aboveDrainage", "truncated"] as const)
          expect(cut[name], `${name}, seed ${seed}, tiles of ${side}`).toEqual(whole[name])
      }
      expect(whole.filled, `seed ${seed}`).toEqual(plainFill(grid))
      expect(whole.accumulation, `seed ${seed}`).toEqual(plainAccumulation(grid, whole.dirs))
      expect(whole.truncated, `seed ${seed}`).toEqual(plainTruncated(grid, whole.dirs))
      expect(whole.aboveDrainage, `seed ${seed}`).toEqual(plainAboveDrainage(grid, whole, least))
    }
  })

  it("leads all water out of the data, and nowhere higher than the filled ground", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const grid = randomGround(seededRandom(seed))
      const { filled, dirs } = flowInTiles(grid, 7, 10, 3)
      for (let first = 0; first < dirs.length; first++) {
        let cell = first
        for (; cell >= 0 && dirs[cell]! < PIT; cell = neighbour(grid, cell, dirs[cell]!))
          expect(grid.heights[cell]).toBeLessThanOrEqual(filled[first]!)
        if (cell >= 0) expect(dirs[cell]).toBe(grid.heights[cell] === NO_DATA ? VOID : LEAVES)
      }
    }
  })

  it("sums random directions without loops as a plain loop does", () => {
    for (let seed = 1; seed <= 1000; seed++) {
      const random = seededRandom(seed)
      const [columns, rows] = [1 + Math.floor(random() * 14), 1 + Math.floor(random() * 14)]
      const size = columns * rows
      const grid = { columns, rows, heights: new Int32Array(size) }
      // A random rank of each cell makes loops impossible.
      const ranks = Array.from({ length: size }, random)
      const dirs = Uint8Array.from(ranks, (rank, cell) => {
        const ways = STEP_X.flatMap((_, d) => {
          const other = neighbour(grid, cell, d)
          return other >= 0 && ranks[other]! < rank ? [d] : []
        })
        return random() < 0.05 ? LEAVES : (ways[Math.floor(random() * ways.length)] ?? LEAVES)
      })
      const expected = plainAccumulation(grid, dirs)
      for (const side of [3, 4, 5, 14])
        expect(flowInTiles({ ...grid, dirs }, side, 10, 1).accumulation, `seed ${seed}, ${side}`).toEqual(expected)
    }
  })

  it.skipIf(sharedData === undefined)("sums and fills RichDEM's grids, whole and in tiles", () => {
    const names = readdirSync(join(folder, "flow_accum")).filter((name) => name.endsWith(".d8"))
    expect(names).toHaveLength(18)
    for (const name of names) {
      const { values, ...size } = asciiGrid(join(folder, "flow_accum", name))
      const expected = asciiGrid(join(folder, "flow_accum", name.replace(".d8", ".out"))).values
      const grid = { ...size, heights: new Int32Array(values.length) }
      const codes = Uint8Array.from(values, (code) => (code === 0 ? LEAVES : code === 9 ? VOID : (code + 3) & 7))
      const dirs = codes.map((d, cell) => (d < PIT && (codes[neighbour(grid, cell, d)] ?? VOID) === VOID ? LEAVES : d))
      for (const side of [3, 4, 5, 10]) {
        const { accumulation } = flowInTiles({ ...grid, dirs }, side, 10, 1)
        expect([...accumulation], `${name}, tiles of ${side}`).toEqual(expected.map((sum) => Math.max(sum, 0)))
      }
    }
    const ground = asciiGrid(join(folder, "depressions/testdem1.dem"))
    const filled = asciiGrid(join(folder, "depressions/testdem1.all.out")).values
    for (const side of [3, 4, 5, 10])
      expect([...flowInTiles({ ...ground, heights: Int32Array.from(ground.values) }, side, 10, 2).filled]).toEqual(
        filled,
      )
  })
})
