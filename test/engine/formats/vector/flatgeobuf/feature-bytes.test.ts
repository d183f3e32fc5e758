import { ColumnType } from "flatgeobuf/lib/mjs/flat-geobuf/column-type.js"
import { GeometryType } from "flatgeobuf/lib/mjs/flat-geobuf/geometry-type.js"
import { buildFeature } from "flatgeobuf/lib/mjs/generic/feature.js"
import type { IParsedGeometry } from "flatgeobuf/lib/mjs/generic/geometry.js"
import { deserialize } from "flatgeobuf/lib/mjs/geojson.js"
import type { HeaderMeta } from "flatgeobuf/lib/mjs/header-meta.js"
import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../../engine/core/random.js"
import { readFlatGeobufHead } from "../../../../../engine/formats/vector/flatgeobuf/feature.js"
import { featureWriter } from "../../../../../engine/formats/vector/flatgeobuf/feature-bytes.js"
import { encodeFlatGeobuf } from "../../../../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features } from "../../../../../engine/kernel.js"

const types = { number: ColumnType.Double, integer: ColumnType.Int, string: ColumnType.String } as const

/** What the format's own package makes of a feature. */
const reference = (features: Features, index: number): Uint8Array => {
  const { coordinates, dimension, ringEnds, partEnds, ids, columns, geometry } = features
  const [first, end] = [index === 0 ? 0 : partEnds[index - 1]!, partEnds[index]!]
  const start = first === 0 ? 0 : ringEnds[first - 1]!
  const xy: number[] = []
  const z: number[] = []
  for (let v = start; v < ringEnds[end - 1]!; v++) {
    xy.push(coordinates[dimension * v]!, coordinates[dimension * v + 1]!)
    if (dimension === 3) z.push(coordinates[dimension * v + 2]!)
  }
  const ends = [...ringEnds.subarray(first, end)].map((ringEnd) => ringEnd - start)
  const shape = {
    xy,
    ...(z.length > 0 ? { z } : {}),
    ...(ends.length > 1 ? { ends } : {}),
    type: GeometryType[geometry],
  }
  const properties: Record<string, unknown> = { id: ids[index] }
  for (const [name, { values }] of Object.entries(columns)) {
    properties[name] = Number.isNaN(values[index]) ? null : values[index]
  }
  const meta = [
    { name: "id", type: ColumnType.String },
    ...Object.entries(columns).map(([name, { type }]) => ({ name, type: types[type] })),
  ]
  return buildFeature(
    shape as unknown as IParsedGeometry,
    properties as never,
    { columns: meta } as unknown as HeaderMeta,
  )
}

/**
 * Seeded features of up to 40 vertices a ring, with holes where there can be any, NaN values, short
 * and long words.
 */
const seeded = (seed: number, geometry: Features["geometry"], dimension: 2 | 3): Features => {
  const random = seededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const count = 200
  const ringEnds: number[] = []
  const partEnds: number[] = []
  let vertices = 0
  for (let f = 0; f < count; f++) {
    for (let ring = geometry === "Polygon" ? below(4) : 0; ring >= 0; ring--) {
      vertices += geometry === "Point" ? 1 : 1 + below(40)
      ringEnds.push(vertices)
    }
    partEnds.push(ringEnds.length)
  }
  const words = Array.from({ length: count }, () => "é€x𝄞".repeat(below(60)).slice(0, below(90)))
  return {
    geometry,
    dimension,
    coordinates: Float64Array.from({ length: dimension * vertices }, () => 7e5 + random() * 1000),
    ringEnds: Uint32Array.from(ringEnds),
    partEnds: Uint32Array.from(partEnds),
    ids: Array.from({ length: count }, (_, i) => "i".repeat(1 + (i % 9)) + i),
    columns: {
      height: { type: "number", values: Float64Array.from(words, () => (below(3) === 0 ? Number.NaN : random())) },
      level: { type: "integer", values: Int32Array.from(words, () => below(1000) - 500) },
      note: { type: "string", values: words },
    },
  }
}

describe("featureWriter", () => {
  for (const geometry of ["Polygon", "LineString", "Point"] as const) {
    for (const dimension of [2, 3] as const) {
      it(`gives the bytes of the format's own package: ${geometry}, ${dimension} axes`, () => {
        const features = seeded(dimension + 10 * geometry.length, geometry, dimension)
        const bytesOf = featureWriter(features)
        const faults: number[] = []
        for (let f = 0; f < features.ids.length; f++) {
          if (Buffer.compare(bytesOf(f), reference(features, f)) !== 0) faults.push(f)
        }
        expect(faults).toEqual([])
      })
    }
  }

  it("stores booleans in a byte, days as dates, and leaves an unknown day out", async () => {
    const one = seeded(7, "Point", 2)
    const flags = { type: "integer", values: Int32Array.from(one.ids, (_, i) => i % 2) } as const
    const days = { type: "string", values: one.ids.map((_, i) => (i === 0 ? "" : "2021-03-17")) } as const
    const facts = { flag: { as: "boolean" }, day: { as: "date", help: "first day", unit: "d" } } as const
    const bytes = encodeFlatGeobuf(
      { ...one, columns: { flag: flags, day: days } },
      { name: "l", epsg: 2154, metadata: {}, columns: facts },
    )
    const { meta } = readFlatGeobufHead(bytes, bytes.length, "l.fgb")
    expect(meta.columns?.map(({ type, description }) => [ColumnType[type], description])).toEqual([
      ["String", null],
      ["Bool", null],
      ["DateTime", "first day (d)"],
    ])
    const found: string[] = []
    for await (const { properties } of deserialize(bytes)) found.push(JSON.stringify(properties))
    const wanted = one.ids.map((id, i) =>
      JSON.stringify({ id, flag: i % 2 === 1, ...(i === 0 ? {} : { day: "2021-03-17" }) }),
    )
    expect(found.sort()).toEqual(wanted.sort())
  })

  it("hands out bytes that the next feature does not change", () => {
    const features = seeded(7, "LineString", 2)
    const bytesOf = featureWriter(features)
    const first = bytesOf(0)
    const copy = first.slice()
    bytesOf(1)
    expect(first).toEqual(copy)
  })
})
