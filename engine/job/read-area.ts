import { EngineError } from "../errors.js"
import type { Area } from "../formats/vector/area.js"
import { readPolygons } from "../formats/vector/polygons.js"
import { crsByEpsg } from "../grid/crs.js"

/**
 * The polygons of a GeoJSON or FlatGeobuf file in the job's CRS. Longitude and latitude (RFC 7946) are projected; a file without a CRS whose
 * coordinates cannot be degrees is taken to be in the job's CRS already. Throws E_INPUT for any other CRS.
 */
export const readArea = async (path: string, epsg: number): Promise<Area> => {
  const polygons = await readPolygons(path)
  if (polygons.epsg === undefined || polygons.epsg === epsg) return polygons
  if (polygons.epsg !== 4326) {
    const text = `${path} is in EPSG:${polygons.epsg}, the job in EPSG:${epsg}; give the area in EPSG:${epsg} or in EPSG:4326`
    throw new EngineError("E_INPUT", text, { file: path, option: "aoi" })
  }
  const { fromGeographic } = crsByEpsg(epsg)
  const project = (ring: Float64Array): Float64Array => {
    const projected = new Float64Array(ring.length)
    for (let i = 0; i < ring.length; i += 2) projected.set(fromGeographic(ring[i] ?? 0, ring[i + 1] ?? 0), i)
    return projected
  }
  return { rings: polygons.rings.map((polygon) => polygon.map(project)) }
}
