import { describe, expect, it } from "vitest"
import type { LayerStream } from "../../../../engine/formats/vector/flatgeobuf/layer-stream.js"
import { decodeBlob, encodeBlob } from "../../../../engine/formats/vector/geopackage-blob.js"

const layer = (geometry: LayerStream["geometry"], dimension: 2 | 3, multiple = false): LayerStream =>
  ({ name: "a", geometry, dimension, multiple, fields: [], metadata: {} }) as unknown as LayerStream
const feature = (...parts: number[][][]) => ({
  id: "",
  values: [],
  parts: parts.map((rings) => rings.map((ring) => Float64Array.from(ring))),
})

/** A blob without envelope around well-known binary of the given bytes. */
const blobOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(`4750000100000000${hex}`, "hex"))
const float = (value: number): string => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes.toString("hex")
}

describe("geometries of a GeoPackage", () => {
  it("come back as they went in, with their box", () => {
    const square = [0, 0, 9, 4, 0, 9, 4, 5, 0, 0, 0, 9]
    const { bytes, box } = encodeBlob(feature([square]), layer("Polygon", 3), 2154)
    expect(box).toEqual([0, 4, 0, 5])
    expect(decodeBlob(bytes, "a")).toEqual({
      type: "Polygon",
      coordinates: [
        [
          [0, 0, 9],
          [4, 0, 9],
          [4, 5, 0],
          [0, 0, 9],
        ],
      ],
    })
    const line = encodeBlob(feature([[1, 2, 3, 4]], [[5, 6, 7, 8]]), layer("LineString", 2, true), 2154)
    expect(decodeBlob(line.bytes, "a")).toEqual({
      type: "MultiLineString",
      coordinates: [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
      ],
    })
    const point = encodeBlob(feature([[1, 2, 3]]), layer("Point", 3), 2154)
    expect(decodeBlob(point.bytes, "a")).toEqual({ type: "Point", coordinates: [1, 2, 3] })
  })

  it("are read with measures, high bits for heights, a code of their own, big-endian parts", () => {
    const point = { type: "Point", coordinates: [1, 2, 3] }
    const xyz = [1, 2, 3].map(float).join("")
    // ISO ZM 3001; EWKB Z with SRID; then ISO Z.
    expect(decodeBlob(blobOf(`01b90b0000${xyz}${float(4)}`), "a")).toEqual(point)
    expect(decodeBlob(blobOf(`01010000a06a080000${xyz}`), "a")).toEqual(point)
    const big = Buffer.from(`00000003e9${Buffer.from(xyz, "hex").toString("hex")}`, "hex")
    for (let at = 5; at < big.length; at += 8) big.subarray(at, at + 8).reverse()
    expect(decodeBlob(blobOf(big.toString("hex")), "a")).toEqual(point)
    const collection = `010700000001000000${`01e9030000${xyz}`}`
    expect(decodeBlob(blobOf(collection), "a")).toEqual({ type: "GeometryCollection", geometries: [point] })
    const empty = blobOf(`0101000000${float(Number.NaN)}${float(Number.NaN)}`)
    empty[3] = 0x11
    expect(decodeBlob(empty, "a")).toBeNull()
  })

  it("are refused where they are damaged, or curves", () => {
    expect(() => decodeBlob(blobOf("0108000000"), "a.gpkg")).toThrow(/curves.*ogr2ogr -nlt CONVERT_TO_LINEAR/)
    expect(() => decodeBlob(blobOf("0163000000"), "a.gpkg")).toThrow(/a geometry of type 99/)
    expect(() => decodeBlob(blobOf("0102000000ffffffff"), "a.gpkg")).toThrow(/ends too early/)
    expect(() => decodeBlob(blobOf(`0101000000${float(1)}`), "a.gpkg")).toThrow(/ends too early/)
    expect(() => decodeBlob(Uint8Array.of(1, 2, 3), "a.gpkg")).toThrow(/without the header/)
    const nested = `${"010700000001000000".repeat(20)}0101000000`
    expect(() => decodeBlob(blobOf(nested), "a.gpkg")).toThrow(/a geometry of type 7/)
  })
})
