/** The CRS of points that are to be reprojected: in metres, in feet, or in degrees. */
import { EngineError } from "../errors.js"
import { type CrsDescription, crsByEpsg } from "./crs.js"
import { defineCrs, projectedRow, projectedRowsWith } from "./crs-table.js"
import { type CrsTransforms, createTransforms } from "./crs-transforms.js"

/** A CRS that coordinates can be read in. Unlike a job's CRS, it may be in feet or in degrees. */
export interface SourceCrs extends Pick<CrsTransforms, "toGeographic" | "fromGeographic"> {
  readonly epsg?: number
  readonly name: string
  readonly kind: "projected" | "geographic"
  /** Metres of one unit of x and y; degrees in a geographic CRS, whose x is the longitude. */
  readonly unit: number
  /** Metres of one unit of the heights. */
  readonly heightUnit: number
  /** The proj4 string. */
  readonly definition: string
}

/**
 * The CRS of an EPSG code, or of a file as `recogniseCrs` describes it.
 *
 * A file's own parameters count where it gives no known code, or where its unit differs from the
 * code's. Heights without a stated unit have that of x and y; in a geographic CRS, metres.
 *
 * @throws EngineError E_INPUT where neither code nor parameters define a transform
 */
export const sourceCrs = (of: number | CrsDescription): SourceCrs => {
  const stated: CrsDescription = typeof of === "number" ? { epsg: of, name: "", unit: "unknown", from: "none" } : of
  const { name, definition, kind, unit } = definitionOfSource(stated)
  const { toGeographic, fromGeographic } = createTransforms(definition)
  return {
    ...(stated.epsg === undefined ? {} : { epsg: stated.epsg }),
    name: stated.name === "" ? name : stated.name,
    kind,
    unit,
    heightUnit: stated.heightUnit ?? (kind === "geographic" ? 1 : unit),
    definition,
    toGeographic,
    fromGeographic,
  }
}

type Definition = Pick<SourceCrs, "name" | "kind" | "unit" | "definition">

const definitionOfSource = (stated: CrsDescription): Definition => {
  const { epsg, name, definition, xyUnit } = stated
  const known = epsg === undefined ? undefined : defineCrs(epsg)
  const sameUnit = xyUnit === undefined || Math.abs(xyUnit - (known?.unit ?? Number.NaN)) < 1e-6
  if (known !== undefined && (sameUnit || definition === undefined)) return { ...known, definition: known.proj }
  if (definition !== undefined) {
    const kind = definition.includes("+proj=longlat") ? "geographic" : "projected"
    return { name, kind, unit: xyUnit ?? 1, definition }
  }
  const found =
    epsg === undefined
      ? (stated.note ?? (name === "" ? "the file states no CRS" : `no known code in "${name}"`))
      : `EPSG:${epsg} is not known to maille`
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

/**
 * EPSG code of a CRS in metres for a place: its UTM zone, on the datum of `epsg`, or on WGS 84
 * where that datum has none.
 */
export const metricCrsAt = (lon: number, lat: number, epsg?: number): number => {
  const zone = Math.min(60, Math.max(1, Math.floor((lon + 180) / 6) + 1))
  const base = epsg === undefined ? undefined : (projectedRow(epsg)?.base ?? epsg)
  const named = `utm zone=${zone}${lat < 0 ? " south" : ""}\t`
  const own = base === undefined ? undefined : projectedRowsWith(named).find((row) => row.base === base)
  return own?.code ?? (lat < 0 ? 32700 : 32600) + zone
}
