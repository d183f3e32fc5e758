import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { readRaster } from "../../../../engine/formats/raster/tiff/read-raster.js"
import { greedyTin, type TinInput } from "../../../../kernels/geometry/greedy-tin.js"
import { type GreedyCore, prepareGreedyCore } from "../../../../kernels/geometry/wasm/greedy.js"
import { sharedData } from "../../../shared-data.js"

const core = await prepareGreedyCore()
const loop = Int32Array.of(0, 1, 1, 2, 2, 3, 3, 0)

/** Everything of a TIN that is ever read. */
const factsOf = (input: TinInput, by: GreedyCore | null): unknown => {
  const tin = greedyTin(input, by)
  return { ...tin, statistics: tin.statistics() }
}

const expectTwins = (input: TinInput, what: string): void => {
  expect(core.takes(input), what).toBe(true)
  expect(factsOf(input, core), what).toEqual(factsOf(input, null))
}

const cornersOf = (x: number, y: number, side: number, z: number): TinInput["fixed"] => ({
  x: Int32Array.of(x, x + side, x + side, x),
  y: Int32Array.of(y, y, y + side, y + side),
  z: Int32Array.of(z, z, z, z),
})

const inputOf = (
  places: readonly (readonly [x: number, y: number, z: number])[],
  side: number,
  maxError: number,
  [x, y] = [0, 0],
): TinInput => ({
  box: [x, y, x + side, y + side],
  fixed: cornersOf(x, y, side, places[0]?.[2] ?? 0),
  border: loop,
  candidates: {
    x: Int32Array.from(places, (place) => x + place[0]),
    y: Int32Array.from(places, (place) => y + place[1]),
    z: Int32Array.from(places, (place) => place[2]),
  },
  maxError,
})

/**
 * Different places inside a square, of the lattice of `step`; heights by their number and place.
 */
const placesOf = (
  count: number,
  side: number,
  step: number,
  random: () => number,
  height: (x: number, y: number) => number,
): [number, number, number][] => {
  const lattice = Math.floor((side - 1) / step)
  const taken = new Set<number>()
  const places: [number, number, number][] = []
  while (places.length < count) {
    const [column, row] = [1 + Math.floor(random() * lattice), 1 + Math.floor(random() * lattice)]
    if (taken.has(row * (lattice + 2) + column) || column * step >= side || row * step >= side) continue
    taken.add(row * (lattice + 2) + column)
    places.push([column * step, row * step, Math.round(height(column * step, row * step))])
  }
  return places
}

