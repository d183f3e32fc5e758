/** Describes a CRS as PROJJSON, for GeoParquet and catalogues. */
import { findCompound, geographicRow, type ProjectedRow, projectedRow, verticalRow } from "./crs-table.js"

export type ProjJson = { readonly [key: string]: ProjJson | readonly ProjJson[] | string | number }

/**
 * A projected CRS as PROJJSON 0.7 (proj.org/specifications/projjson.html), with its code as `id`.
 * The parameters are those that maille projects with. Datums without an entry in {@link DATUMS}
 * take the name of their geographic CRS; readers with a registry use the code.
 *
 * @returns undefined where maille has no definition of the code in metres
 */
export const describeProjJson = (epsg: number): ProjJson | undefined => {
  const row = projectedRow(epsg)
  if (row === undefined || row.unit !== 1) return undefined
  const method = describeMethod(row.projection)
  if (method === undefined) return undefined
  return {
    $schema: "https://proj.org/schemas/v0.7/projjson.schema.json",
    type: "ProjectedCRS",
    name: row.name,
    base_crs: geographic(row),
    conversion: {
      name: row.name.split(" / ")[1] ?? "unnamed",
      method: { name: method.name, id: epsgId(method.code) },
      parameters: method.parameters,
    },
    coordinate_system: cartesian,
    id: epsgId(epsg),
  }
}

/**
 * A projected CRS with a vertical one, in metres, as PROJJSON; the `id` of the pair is left out
 * where the registry has none.
 *
 * @returns undefined where maille lacks the definition of either
 */
export const describeCompound = (epsg: number, vertical: number): ProjJson | undefined => {
  const [projected, row] = [describeProjJson(epsg), verticalRow(vertical)]
  if (projected === undefined || row === undefined || row.unit !== 1) return undefined
  const { $schema = "", ...horizontal } = projected
  const known = findCompound(epsg, vertical)
  const height = {
    type: "VerticalCRS",
    name: row.name,
    datum: { type: "VerticalReferenceFrame", name: row.name.replace(/ height$/, "") },
    coordinate_system: {
      subtype: "vertical",
      axis: [{ name: "Gravity-related height", abbreviation: "H", direction: "up", unit: "metre" }],
    },
    id: epsgId(vertical),
  }
  return {
    $schema,
    type: "CompoundCRS",
    name: known?.name ?? `${String(horizontal["name"])} + ${row.name}`,
    components: [horizontal, height],
    ...(known === undefined ? {} : { id: epsgId(known.code) }),
  }
}

const epsgId = (code: number): ProjJson => ({ authority: "EPSG", code })

/** EPSG names of datums, by the name of their geographic CRS. */
const DATUMS: Readonly<Record<string, string>> = {
  "RGF93 v1": "Reseau Geodesique Francais 1993 v1",
  "RGF93 v2": "Reseau Geodesique Francais 1993 v2",
  "RGF93 v2b": "Reseau Geodesique Francais 1993 v2b",
  RGAF09: "Reseau Geodesique des Antilles Francaises 2009",
  RGR92: "Reseau Geodesique de la Reunion 1992",
  RGFG95: "Reseau Geodesique Francais Guyane 1995",
  RGM04: "Reseau Geodesique de Mayotte 2004",
  "WGS 84": "World Geodetic System 1984",
  ETRS89: "European Terrestrial Reference System 1989",
  NAD83: "North American Datum 1983",
  "NAD83(CSRS)": "NAD83 Canadian Spatial Reference System",
}

const geographic = ({ base, semiMajor, inverseFlattening, meridian }: ProjectedRow): ProjJson => {
  const name = geographicRow(base)?.name ?? "unknown"
  const ellipsoid = {
    name: ELLIPSOIDS[`${semiMajor} ${inverseFlattening}`] ?? "unnamed",
    semi_major_axis: semiMajor,
    inverse_flattening: inverseFlattening,
  }
  const datum = { type: "GeodeticReferenceFrame", name: DATUMS[name] ?? name, ellipsoid }
  return {
    name,
    datum: meridian === 0 ? datum : { ...datum, prime_meridian: { name: "unnamed", longitude: meridian } },
    coordinate_system: {
      subtype: "ellipsoidal",
      axis: [
        { name: "Geodetic latitude", abbreviation: "Lat", direction: "north", unit: "degree" },
        { name: "Geodetic longitude", abbreviation: "Lon", direction: "east", unit: "degree" },
      ],
    },
    id: epsgId(base),
  }
}

const ELLIPSOIDS: Readonly<Record<string, string>> = {
  "6378137 298.257222101": "GRS 1980",
  "6378137 298.257223563": "WGS 84",
  "6377397.155 299.1528128": "Bessel 1841",
  "6378388 297": "International 1924",
}

const cartesian: ProjJson = {
  subtype: "Cartesian",
  axis: [
    { name: "Easting", abbreviation: "E", direction: "east", unit: "metre" },
    { name: "Northing", abbreviation: "N", direction: "north", unit: "metre" },
  ],
}

type Unit = "degree" | "metre" | "unity"

