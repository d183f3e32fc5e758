import type { Features } from "../../engine/core/kernel-data.js"
import { readFeatures } from "../../engine/formats/vector/read-features.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { rectangles } from "../seeded-data.js"
import { temporaryFile } from "../temporary-file.js"

/** 5000 outlines that a user gives as GeoJSON. */
const benchmark: Benchmark = {
  name: "read-features",
  unit: "features/s",
  setup: async () => {
    const { coordinates, ids } = rectangles()
    const features = ids.map((id, f) => {
      const ring = Array.from({ length: 5 }, (_, v) =>
        Array.from(coordinates.subarray(10 * f + 2 * v, 10 * f + 2 * v + 2)),
      )
      return { type: "Feature", id, properties: { floors: f % 5 }, geometry: { type: "Polygon", coordinates: [ring] } }
    })
    const crs = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } }
    const text = JSON.stringify({ type: "FeatureCollection", crs, features })
    const file = await temporaryFile("given.geojson", new TextEncoder().encode(text))
    let read: Features | undefined
    return {
      run: async () => {
        read = (await readFeatures(file.path, "Polygon")).features
        return read.ids.length
      },
      checksum: () => checksumOf(read?.coordinates),
      close: file.remove,
    }
  },
}
export default benchmark
