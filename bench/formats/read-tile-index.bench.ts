import { readTileIndex } from "../../engine/spatial/tile-index.js"
import type { Benchmark } from "../bench.js"
import { checksumOf } from "../checksum.js"
import { temporaryFile } from "../temporary-file.js"

const side = 50

/** A page of the WFS, as large as they come: 50 × 50 tiles of 1 km, with the properties that IGN's have. */
const page = (): string => {
  const features = Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [700 + (i % side), 6300 + Math.floor(i / side)]
    const [x0, y0] = [1000 * x, 1000 * (y - 1)]
    const name = `LHD_FXX_0${x}_${y}_PTS`
    const ring = [
      [x0, y0],
      [x0 + 1000, y0],
      [x0 + 1000, y0 + 1000],
      [x0, y0 + 1000],
      [x0, y0],
    ]
    const url = `https://data.geopf.fr/telechargement/download/LiDARHD-NUALID/NUALHD_1-0__LAZ_LAMB93_XX_2025-01-01/${name}_LAMB93_IGN69.copc.laz`
    const properties = { name: `${name}_C_LAMB93_IGN69`, url, timestamp: "2025-05-01", projection: "EPSG:2154" }
    return { type: "Feature", id: `dalle.${i}`, geometry: { type: "Polygon", coordinates: [ring] }, properties }
  })
  const crs = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } }
  return JSON.stringify({ type: "FeatureCollection", crs, features })
}

const benchmark: Benchmark = {
  name: "read-tile-index",
  unit: "tiles/s",
  setup: async () => {
    const file = await temporaryFile("index.geojson", new TextEncoder().encode(page()))
    let index: Awaited<ReturnType<typeof readTileIndex>> | undefined
    return {
      run: async () => {
        index = await readTileIndex([file.path])
        return index.tiles.length
      },
      checksum: () => checksumOf(index?.tiles),
      close: file.remove,
    }
  },
}
export default benchmark
