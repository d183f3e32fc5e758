/** Converts a layer's coordinates to longitude and latitude, for formats that require them. */
import { EngineError } from "../../errors.js"
import { crsByEpsg } from "../../grid/crs.js"
import type { LayerStream } from "./flatgeobuf/layer-stream.js"

/** EPSG codes of geographic CRSs whose datum equals WGS 84 at the precision of maps. */
const IN_DEGREES: ReadonlySet<number> = new Set([4326, 4171, 4258, 4979, 4624, 4627, 4470, 5489])

/**
 * Returns the conversion from a layer's coordinates to longitude and latitude, degrees on WGS 84.
 *
 * @throws EngineError E_INPUT if the layer names no CRS, or one that maille does not know
 */
export const projectToGeographic = ({
  name,
  epsg,
}: LayerStream): ((x: number, y: number) => [lon: number, lat: number]) => {
  if (epsg === undefined) {
    throw new EngineError("E_INPUT", `layer ${name}: no CRS in the file. Set it with ogr2ogr -a_srs EPSG:n.`)
  }
  if (IN_DEGREES.has(epsg)) return (x, y) => [x, y]
  return crsByEpsg(epsg).toGeographic
}