/** Names and units of parameters in the EPSG registry, by code. */
const PARAMETERS: Readonly<Record<number, readonly [name: string, unit: Unit]>> = {
  8801: ["Latitude of natural origin", "degree"],
  8802: ["Longitude of natural origin", "degree"],
  8805: ["Scale factor at natural origin", "unity"],
  8806: ["False easting", "metre"],
  8807: ["False northing", "metre"],
  8811: ["Latitude of projection centre", "degree"],
  8812: ["Longitude of projection centre", "degree"],
  8813: ["Azimuth at projection centre", "degree"],
  8814: ["Angle from Rectified to Skew Grid", "degree"],
  8815: ["Scale factor at projection centre", "unity"],
  8816: ["Easting at projection centre", "metre"],
  8817: ["Northing at projection centre", "metre"],
  8818: ["Latitude of pseudo standard parallel", "degree"],
  8819: ["Scale factor on pseudo standard parallel", "unity"],
  8821: ["Latitude of false origin", "degree"],
  8822: ["Longitude of false origin", "degree"],
  8823: ["Latitude of 1st standard parallel", "degree"],
  8824: ["Latitude of 2nd standard parallel", "degree"],
  8826: ["Easting at false origin", "metre"],
  8827: ["Northing at false origin", "metre"],
  8832: ["Latitude of standard parallel", "degree"],
  8833: ["Longitude of origin", "degree"],
  1036: ["Co-latitude of cone axis", "degree"],
}

/** Methods: name and code in the registry, then the code of each parameter and proj4's key. */
const NATURAL = { 8801: "lat_0", 8802: "lon_0", 8805: "k", 8806: "x_0", 8807: "y_0" }
const CONIC = { 8821: "lat_0", 8822: "lon_0", 8823: "lat_1", 8824: "lat_2", 8826: "x_0", 8827: "y_0" }
const PLAIN = { 8801: "lat_0", 8802: "lon_0", 8806: "x_0", 8807: "y_0" }
const SKEW = { 8811: "lat_0", 8812: "lonc", 8813: "alpha", 8814: "gamma", 8815: "k" }
const METHODS: Readonly<Record<string, readonly [name: string, code: number, keys: Readonly<Record<number, string>>]>> =
  {
    tmerc: ["Transverse Mercator", 9807, NATURAL],
    lcc: ["Lambert Conic Conformal (2SP)", 9802, CONIC],
    lcc1: ["Lambert Conic Conformal (1SP)", 9801, NATURAL],
    aea: ["Albers Equal Area", 9822, CONIC],
    laea: ["Lambert Azimuthal Equal Area", 9820, PLAIN],
    sterea: ["Oblique Stereographic", 9809, NATURAL],
    somerc: ["Hotine Oblique Mercator (variant B)", 9815, { ...SKEW, 8812: "lon_0", 8816: "x_0", 8817: "y_0" }],
    omerc: ["Hotine Oblique Mercator (variant B)", 9815, { ...SKEW, 8816: "x_0", 8817: "y_0" }],
    omercA: ["Hotine Oblique Mercator (variant A)", 9812, { ...SKEW, 8806: "x_0", 8807: "y_0" }],
    krovak: [
      "Krovak (North Orientated)",
      1041,
      { 8811: "lat_0", 8833: "lon_0", 1036: "alpha", 8818: "lat_p", 8819: "k", 8806: "x_0", 8807: "y_0" },
    ],
    poly: ["American Polyconic", 9818, PLAIN],
    cass: ["Cassini-Soldner", 9806, PLAIN],
    stere: ["Polar Stereographic (variant A)", 9810, NATURAL],
    stereB: ["Polar Stereographic (variant B)", 9829, { 8832: "lat_ts", 8833: "lon_0", 8806: "x_0", 8807: "y_0" }],
  }

const describeMethod = (projection: string) => {
  const [kind = "", ...parts] = projection.split(" ")
  const values = new Map<string, number>(
    kind === "somerc"
      ? [
          ["alpha", 90],
          ["gamma", 90],
        ]
      : [],
  )
  if (kind === "krovak")
    for (const [key, value] of [
      ["alpha", 30.2881397527778],
      ["lat_p", 78.5],
    ] as const)
      values.set(key, value)
  for (const part of parts) {
    const [key = "", value = "0"] = part.split("=")
    values.set(key, Number(value))
  }
  if (kind === "utm") {
    values.set("lon_0", 6 * (values.get("zone") ?? 0) - 183)
    values.set("k", 0.9996)
    values.set("x_0", 500000)
    if (values.has("south")) values.set("y_0", 10000000)
  }
  const variant =
    kind === "utm"
      ? "tmerc"
      : kind === "lcc" && !values.has("lat_2")
        ? "lcc1"
        : kind === "omerc" && values.has("no_uoff")
          ? "omercA"
          : kind === "stere" && values.has("lat_ts")
            ? "stereB"
            : kind
  const known = METHODS[variant]
  if (known === undefined) return undefined
  const [name, code, keys] = known
  const parameters = Object.entries(keys).map(([id, key]) => {
    const [parameter, unit] = PARAMETERS[Number(id)] ?? ["", "metre"]
    return { name: parameter, value: values.get(key) ?? (unit === "unity" ? 1 : 0), unit, id: epsgId(Number(id)) }
  })
  return { name, code, parameters }
}
