import { readPolygons } from "../../engine/formats/vector/polygons.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { rectangles } from "../seeded-data.js"
import { temporaryFile } from "../temporary-file.js"

/** The seeded rectangles as GeoJSON. */
const geoJson = (): string => {
  const { coordinates, ids } = rectangles()
  const features = ids.map((_, i) => {
    const ring = Array.from({ length: 5 }, (_, k) => [...coordinates.subarray(i * 10 + k * 2, i * 10 + k * 2 + 2)])
    return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } }
  })
  const crs = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } }
  return JSON.stringify({ type: "FeatureCollection", crs, features })
}

const benchmark: Benchmark = {
  name: "read-polygons",
  unit: "polygons/s",
  setup: async () => {
    const file = await temporaryFile("area.geojson", new TextEncoder().encode(geoJson()))
    let polygons: Awaited<ReturnType<typeof readPolygons>> | undefined
    return {
      run: async () => {
        polygons = await readPolygons(file.path)
        return polygons.rings.length
      },
      checksum: () => checksumOf(polygons),
      close: file.remove,
    }
  },
}
export default benchmark
