import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import type { Features } from "../../../engine/kernel.js"
import { withSourceNames } from "../../../engine/worker/write/write-products.js"

const source = (path: string, box: Box2) => ({ path, identity: path, box })
const sources = [
  source("https://host/b/LHD_FXX_0771_6278.copc.laz?token=a/b", [1000, 0, 2000, 1000]),
  source("/data/LHD_FXX_0770_6278.LAZ", [0, 0, 1000, 1000]),
  source("/data/new/LHD_FXX_0770_6278.las", [0, 0, 1000, 1000]),
  source("far.las", [5000, 0, 6000, 1000]),
]

const lines: Features = {
  geometry: "LineString",
  dimension: 3,
  coordinates: Float64Array.from([10, 10, 900, 20, 20, 1500, 990, 20, 3, 1010, 30, 4, 3000, 500, 0, 3500, 500, 0]),
  ringEnds: Uint32Array.from([2, 4, 6]),
  partEnds: Uint32Array.from([1, 2, 3]),
  ids: ["a", "b", "c"],
  columns: { length: { type: "number", values: Float64Array.from([1, 2, 3]) } },
}

describe("withSourceNames", () => {
  it("names files whose box a feature's box meets, without ending and folder, each name once", () => {
    const told = withSourceNames(lines, sources)
    expect(told.columns["sources"]?.values).toEqual(["LHD_FXX_0770_6278", "LHD_FXX_0770_6278 LHD_FXX_0771_6278", ""])
    expect({ ...told, columns: lines.columns }).toEqual(lines)
    expect(withSourceNames(lines, [...sources].reverse())).toEqual(told)
  })

  it("no features have the column too", () => {
    const none = {
      ...lines,
      coordinates: new Float64Array(0),
      ringEnds: new Uint32Array(0),
      partEnds: new Uint32Array(0),
    }
    expect(withSourceNames({ ...none, ids: [], columns: {} }, sources).columns).toEqual({
      sources: { type: "string", values: [] },
    })
  })
})
