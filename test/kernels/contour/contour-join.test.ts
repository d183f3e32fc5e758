import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features, Kernel, Tile } from "../../../engine/kernel.js"
import contour from "../../../kernels/contour/contour.js"
import join from "../../../kernels/contour/contour-join.js"
import { optionsOf, scratch } from "../../scenes/kernel-run.js"
import { dtmOf, type World } from "../../scenes/tiled-world.js"

const [X, Y] = [842000, 6520000]
/** A slope to the east: contours are straight lines from south to north. */
const world: World = { box: [X, Y, X + 100, Y + 100], points: [], ground: (x) => 100 + (x - X) / 10 }

const tileAt = (cell: Box2, halo = 0): Tile => ({
  key: "0/0/0",
  cell,
  core: cell,
  extent: [cell[0] - halo, cell[1] - halo, cell[2] + halo, cell[3] + halo],
  origin: [cell[0], cell[1], 0],
  step: 1,
  epsg: 2154,
})

/** Pieces of the south-west, south-east, north-west and north-east quarter. */
const parts = (given: Record<string, number> = {}): Uint8Array[] =>
  [0, 1, 2, 3].map((i) => {
    const kernel = contour as unknown as Kernel
    const options = optionsOf(kernel, given)
    const [x, y] = [X + (i % 2) * 50, Y + Math.floor(i / 2) * 50]
    const tile = tileAt([x, y, x + 50, y + 50], kernel.halo(options))
    const outputs = kernel.run(tile, { dtm: dtmOf(world, tile.extent) } as never, options, scratch)
    return (outputs as Record<string, unknown>)["contour-part"] as Uint8Array
  })

const joined = (blobs: readonly Uint8Array[]): Features =>
  join.run(tileAt(world.box), { "contour-part": blobs }, optionsOf(join as unknown as Kernel), scratch).contour

/** The layer as written: features in the order of the file. */
const written = (features: Features) => encodeFlatGeobuf(features, { name: "layer", epsg: 2154, metadata: {} })

describe("vector.contour-join", () => {
  it("makes one line a level of the pieces of four tiles, in any order of the tiles", () => {
    const blobs = parts()
    const lines = joined(blobs)
    const elevations = Array.from(lines.columns["elevation"]!.values as Float64Array).sort((a, b) => a - b)
    expect(new Set(elevations).size).toBe(elevations.length)
    expect(elevations).toEqual(expect.arrayContaining([101, 102, 103, 104, 106, 107, 108, 109]))
    expect(written(joined([blobs[3]!, blobs[1]!, blobs[0]!, blobs[2]!]))).toEqual(written(lines))
  })

  it("leaves what ends where no tile goes on open, each half its own line", () => {
    const [southWest, southEast] = parts()
    const lines = joined([southWest!, southEast!])
    for (let v = 1; v < lines.coordinates.length; v += lines.dimension) {
      expect(lines.coordinates[v]!).toBeLessThanOrEqual(Y + 50)
    }
    expect(lines.ids.length).toBe(joined(parts()).ids.length)
  })

  it("gives an empty layer of nothing", () => {
    expect(joined([]).ids).toEqual([])
  })

  it("refuses pieces of different options", () => {
    expect(() => joined([parts()[0]!, parts({ interval: 5 })[1]!])).toThrow(/different options/)
  })
})
