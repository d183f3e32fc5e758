import { describe, expect, it } from "vitest"
import { tilesOfRings, tilesOfRuns } from "../../../../kernels/building/footprint/footprint-tiles.js"
import { gridRings } from "../../../../kernels/building/footprint/grid-crossings.js"
import type { FootprintRing } from "../../../../kernels/handover/footprint/footprint.js"

const ring = (...vertices: [x: number, y: number, z: number, corner?: number][]): FootprintRing => ({
  xyz: Float64Array.from(vertices.flatMap((vertex) => vertex.slice(0, 3))),
  corner: Uint8Array.from(vertices, ([, , , corner]) => corner ?? 1),
})
const vertices = ({ xyz, corner }: FootprintRing): number[][] =>
  Array.from(corner, (flag, k) => [xyz[3 * k], xyz[3 * k + 1], xyz[3 * k + 2], flag])

describe("gridRings", () => {
  it("puts a vertex on every line an edge crosses, with the profile's height, and drops stations beside it", () => {
    const square = ring([9000, 1000, 0], [9990, 1000, 5, 0], [11_000, 1000, 100], [11_000, 3000, 100], [9000, 3000, 0])
    const { rings, unpulled } = gridRings([square], 10_000)
    expect(unpulled).toBe(false)
    expect(vertices(rings[0])).toEqual([
      [9000, 1000, 0, 1],
      [10_000, 1000, 6, 0],
      [11_000, 1000, 100, 1],
      [11_000, 3000, 100, 1],
      [10_000, 3000, 50, 0],
      [9000, 3000, 0, 1],
    ])
  })

  it("computes a crossing from the ends in one order: an edge run the other way has the same", () => {
    const there = ring([1003, 2001, 0], [58_017, 31_013, 7], [1000, 60_000, 3])
    const back = ring([58_017, 31_013, 7], [1003, 2001, 0], [1000, 60_000, 3])
    const places = (of: FootprintRing): string[] =>
      vertices(gridRings([of], 10_000).rings[0])
        .filter(([, , , corner]) => corner === 0)
        .map(String)
        .sort()
    expect(places(back)).toEqual(places(there))
    expect(places(there).length).toBeGreaterThan(10)
  })

  it("pulls corners onto lines within 15 mm, stations with them, and crosses a grid corner once", () => {
    const near = ring([9988, 1000, 0], [15_000, 1000, 0, 0], [19_986, 1000, 0], [19_984, 9000, 0])
    const { rings } = gridRings([near], 10_000)
    expect(vertices(rings[0]).slice(0, 3)).toEqual([
      [10_000, 1000, 0, 1],
      [15_013, 1000, 0, 0],
      [20_000, 1000, 0, 1],
    ])
    const diagonal = ring([9000, 9000, 0], [11_000, 11_000, 20], [9000, 11_000, 0])
    expect(
      vertices(gridRings([diagonal], 10_000).rings[0]).filter(([x, y]) => x === 10_000 && y === 10_000),
    ).toHaveLength(1)
  })

  it("pulls nothing where that would spoil the ring", () => {
    // A neck of 24 mm over a line: both sides would fall on it.
    const necked = ring(
      [9988, 0, 0],
      [10_012, 0, 0],
      [10_012, 5000, 0],
      [12_000, 5000, 0],
      [12_000, 7000, 0],
      [8000, 7000, 0],
      [8000, 5000, 0],
      [9988, 5000, 0],
    )
    const { rings, unpulled } = gridRings([necked], 10_000)
    expect(unpulled).toBe(true)
    expect(vertices(rings[0])[0]).toEqual([9988, 0, 0, 1])
  })
})

describe("tiles of an object", () => {
  it("are those that the outline meets or touches, and those wholly inside", () => {
    const { rings } = gridRings(
      [ring([5000, 5000, 0], [35_000, 5000, 0], [35_000, 35_000, 0], [5000, 35_000, 0])],
      10_000,
    )
    expect(tilesOfRings(rings, 10_000)).toHaveLength(16)
    const hole = ring([8000, 8000, 0], [8000, 32_000, 0], [32_000, 32_000, 0], [32_000, 8000, 0])
    // The four tiles in the middle lie in the courtyard.
    expect(tilesOfRings([...rings, ...gridRings([hole], 10_000).rings], 10_000)).toHaveLength(12)
    expect(tilesOfRings([ring([10_000, 1000, 0], [12_000, 1000, 0], [12_000, 2000, 0])], 10_000)).toEqual([
      [0, 0],
      [1, 0],
    ])
  })

  it("with room for its points lie within reach of its cells", () => {
    const runs = { rows: Int32Array.of(4), starts: Int32Array.of(18), ends: Int32Array.of(20) }
    expect(tilesOfRuns(runs, 500, 500, 10_000)).toEqual([
      [0, 0],
      [1, 0],
    ])
    expect(tilesOfRuns(runs, 500, 400, 9000)).toEqual([
      [0, 0],
      [1, 0],
    ])
    expect(tilesOfRuns({ ...runs, ends: Int32Array.of(19) }, 500, 400, 10_000)).toEqual([[0, 0]])
  })
})
