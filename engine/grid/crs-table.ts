/**
 * Reads the table of CRSs that `npm run lab -- crs-table` makes from PROJ's database.
 *
 * The table is a text of lines, compressed with Brotli. A line has a kind, a code and columns
 * between tabs. It is searched as text: one lookup costs less than parsing all 7,500 lines.
 * From it come the projected CRSs in metres that maille works in.
 */
import { readFileSync } from "node:fs"
import { brotliDecompressSync } from "node:zlib"
import type { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/rings.js"
import { builtFile } from "../core/package-files.js"
import { EngineError } from "../errors.js"
import { type CrsTransforms, createTransforms } from "./crs-transforms.js"

/** Degrees; `east` passes 180 at the date line. */
export type Bounds = readonly [west: number, south: number, east: number, north: number]

/** The shift of a datum to WGS 84, as PROJ applies it without grids. */
interface Shift {
  /** Metres, arc seconds as a position vector, parts per million. */
  readonly parameters: readonly number[]
  /** EPSG code of the transformation; 0 where the datum counts as WGS 84. */
  readonly operation: number
}

interface Frame {
  readonly code: number
  readonly name: string
  readonly semiMajor: number
  /** 0 for a sphere. */
  readonly inverseFlattening: number
  /** Degrees east of Greenwich. */
  readonly meridian: number
  readonly bounds: Bounds
  readonly shift: Shift
  /** Metres by which places on WGS 84 may be off. */
  readonly error: number
}

/** A geographic CRS in degrees. */
type GeographicRow = Frame

export interface ProjectedRow extends Frame {
  /** EPSG code of the geographic CRS. */
  readonly base: number
  /** proj4's name of the method, then its parameters: `lcc lat_0=46.5 lon_0=3 …`. */
  readonly projection: string
  /** Metres of one unit of x and y. */
  readonly unit: number
  /** A grid of PROJ that places points better, and its accuracy in metres. */
  readonly grid?: { readonly file: string; readonly accuracy: number }
}

let loaded: ReadonlyMap<string, string> | undefined
/** The lines of the table by kind and code, such as `P\t2154`. */
const lines = (): ReadonlyMap<string, string> => {
  if (loaded !== undefined) return loaded
  const text = brotliDecompressSync(readFileSync(builtFile("crs-table.br"))).toString("utf8")
  loaded = new Map(text.split("\n").map((line) => [line.slice(0, line.indexOf("\t", 2)), line]))
  return loaded
}

const linesOf = (kind: string, part: string): string[][] =>
  [...lines().values()]
    .filter((line) => line.startsWith(`${kind}\t`) && line.includes(part))
    .map((line) => line.split("\t"))

const columnsOf = (kind: string, code: number): string[] | undefined => lines().get(`${kind}\t${code}`)?.split("\t")

const boundsOf = (column: string | undefined): Bounds => {
  const [west = -180, south = -90, east = 180, north = 90] = (column ?? "").split(" ").map(Number)
  return [west, south, east, north]
}

const parseEllipsoid = (column: string | undefined): [semiMajor: number, inverseFlattening: number] => {
  const [semiMajor = 6378137, flattening = 298.257222101] = (columnsOf("E", Number(column))?.[2] ?? "")
    .split(" ")
    .map(Number)
  return [semiMajor, flattening]
}

const shiftOf = (column: string | undefined): Shift => {
  const [, , parameters = "0,0,0", operation = "0"] = columnsOf("S", Number(column)) ?? []
  return { parameters: parameters.split(",").map(Number), operation: Number(operation) }
}

/** The geographic CRS of a code. */
export const geographicRow = (code: number): GeographicRow | undefined => {
  const columns = columnsOf("G", code)
  if (columns === undefined) return undefined
  const [, , name = "", ellipsoid, meridian, bounds, shift, error] = columns
  const [semiMajor, inverseFlattening] = parseEllipsoid(ellipsoid)
  return {
    code,
    name,
    semiMajor,
    inverseFlattening,
    meridian: Number(meridian),
    bounds: boundsOf(bounds),
    shift: shiftOf(shift),
    error: Number(error),
  }
}

/** The projected CRS of a code, in any unit. */
export const projectedRow = (code: number): ProjectedRow | undefined => {
  const columns = columnsOf("P", code)
  return columns === undefined ? undefined : parseProjected(columns)
}

const parseProjected = (columns: readonly string[]): ProjectedRow => {
  const [, code, name = "", base, ellipsoid, meridian, projection = "", bounds, unit, shift, error, grid, accuracy] =
    columns
  const [semiMajor, inverseFlattening] = parseEllipsoid(ellipsoid)
  return {
    code: Number(code),
    name,
    base: Number(base),
    semiMajor,
    inverseFlattening,
    meridian: Number(meridian),
    projection,
    bounds: boundsOf(bounds),
    unit: Number(unit),
    shift: shiftOf(shift),
    error: Number(error),
    ...(grid === undefined || grid === "" ? {} : { grid: { file: grid, accuracy: Number(accuracy) } }),
  }
}

/** All projected CRSs whose line contains a text, such as a method, in the order of their codes. */
export const projectedRowsWith = (part: string): ProjectedRow[] => linesOf("P", part).map(parseProjected)

/** Codes of the horizontal and the vertical part of a compound CRS. */
export const compoundRow = (code: number): { readonly horizontal: number; readonly vertical: number } | undefined => {
  const columns = columnsOf("C", code)
  return columns === undefined ? undefined : { horizontal: Number(columns[3]), vertical: Number(columns[4]) }
}

/** Codes of the vertical CRSs that the registry pairs with a projected one. */
export const verticalsOf = (horizontal: number): number[] =>
  linesOf("C", `\t${horizontal}\t`)
    .filter(([, , , part]) => Number(part) === horizontal)
    .map((columns) => Number(columns[4]))

/** Name and code of the compound CRS of a projected and a vertical one, if the registry has it. */
export const findCompound = (horizontal: number, vertical: number): { code: number; name: string } | undefined => {
  const row = linesOf("C", `\t${horizontal}\t${vertical}`).find(
    ([, , , h, v]) => h === `${horizontal}` && v === `${vertical}`,
  )
  return row && { code: Number(row[1]), name: row[2] ?? "" }
}

/** The vertical CRS of a code. */
export const verticalRow = (code: number) => {
  const columns = columnsOf("V", code)
  if (columns === undefined) return undefined
  const [, , name = "", unit, grids = ""] = columns
  return { code, name, unit: Number(unit), grids: grids.split(" ").filter((grid) => grid !== "") }
}

/** A CRS: proj4 string, and area of use in degrees. */
export interface CrsDefinition {
  readonly name: string
  readonly proj: string
  readonly bounds: Bounds
  /** The grid of tiles begins at (0, 0), though the area may reach a little beyond. */
  readonly firstQuadrant?: true
  readonly kind: "projected" | "geographic"
  /** Metres of one unit of x and y; degrees in a geographic CRS. */
  readonly unit: number
  /** Metres by which places on the globe may be off, at most in the area of use. */
  readonly error: number
  /** A grid of PROJ that places points better, and its accuracy in metres. */
  readonly grid?: { readonly file: string; readonly accuracy: number }
}

/** Definition of a projected or geographic CRS by EPSG code; undefined where unknown. */
export const defineCrs = (epsg: number): CrsDefinition | undefined => {
  const row = projectedRow(epsg)
  if (row !== undefined) {
    const { name, unit, error, grid } = row
    const own = ownBounds(epsg)
    const bounds = own ?? row.bounds
    return {
      ...(own === undefined ? {} : { firstQuadrant: true as const }),
      name,
      proj: writeProj(row),
      bounds,
      kind: "projected",
      unit,
      error,
      ...(grid === undefined ? {} : { grid }),
    }
  }
  const base = geographicRow(epsg)
  if (base === undefined) return undefined
  const { name, bounds, error } = base
  return { name, proj: `+proj=longlat ${writeFrame(base)} +no_defs`, bounds, kind: "geographic", unit: 1, error }
}

/** Web Mercator projects ellipsoidal latitudes on a sphere. proj4 does so without a datum. */
const WEB_MERCATOR =
  "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +no_defs"

const writeProj = (row: ProjectedRow): string => {
  const [method = "", ...parameters] = row.projection.split(" ")
  if (method === "webmerc") return WEB_MERCATOR
  const named = parameters.map((part) => `+${part}`).join(" ")
  const unit = row.unit === 1 ? "+units=m" : `+to_meter=${row.unit}`
  return `+proj=${method} ${named} ${writeFrame(row)} ${unit} +no_defs`
}

/**
 * The globe is GRS 80. Coordinates on the ellipsoid of WGS 84, which is 0.1 mm lower at the poles,
 * are taken as such.
 */
const writeFrame = (row: Pick<ProjectedRow, "semiMajor" | "inverseFlattening" | "meridian" | "shift">): string => {
  const { semiMajor, inverseFlattening, meridian, shift } = row
  const isGlobe = semiMajor === 6378137 && Math.abs(inverseFlattening - 298.2572) < 1e-4
  const flattening = inverseFlattening === 0 ? `+b=${semiMajor}` : `+rf=${inverseFlattening}`
  const ellipsoid = isGlobe ? "+ellps=GRS80" : `+a=${semiMajor} ${flattening}`
  return `${ellipsoid}${meridian === 0 ? "" : ` +pm=${meridian}`} +towgs84=${shift.parameters.join(",")}`
}

/** Land of mainland France, without its sea. */
const FRANCE = [-5.6, 41.2, 9.8, 51.3] as const

/**
 * Areas of use that differ from the registry's. They fix the root of the grid of tiles, so their
 * tile keys stay.
 */
const ownBounds = (epsg: number): Bounds | undefined => {
  if (epsg === 2154 || epsg === 9793 || epsg === 9794) return FRANCE
  const zone = epsg - 3900
  // RGF93 / CC42 … CC50: one degree of latitude on either side of the zone's parallel.
  if (zone >= 42 && zone <= 50) return [-5.6, zone - 1.1, 9.8, zone + 1.1]
  // The registry ends the zone at 54° west, but the upper Maroni beyond is mapped in it too.
  if (epsg === 2972) return [-54.61, 2.11, -49.45, 8.88]
  const family = UTM_FAMILIES.find(({ base, first, last }) => epsg >= base + first && epsg <= base + last)
  if (family === undefined) return undefined
  const centre = (epsg - family.base) * 6 - 183
  return family.south ? [centre - 3, -80, centre + 3, 0] : [centre - 3, 0, centre + 3, 84]
}

/** UTM on WGS 84, ETRS89 and NAD83: whole zones, whatever land the registry lists. */
const UTM_FAMILIES = [
  { base: 32600, first: 1, last: 60, south: false },
  { base: 32700, first: 1, last: 60, south: true },
  { base: 25800, first: 28, last: 38, south: false },
  { base: 26900, first: 1, last: 23, south: false },
] as const

/** A projected CRS in metres. */
export interface Crs extends CrsTransforms {
  readonly epsg: number
  readonly name: string
  /** The proj4 string. */
  readonly definition: string
  /** Box of the area of use, CRS metres: rounded outwards to 1 km. */
  readonly area: Box2
  /** Metres by which places on the globe may be off, at most in the area of use. */
  readonly error: number
  /** A grid of PROJ that places points better, which maille does not read. */
  readonly grid?: { readonly file: string; readonly accuracy: number }
}

const known = new Map<number, Crs>()

/**
 * The CRS of an EPSG code: one of some 4,500 projected systems in metres, with proj4's transforms.
 *
 * A datum is shifted as PROJ does without grids. RGF93, ETRS89, NAD83 and others count as WGS 84
 * (up to 2 m for NAD83).
 *
 * @throws EngineError E_INPUT with a remedy, where the code is unknown, geographic, in feet, or a
 * Mercator projection
 */
export const crsByEpsg = (epsg: number): Crs => {
  const ready = known.get(epsg)
  if (ready !== undefined) return ready
  const definition = defineCrs(epsg)
  if (definition === undefined) throw new EngineError("E_INPUT", unknownCode(epsg))
  const refusal = findRefusal(epsg, definition)
  if (refusal !== undefined) throw new EngineError("E_INPUT", refusal)
  const transforms = createTransforms(definition.proj)
  const { name, proj, bounds, error, grid, firstQuadrant } = definition
  const whole = projectArea(bounds, transforms.fromGeographic)
  const area: Box2 = firstQuadrant ? [Math.max(0, whole[0]), Math.max(0, whole[1]), whole[2], whole[3]] : whole
  const crs: Crs = { epsg, name, definition: proj, area, error, ...(grid === undefined ? {} : { grid }), ...transforms }
  known.set(epsg, crs)
  return crs
}

const unknownCode = (epsg: number): string =>
  `EPSG:${epsg}: not a projected CRS that maille knows. State the right code with --crs EPSG:n, or reproject the data to one that it knows (2154, 2056, 28992, 6677, UTM zones …).`

const REMEDY = "maille copc FILE --to EPSG:n --out COPIES"

const findRefusal = (epsg: number, { name, proj, kind, unit }: CrsDefinition): string | undefined => {
  const found = `EPSG:${epsg} (${name})`
  if (kind === "geographic") {
    return `${found} is in degrees; maille needs metres. Reproject points with ${REMEDY}, for France --to EPSG:2154.`
  }
  if (unit !== 1) return `${found} is in feet or another unit than metres. Reproject points with ${REMEDY}.`
  if (!proj.includes("+proj=merc ")) return undefined
  return `${found} is metric in name only: its scale grows with latitude as 1/cos φ. Reproject points with ${REMEDY}, where n is a CRS of the place.`
}

/** Box around the projected border of the area of use, rounded outwards to 1 km. */
const projectArea = (
  [west, south, east, north]: readonly [number, number, number, number],
  project: (lon: number, lat: number) => [number, number],
): Box2 => {
  const border: [x: number, y: number][] = []
  const steps = 64
  for (let i = 0; i <= steps; i++) {
    const lon = west + ((east - west) * i) / steps
    const lat = south + ((north - south) * i) / steps
    border.push(project(lon, south), project(lon, north), project(west, lat), project(east, lat))
  }
  // A projection may have no place for the far ends of an area that spans the globe.
  const box = boxOfRings(border.filter((place) => place.every((value) => Math.abs(value) < FARTHEST)))
  const km = (value: number, round: (value: number) => number): number => round(value / 1000) * 1000
  return [km(box[0], Math.floor), km(box[1], Math.floor), km(box[2], Math.ceil), km(box[3], Math.ceil)]
}

/** Metres; coordinates with the zone's number in front of the easting stay below it. */
const FARTHEST = 100_000_000
