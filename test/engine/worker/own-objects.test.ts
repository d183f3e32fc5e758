import { describe, expect, it } from "vitest"
import { indexArea } from "../../../engine/formats/vector/area-index.js"
import type { Features, Solids } from "../../../engine/kernel.js"
import { inLimit, ownFeatures, ownsSolid } from "../../../engine/worker/write/write-products.js"

/** Two boxes: 0…4 and 8…12 wide, 2 high. */
const features: Features = {
  geometry: "Polygon",
  dimension: 2,
  coordinates: Float64Array.of(0, 0, 4, 0, 4, 2, 0, 0, 8, 0, 12, 0, 12, 2, 8, 0),
  ringEnds: Uint32Array.of(4, 8),
  partEnds: Uint32Array.of(1, 2),
  ids: ["a", "b"],
  columns: { area: { type: "number", values: Float64Array.of(4, 4) } },
}
const solids: Solids = {
  origin: [100, 0, 0],
  positions: Int32Array.of(0, 0, 0, 4000, 0, 0, 4000, 2000, 0, 8000, 0, 0, 12000, 0, 0, 12000, 2000, 0),
  ringVertices: Uint32Array.of(0, 1, 2, 3, 4, 5),
  ringEnds: Uint32Array.of(3, 6),
  faceEnds: Uint32Array.of(1, 2),
  faceKinds: Uint8Array.of(0, 0),
  solidEnds: Uint32Array.of(1, 2),
  ids: ["a", "b"],
  classes: Uint8Array.of(6, 6),
  columns: {},
}

describe("objects of a job", () => {
  const limit = indexArea({ rings: [[Float64Array.of(-1, -1, 3, -1, 3, 5, -1, 5, -1, -1)]] })

  it("are those whose representative point it holds, whole, else the centre of their box", () => {
    const own = ownFeatures(features, inLimit(limit))
    expect(own.ids).toEqual(["a"])
    expect(own.coordinates).toEqual(features.coordinates.slice(0, 8))
    expect(own.columns["area"]?.values).toEqual(Float64Array.of(4))
    const anchors = Float64Array.of(3.5, 1, 2, 2)
    expect(ownFeatures({ ...features, anchors }, inLimit(limit)).ids).toEqual(["b"])
  })

  it("are all without départements", () => {
    expect(inLimit(undefined)).toBe(undefined)
    expect(ownFeatures(features, undefined)).toBe(features)
    expect(ownsSolid(solids, 1, undefined)).toBe(true)
  })

  it("hold for solids too", () => {
    const owns = (x: number): boolean => x > 105
    expect([0, 1].map((s) => ownsSolid(solids, s, owns))).toEqual([false, true])
    const centres: [number, number][] = []
    for (const s of [0, 1]) ownsSolid(solids, s, (x, y) => centres.push([x, y]) > 0)
    expect(centres).toEqual([
      [102, 1],
      [110, 1],
    ])
    const anchors = Float64Array.of(106, 0, 104, 0)
    expect([0, 1].map((s) => ownsSolid({ ...solids, anchors }, s, owns))).toEqual([true, false])
  })
})
