/**
 * Reads the table of CRSs that `npm run lab -- crs-table` makes from PROJ's database.
 *
 * The table is a text of lines, compressed with Brotli. A line has a kind, a code and columns
 * between tabs. It is searched as text: one lookup costs less than parsing all 7,500 lines.
 */
import { readFileSync } from "node:fs"
import { brotliDecompressSync } from "node:zlib"

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

interface VerticalRow {
  readonly code: number
  readonly name: string
  /** Metres of one unit. */
  readonly unit: number
  /** Geoid grids of PROJ's collection, the best first. */
  readonly grids: readonly string[]
}

let loaded: ReadonlyMap<string, string> | undefined
/** The lines of the table by kind and code, such as `P\t2154`. */
const lines = (): ReadonlyMap<string, string> => {
  if (loaded !== undefined) return loaded
  const text = brotliDecompressSync(readFileSync(new URL("crs-table.br", import.meta.url))).toString("utf8")
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

const ellipsoidOf = (column: string | undefined): [semiMajor: number, inverseFlattening: number] => {
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
  const [semiMajor, inverseFlattening] = ellipsoidOf(ellipsoid)
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
  return columns === undefined ? undefined : projectedOf(columns)
}

const projectedOf = (columns: readonly string[]): ProjectedRow => {
  const [, code, name = "", base, ellipsoid, meridian, projection = "", bounds, unit, shift, error, grid, accuracy] =
    columns
  const [semiMajor, inverseFlattening] = ellipsoidOf(ellipsoid)
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
export const projectedRowsWith = (part: string): ProjectedRow[] => linesOf("P", part).map(projectedOf)

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

/** The vertical CRS of a code. */
export const verticalRow = (code: number): VerticalRow | undefined => {
  const columns = columnsOf("V", code)
  if (columns === undefined) return undefined
  const [, , name = "", unit, grids = ""] = columns
  return { code, name, unit: Number(unit), grids: grids.split(" ").filter((grid) => grid !== "") }
}
