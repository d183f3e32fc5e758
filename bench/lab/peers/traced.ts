/** A task in which GDAL traces a raster in memory. */
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import {
  measureLayer,
  memoryRaster,
  type PeerBand,
  type PeerGdal,
  type PeerLayer,
  requirePeerGdal,
} from "../../gdal-layers.js"
import { resultWork, type Work } from "./peer.js"

/** Opens the task; GDAL traces the raster into a layer with one field. */
export const openTraced = async (
  path: string,
  geometry: "wkbLineString" | "wkbPolygon",
  trace: (gdal: PeerGdal, src: PeerBand, dst: PeerLayer) => void,
): Promise<Work> => {
  const gdal = await requirePeerGdal()
  const raster = await readRaster(path)
  const src = memoryRaster(gdal, raster).bands.get(1)
  const pass = (): PeerLayer => {
    const layer = gdal.drivers.get("Memory").create("").layers.create("made", null, gdal[geometry])
    layer.fields.add(new gdal.FieldDefn("value", "real"))
    trace(gdal, src, layer)
    return layer
  }
  return resultWork(raster.data.length, pass, measureLayer)
}
