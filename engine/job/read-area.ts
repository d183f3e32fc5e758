import type { Area } from "../formats/vector/area.js"
import { projectArea } from "./project-area.js"

/**
 * The polygons of a GeoJSON or FlatGeobuf file in the job's CRS. Longitude and latitude (RFC 7946) and other CRSs are projected; a file without a CRS whose
 * coordinates cannot be degrees is taken to be in the job's CRS already. Throws E_INPUT for a CRS that is not known.
 */
export const readArea = async (path: string, epsg: number): Promise<Area> => {
  const { readPolygons } = await import("../formats/vector/polygons.js")
  const polygons = await readPolygons(path)
  return projectArea(polygons, polygons.epsg, epsg, { file: path, option: "aoi" })
}
