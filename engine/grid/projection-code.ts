/** Finds the EPSG code of a projection stated by its parameters, or of a name. */
import { geographicRow, type ProjectedRow, projectedRowsWith } from "./crs-table.js"
import type { StatedProjection } from "./stated-projection.js"

/**
 * EPSG code of a projection stated in full: same method, parameters, ellipsoid and unit.
 *
 * Where systems on several datums share the parameters, as UTM zones do, the name or code of the
 * datum decides; undefined where it does not. Of equal systems, the lowest code.
 */
export const codeOfProjection = (stated: StatedProjection): number | undefined => {
  const rows = rowsOfMethod(stated.method)
  const utm = stated.method === "tmerc" ? rowsOfMethod("utm") : []
  const alike = [...rows, ...utm].filter((row) => isAlike(stated, row)).sort((a, b) => a.code - b.code)
  const names = stated.geographic.names.map(shortName)
  const named = alike.find(
    ({ base }) => base === stated.geographic.epsg || names.includes(shortName(geographicRow(base)?.name ?? "")),
  )
  if (named !== undefined) return named.code
  const datums = new Set(alike.map(({ base }) => shortName(geographicRow(base)?.name ?? "")))
  return datums.size === 1 ? alike[0]?.code : undefined
}

const rowsByMethod = new Map<string, readonly ProjectedRow[]>()
/** Rows of a method, parsed once: folders may have thousands of files without a code. */
const rowsOfMethod = (method: string): readonly ProjectedRow[] => {
  const rows = rowsByMethod.get(method) ?? projectedRowsWith(`\t${method} `)
  rowsByMethod.set(method, rows)
  return rows
}

/** Tolerances: 1 mm on the ground at most; ellipsoids of GRS 80 and WGS 84 count as one. */
const DEGREES = 1e-8
const METRES = 1e-3
const RATIO = 1e-10

const isAlike = (stated: StatedProjection, row: ProjectedRow): boolean => {
  const { semiMajor, inverseFlattening, primeMeridian, unit } = stated
  if (Math.abs(row.unit - unit) > 1e-8 || Math.abs(row.meridian - primeMeridian) > DEGREES) return false
  if (Math.abs(row.semiMajor - semiMajor) > 0.01) return false
  if (Math.abs(row.inverseFlattening - inverseFlattening) > 1e-5) return false
  const [method, values] = parseParameters(row)
  if (method !== stated.method) return false
  const own = new Map(Object.entries(stated.values).filter(([key]) => key !== "north"))
  if (method === "lcc") swapParallels(own, values)
  for (const key of new Set([...own.keys(), ...values.keys()])) {
    const otherwise = key === "k_0" ? 1 : 0
    const tolerance = key === "k_0" ? RATIO : key === "x_0" || key === "y_0" ? METRES : DEGREES
    if (Math.abs((own.get(key) ?? otherwise) - (values.get(key) ?? otherwise)) > tolerance) return false
  }
  return true
}

/** The two parallels of a cone have no order. */
const swapParallels = (own: Map<string, number>, values: ReadonlyMap<string, number>): void => {
  const [first, second] = [own.get("lat_1"), own.get("lat_2")]
  if (first === undefined || second === undefined || values.get("lat_1") !== second) return
  own.set("lat_1", second)
  own.set("lat_2", first)
}

const parseParameters = ({ projection }: ProjectedRow): [method: string, values: Map<string, number>] => {
  const [method = "", ...parts] = projection.split(" ")
  const values = new Map(
    parts.map((part): [string, number] => {
      const [key = "", value = "1"] = part.split("=")
      return [key === "k" ? "k_0" : key, Number(value)]
    }),
  )
  if (method !== "utm") return [method, values]
  const zone = values.get("zone") ?? 0
  const north = values.has("south") ? 10_000_000 : 0
  return [
    "tmerc",
    new Map([
      ["lat_0", 0],
      ["lon_0", zone * 6 - 183],
      ["k_0", 0.9996],
      ["x_0", 500_000],
      ["y_0", north],
    ]),
  ]
}

/**
 * A datum's name without prefixes, punctuation, century and version: `GCS_RGF_1993` and `RGF93 v1`
 * give `rgf93`.
 */
const shortName = (name: string): string =>
  name
    .replace(/ v\d[a-z]?$/i, "")
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .replace(/^(gcs|d(?=wgs|nad|north|etrs|euro|rgf|world))/, "")
    .replace("worldgeodeticsystem", "wgs")
    .replace("northamericandatum", "nad")
    .replace(/europeanterrestrialreferencesystem|europeanterrestrialreferenceframe/, "etrs")
    .replace(/19(\d\d)/, "$1")

/** The EPSG code that a name contains: `EPSG:2154`, `ETRS89 / UTM zone 32N (EPSG::25832)`. */
export const codeInName = (name: string): number | undefined => {
  const code = /\bEPSG:{1,2}(\d{4,5})\b/i.exec(name)?.[1]
  return code === undefined ? undefined : Number(code)
}

/** EPSG code in a name, or of the system with this name in the registry. */
export const codeOfName = (name: string): number | undefined => {
  const trimmed = name.trim()
  if (/^RGF[\s_]?(19)?93( v1)?\s*[/_ ]\s*Lambert[-_ ]?93$/i.test(trimmed)) return 2154
  if (trimmed.length < 8 || /[\t\n]/.test(trimmed)) return codeInName(name)
  return codeInName(name) ?? projectedRowsWith(`\t${trimmed}\t`)[0]?.code
}
