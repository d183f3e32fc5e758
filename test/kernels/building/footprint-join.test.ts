import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features, Kernel, Points, Tile } from "../../../engine/kernel.js"
import building from "../../../kernels/building/footprint.js"
import join from "../../../kernels/building/footprint-join.js"
import { idsOfAnchors } from "../../scenes/footprint-stages.js"
import { optionsOf, scratch } from "../../scenes/kernel-run.js"
import { dtmOf, type World } from "../../scenes/tiled-world.js"

const [X, Y] = [842000, 6520000]
const world: World = { box: [X, Y, X + 100, Y + 100], points: [], ground: () => 100 }

const tileAt = (cell: Box2, halo = 0): Tile => ({
  key: `9/${cell[0] / 50}/${cell[1] / 50}`,
  cell,
  core: cell,
  extent: [cell[0] - halo, cell[1] - halo, cell[2] + halo, cell[3] + halo],
  origin: [cell[0], cell[1], 0],
  step: (cell[2] - cell[0]) / 50,
  epsg: 2154,
})

/** A roof of 20 m × 10 m over the corner of the four quarters, a point in each cell of 0.5 m. */
const roofIn = ({ extent, origin }: Tile): Points => {
  const places: [number, number][] = []
  for (let x = X + 40.25; x < X + 60; x += 0.5) {
    for (let y = Y + 45.25; y < Y + 55; y += 0.5) {
      if (x >= extent[0] && x < extent[2] && y >= extent[1] && y < extent[3]) places.push([x, y])
    }
  }
  const column = (axis: 0 | 1) => Int32Array.from(places, (place) => Math.round((place[axis] - origin[axis]) * 1000))
  return {
    count: places.length,
    x: column(0),
    y: column(1),
    z: new Int32Array(places.length).fill(106_000),
    // The western half on 2023-04-05, the eastern one two days later.
    gpsTime: Float64Array.from(places, ([x]) => (x < X + 50 ? 364_715_521 : 364_888_321)),
    scale: 0.001,
    origin,
  }
}

/** Parts of the south-west, south-east, north-west and north-east quarter. */
const parts = (given: Record<string, number> = {}): Uint8Array[] =>
  [0, 1, 2, 3].map((i) => {
    const kernel = building as unknown as Kernel
    const options = optionsOf(kernel, given)
    const [x, y] = [X + (i % 2) * 50, Y + Math.floor(i / 2) * 50]
    const tile = tileAt([x, y, x + 50, y + 50], kernel.halo(options))
    const input = { "class-6": roofIn(tile), dtm: dtmOf(world, tile.extent) }
    const outputs = kernel.run(tile, input as never, options, scratch) as Record<string, unknown>
    expect((outputs["building"] as Features).ids).toEqual([])
    return outputs["building-part"] as Uint8Array
  })

const joined = (blobs: readonly Uint8Array[]): Features =>
  join.run(tileAt(world.box), { "building-part": blobs }, optionsOf(join as unknown as Kernel), scratch).building

const column = (features: Features, name: string) => Array.from(features.columns[name]!.values as ArrayLike<number>)

/** The layer as written: features in the order of the file. */
const written = (features: Features) => encodeFlatGeobuf(features, { name: "layer", epsg: 2154, metadata: {} })

describe("vector.building-join", () => {
  it("makes one whole building of four parts, in any order of the tiles", () => {
    const blobs = parts()
    const whole = joined(blobs)
    expect(whole.ids).toHaveLength(1)
    expect(idsOfAnchors(whole, "building")).toEqual(whole.ids)
    expect(column(whole, "area")[0]).toBeCloseTo(195, -1)
    expect(column(whole, "truncated")).toEqual([0])
    expect(written(joined([blobs[2]!, blobs[0]!, blobs[3]!, blobs[1]!]))).toEqual(written(whole))
  })

  it("adds up what the parts know: heights, volume, days, cover", () => {
    const features = joined(parts())
    const values = (name: string) => [...features.columns[name]!.values]
    // Ground and roof are level; middles of bins of 0.1 m.
    expect(values("dsm_eaves")).toEqual([106.05])
    expect(values("dsm_ridge")).toEqual([106.05])
    expect(values("dsm_volume")[0]).toBeCloseTo((values("area")[0] as number) * 6, 3)
    expect(values("density")[0]).toBeCloseTo(800 / (values("area")[0] as number), 2)
    expect(values("acquired_first")).toEqual(["2023-04-05"])
    expect(values("acquired_last")).toEqual(["2023-04-07"])
    expect(values("confidence")).toEqual([1])
  })

  it("marks a building as truncated that goes on where the job has no tile", () => {
    const half = joined(parts({ tolerance: 0 }).slice(0, 2))
    expect(column(half, "area")).toEqual([100])
    expect(column(half, "truncated")).toEqual([1])
  })

  it("gives an empty layer of nothing", () => {
    expect(joined([]).ids).toEqual([])
  })

  it("refuses parts of different options", () => {
    expect(() => joined([parts()[0]!, parts({ minArea: 5 })[1]!])).toThrow(/different options/)
  })
})
