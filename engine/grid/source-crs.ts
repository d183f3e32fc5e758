/** The CRS of points that are to be reprojected: in metres, in feet, or in degrees. */
import { EngineError } from "../errors.js"
import { type CrsDescription, crsByEpsg } from "./crs.js"
import { definitionOf } from "./crs-definitions.js"
import { proj4 } from "./load-proj4.js"

/** A CRS that coordinates can be read in. Unlike a job's CRS, it may be in feet or in degrees. */
export interface SourceCrs {
  readonly epsg?: number
  readonly name: string
  readonly kind: "projected" | "geographic"
  /** Metres of one unit of x and y; degrees in a geographic CRS. */
  readonly unit: number
  /** Metres of one unit of the heights. */
  readonly heightUnit: number
  /** The proj4 string. */
  readonly definition: string
  /**
   * Coordinates in the file's units (geographic: longitude, latitude) to degrees on the globe's
   * datum.
   */
  toGeographic(x: number, y: number): [lon: number, lat: number]
  /** Degrees to coordinates in the file's units. */
  fromGeographic(lon: number, lat: number): [x: number, y: number]
}

const GLOBE = "+proj=longlat +ellps=GRS80 +towgs84=0,0,0 +no_defs"

/**
 * The CRS of an EPSG code, or of a file as {@link recogniseCrs} describes it.
 *
 * A file's own parameters count where it gives no code, or where its unit differs from the code's.
 * Heights without a stated unit have that of x and y; in a geographic CRS, metres.
 *
 * @throws EngineError E_INPUT where neither code nor parameters define a transform
 */
export const sourceCrs = (of: number | CrsDescription): SourceCrs => {
  const stated: CrsDescription = typeof of === "number" ? { epsg: of, name: "", unit: "unknown", from: "none" } : of
  const definition = definitionOfSource(stated)
  const transform = proj4(GLOBE, definition.proj)
  const geographic = definition.proj.includes("+proj=longlat")
  const heightUnit = stated.heightUnit ?? (geographic ? 1 : definition.unit)
  return {
    ...(stated.epsg === undefined ? {} : { epsg: stated.epsg }),
    name: stated.name === "" ? definition.name : stated.name,
    kind: geographic ? "geographic" : "projected",
    unit: definition.unit,
    heightUnit,
    definition: definition.proj,
    toGeographic: (x, y) => {
      const [lon = Number.NaN, lat = Number.NaN] = transform.inverse([x, y])
      return [lon, lat]
    },
    fromGeographic: (lon, lat) => {
      const [x = Number.NaN, y = Number.NaN] = transform.forward([lon, lat])
      return [x, y]
    },
  }
}

/** Degrees on datums that agree with WGS 84 within a metre or two. */
const DEGREES = new Set([4171, 4258, 4269, 4326, 4558, 4617, 4624, 4627, 4979, 5489, 9776, 9777, 9781, 9782])

const definitionOfSource = (stated: CrsDescription): { name: string; proj: string; unit: number } => {
  const { epsg, definition, xyUnit } = stated
  const known = epsg === undefined ? undefined : definitionOf(epsg)
  const unit = xyUnit ?? 1
  if (known !== undefined && (unit === 1 || definition === undefined)) return { ...known, unit: 1 }
  if (epsg !== undefined && DEGREES.has(epsg)) return { name: `EPSG:${epsg}`, proj: GLOBE, unit: 1 }
  if (definition !== undefined) return { name: stated.name, proj: definition, unit }
  if (epsg !== undefined) crsByEpsg(epsg)
  const found = stated.note ?? (stated.name === "" ? "the file states no CRS" : `no known code in "${stated.name}"`)
  throw new EngineError("E_INPUT", `${found}. State the CRS of the points with --crs EPSG:n.`)
}

/**
 * Transforms coordinates of one CRS to another, in metres. A source may be given as a code (4326:
 * degrees) or as {@link SourceCrs}. Throws as `crsByEpsg` and {@link sourceCrs}.
 */
export const betweenCrs = (
  from: number | SourceCrs,
  to: number,
): ((x: number, y: number) => [x: number, y: number]) => {
  const { fromGeographic } = crsByEpsg(to)
  const { toGeographic } = typeof from === "number" ? sourceCrs(from) : from
  return (x, y) => fromGeographic(...toGeographic(x, y))
}
