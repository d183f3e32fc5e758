/** Describes a CRS as PROJJSON, for GeoParquet. */
import { definitionOf } from "./crs-definitions.js"

export type ProjJson = { readonly [key: string]: ProjJson | readonly ProjJson[] | string | number }

/**
 * A projected CRS as PROJJSON 0.7 (proj.org/specifications/projjson.html), with its code as `id`.
 * The parameters are those that maille projects with. Datums without an entry in {@link DATUMS}
 * take the name of their geographic CRS; readers with a registry use the code.
 *
 * @returns undefined where maille has no definition of the code
 */
export const projJsonOf = (epsg: number): ProjJson | undefined => {
  const definition = definitionOf(epsg)
  if (definition === undefined) return undefined
  const [base = "unknown", conversion = "unnamed"] = definition.name.split(" / ")
  const parameters = new Map<string, string>()
  for (const part of definition.proj.split(/\s+/)) {
    const [key = "", value = ""] = part.replace(/^\+/, "").split("=")
    if (key !== "") parameters.set(key, value)
  }
  const method = methodOf(parameters)
  return {
    $schema: "https://proj.org/schemas/v0.7/projjson.schema.json",
    type: "ProjectedCRS",
    name: definition.name,
    base_crs: geographic(base, parameters.get("ellps")),
    conversion: {
      name: conversion,
      method: { name: method.name, id: epsgId(method.code) },
      parameters: method.parameters,
    },
    coordinate_system: cartesian,
    id: epsgId(epsg),
  }
}

const epsgId = (code: number): ProjJson => ({ authority: "EPSG", code })

/** EPSG names of datums and codes of their geographic CRS, by the name of that CRS. */
const DATUMS: Readonly<Record<string, readonly [datum: string, code: number]>> = {
  "RGF93 v1": ["Reseau Geodesique Francais 1993 v1", 4171],
  "RGF93 v2": ["Reseau Geodesique Francais 1993 v2", 9777],
  "RGF93 v2b": ["Reseau Geodesique Francais 1993 v2b", 9782],
  RGAF09: ["Reseau Geodesique des Antilles Francaises 2009", 5489],
  RGR92: ["Reseau Geodesique de la Reunion 1992", 4627],
  RGFG95: ["Reseau Geodesique Francais Guyane 1995", 4624],
  RGM04: ["Reseau Geodesique de Mayotte 2004", 4470],
  "WGS 84": ["World Geodetic System 1984", 4326],
  ETRS89: ["European Terrestrial Reference System 1989", 4258],
  NAD83: ["North American Datum 1983", 4269],
  "NAD83(CSRS)": ["NAD83 Canadian Spatial Reference System", 4617],
  Amersfoort: ["Amersfoort", 4289],
}

const geographic = (name: string, ellipsoid: string | undefined): ProjJson => {
  const [datum, code] = DATUMS[name] ?? [name, undefined]
  const sphere =
    name === "WGS 84"
      ? { name: "WGS 84", semi_major_axis: 6378137, inverse_flattening: 298.257223563 }
      : ellipsoid === "bessel"
        ? { name: "Bessel 1841", semi_major_axis: 6377397.155, inverse_flattening: 299.1528128 }
        : { name: "GRS 1980", semi_major_axis: 6378137, inverse_flattening: 298.257222101 }
  return {
    name,
    datum: { type: "GeodeticReferenceFrame", name: datum, ellipsoid: sphere },
    coordinate_system: {
      subtype: "ellipsoidal",
      axis: [
        { name: "Geodetic latitude", abbreviation: "Lat", direction: "north", unit: "degree" },
        { name: "Geodetic longitude", abbreviation: "Lon", direction: "east", unit: "degree" },
      ],
    },
    ...(code === undefined ? {} : { id: epsgId(code) }),
  }
}

const cartesian: ProjJson = {
  subtype: "Cartesian",
  axis: [
    { name: "Easting", abbreviation: "E", direction: "east", unit: "metre" },
    { name: "Northing", abbreviation: "N", direction: "north", unit: "metre" },
  ],
}

interface Method {
  readonly name: string
  readonly code: number
  readonly parameters: readonly ProjJson[]
}

/** A parameter: name and code in the EPSG registry, value, unit. */
const parameter = (name: string, code: number, value: number, unit: "degree" | "metre" | "unity"): ProjJson => ({
  name,
  value,
  unit,
  id: epsgId(code),
})

const methodOf = (proj: ReadonlyMap<string, string>): Method => {
  const of = (key: string, otherwise = 0): number => Number(proj.get(key) ?? otherwise)
  const kind = proj.get("proj")
  if (kind === "lcc" || kind === "aea") {
    return {
      name: kind === "lcc" ? "Lambert Conic Conformal (2SP)" : "Albers Equal Area",
      code: kind === "lcc" ? 9802 : 9822,
      parameters: [
        parameter("Latitude of false origin", 8821, of("lat_0"), "degree"),
        parameter("Longitude of false origin", 8822, of("lon_0"), "degree"),
        parameter("Latitude of 1st standard parallel", 8823, of("lat_1"), "degree"),
        parameter("Latitude of 2nd standard parallel", 8824, of("lat_2"), "degree"),
        parameter("Easting at false origin", 8826, of("x_0"), "metre"),
        parameter("Northing at false origin", 8827, of("y_0"), "metre"),
      ],
    }
  }
  const utm = kind === "utm"
  return {
    name: kind === "sterea" ? "Oblique Stereographic" : "Transverse Mercator",
    code: kind === "sterea" ? 9809 : 9807,
    parameters: [
      parameter("Latitude of natural origin", 8801, of("lat_0"), "degree"),
      parameter("Longitude of natural origin", 8802, utm ? 6 * of("zone") - 183 : of("lon_0"), "degree"),
      parameter("Scale factor at natural origin", 8805, utm ? 0.9996 : of("k", 1), "unity"),
      parameter("False easting", 8806, utm ? 500000 : of("x_0"), "metre"),
      parameter("False northing", 8807, utm ? (proj.has("south") ? 10000000 : 0) : of("y_0"), "metre"),
    ],
  }
}