describe("refinement in WebAssembly and its twin", () => {
  it.each([
    ["free places", 997, 1],
    ["a lattice, with points of one circle and on edges", 1000, 50],
  ])("give the same bits for 0 to 67 candidates, at odd offsets: %s", (_, side, step) => {
    const random = seededRandom(31)
    for (let n = 0; n <= 67; n++) {
      const places = placesOf(n, side, step, random, (x, y) => 90 * Math.sin(x / 90) + 40 * Math.cos(y / 70))
      expectTwins(inputOf(places, side, n % 3 === 0 ? 0 : n, [3 * n - 101, 7 * n]), `${n} candidates`)
    }
  })

  it.each([
    ["hills", 4000, 0, (x: number, y: number) => 3000 * Math.sin(x / 9000) + 2000 * Math.cos(y / 7000)],
    ["steps of 40 m", 3000, 30, (x: number, y: number) => (x > 41_000 ? 40_000 : 0) + (y > 52_000 ? 7000 : 0) + y / 9],
    ["a plain", 3000, 5, () => 1234],
    ["mountains", 3000, 400, (x: number, y: number) => 4_800_000 - x - 2 * y + 500 * Math.sin(x * y)],
  ])("give the same bits on %s", (_, count, maxError, height) => {
    const random = seededRandom(7)
    for (const step of [1, 1000]) {
      const rough = (x: number, y: number): number => height(x, y) + (maxError > 5 ? 100 * random() : 0)
      const places = placesOf(count, 100_000, step, random, rough)
      // Most of the square is void: blocks without a candidate.
      const voided = places.filter(([x, y]) => x + y < 60_000 || x > 90_000)
      expectTwins(inputOf(places, 100_000, maxError), `step ${step}`)
      expectTwins(inputOf(voided, 100_000, maxError), `step ${step}, voids`)
      expectTwins({ ...inputOf(places, 100_000, 0), maxTriangles: 999 }, `step ${step}, limited`)
    }
  })

  it("give the same bits inside borders with holes, and where arrays have to grow", () => {
    const fixed = {
      x: Int32Array.of(0, 1000, 1000, 0, 300, 300, 700, 700),
      y: Int32Array.of(0, 0, 1000, 1000, 300, 700, 700, 300),
      z: Int32Array.of(0, 10, 20, 30, 40, 50, 60, 70),
    }
    const border = Int32Array.of(0, 1, 1, 2, 2, 3, 3, 0, 4, 5, 5, 6, 6, 7, 7, 4)
    const random = seededRandom(12)
    const places = placesOf(6000, 1000, 1, random, () => 1000 * random())
    const input = { ...inputOf(places, 1000, 0), fixed, border }
    expectTwins(input, "a ring")
    // Far more than the eighth that there is room for at first.
    expect(greedyTin(input, core).vertices.length).toBeGreaterThan(3000)
  })

  it("give the same bits where thousands of candidates crowd in one block", () => {
    const random = seededRandom(21)
    const crowd = placesOf(3000, 61, 1, random, (x, y) => 40 * Math.sin(x / 9) + 30 * Math.cos(y / 7) + 9 * random())
    const around = placesOf(200, 100_000, 1000, random, (x) => 900 * Math.sin(x / 9000))
    for (const maxError of [0, 4, 30])
      expectTwins(inputOf([...crowd, ...around], 100_000, maxError), `within ${maxError} mm`)
  })

  it("use their memory again, and say so where it was needed", () => {
    const random = seededRandom(3)
    const places = placesOf(3000, 100_000, 1, random, (x) => 3000 * Math.sin(x / 9000) + 900 * random())
    // Wide coordinates, since heights differ by more than 32 m within a block, then narrow ones in
    // the same memory, then wide cells.
    const cliffs = places.map(([x, y, z]) => [x, y, z + (random() < 0.5 ? 90_000 : 0)] as const)
    const inputs = [cliffs, places, places.slice(0, 30), places].map((those) => inputOf(those, 100_000, 40))
    for (const [i, input] of inputs.entries()) expectTwins(input, `call ${i}`)
    const [first, second] = [greedyTin(inputs[1]!, core), greedyTin(inputs[2]!, core)]
    expect(() => first.statistics()).toThrow("before the next TIN")
    expect(second.statistics().inside).toBe(30)
  })

  it("leave to the twin what passes their numbers", () => {
    const wide = inputOf([[5, 5, 9]], 2 ** 26, 1)
    const high = inputOf([[5, 5, -(2 ** 24) - 1]], 1000, 1)
    for (const input of [wide, high]) {
      expect(core.takes(input)).toBe(false)
      expect(factsOf(input, core)).toEqual(factsOf(input, null))
    }
  })
})

describe.skipIf(!sharedData)("refinement in WebAssembly and its twin on a real raster", () => {
  it.each([0.1, 0.5])("give the same bits within %f m", async (bound) => {
    const { width, data } = await readRaster(`${sharedData}/bench/dtm_0292_6833_50cm.tif`)
    const size = 401
    const places: [number, number, number][] = []
    for (let row = 1; row < size - 1; row++)
      for (let column = 1; column < size - 1; column++)
        places.push([500 * column, 500 * row, Math.round(1000 * data[(700 + row) * width + 900 + column]!)])
    expectTwins(inputOf(places, 500 * (size - 1), 1000 * bound), `${bound} m`)
  })
})
