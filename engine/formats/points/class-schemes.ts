/**
 * Class schemes of national point clouds, and their classes in the scheme of LiDAR HD, which
 * kernels use. docs/reference/classes.md lists them.
 */
import { OVERLAP, type PointChoice, WITHHELD } from "../las/columns.js"

export const schemeNames = ["lidarhd", "asprs", "ahn", "3dep"] as const
export type SchemeName = (typeof schemeNames)[number]

export const isScheme = (text: unknown): text is SchemeName => (schemeNames as readonly unknown[]).includes(text)

/** The largest class. */
export const mostClass = 255

/** New classes by class; null leaves the points out. Classes that it does not name are kept. */
export type ClassTable = Readonly<Record<string, number | null>>

/** Classes of LiDAR HD: those of ASPRS that it uses, and its own from 64 to 67. */
const lidarHd = [1, 2, 3, 4, 5, 6, 7, 9, 17, 18, 64, 65, 66, 67]

/** Codes that are not listed become 1 (unclassified). */
const asprs: ClassTable = {
  ...Object.fromEntries(Array.from({ length: mostClass + 1 }, (_, code) => [code, 1])),
  ...Object.fromEntries(lidarHd.map((code) => [code, code])),
  10: 2, // Rails and road surfaces are ground; point formats 0 to 5 have no such classes.
  11: 2,
  13: 64, // Wires, their guards and connectors, and towers.
  14: 64,
  15: 64,
  16: 64,
  19: 64, // Overhead structures.
  21: null, // Snow.
  22: null, // Points of another time.
  40: null, // The bottom of water, and what is below its surface.
  41: 9, // The surface of water, by bathymetry.
  42: null,
  43: null,
  44: null,
  45: null,
}

/** Classes of ASPRS that are unclassified: 0, 1, and 20, ground that is not used. */
const unclassified = [0, 1, 20]

/**
 * What differs in point formats 0 to 5: 8 is a model key point (ground), 12 overlap. 10 and 11 have
 * no meaning there; USGS used them for ground that is not used, and for withheld points (Lidar Base
 * Specification 1.0, 2012).
 */
const legacy: Readonly<Record<Exclude<SchemeName, "lidarhd">, ClassTable>> = {
  asprs: { 8: 2, 10: 1, 11: 1 },
  ahn: { 8: 2, 10: 1, 11: 1 },
  "3dep": { 8: 2, 10: 1, 11: null },
}

/** The schemes as tables; `lidarhd` keeps every class. */
const schemes: Readonly<Record<SchemeName, ClassTable>> = {
  lidarhd: {},
  asprs,
  // 14: high voltage; 26: civil structures, which are bridges and other decks.
  ahn: { ...asprs, 26: 17 },
  // Its classes are those of ASPRS: 17 bridge, 18 high noise, 20 ground that is not used, 21 snow.
  "3dep": asprs,
}

/** Start of the names of figures that count points of a class outside the scheme, by class. */
export const unlistedFigure = "points.unlisted."
/** Start of the names of figures that count points that the scheme leaves out, by class. */
export const droppedFigure = "points.dropped."
/** Prefix of a metric: points of a class, noise left out. */
export const classFigure = "points.class."

/** The rules of a job: those of its fields, with the content of a file of classes. */
export interface PointRules {
  /** Absent: that of each source. */
  readonly classes?: SchemeName | ClassTable
  readonly overlap?: "drop"
}

/** Classes and point flags of a source in a job. */
export interface ClassRules {
  readonly scheme: SchemeName | ClassTable
  /** Overlap points are left out. */
  readonly dropOverlap?: boolean
}

/**
 * The choice of points by a scheme. Withheld points are left out. `unlisted` has the classes that a
 * scheme lacks; a table lacks none.
 */
export const pointChoice = ({ scheme, dropOverlap = false }: ClassRules, pointFormat: number): PointChoice => {
  const codes = Int16Array.from({ length: mostClass + 1 }, (_, code) => code)
  const table = typeof scheme === "string" ? schemes[scheme] : scheme
  const isLegacy = pointFormat < 6
  const own = isLegacy && typeof scheme === "string" && scheme !== "lidarhd" ? legacy[scheme] : {}
  for (const [code, to] of Object.entries({ ...table, ...own })) codes[Number(code)] = to ?? -1
  if (isLegacy && dropOverlap) codes[12] = -1
  const flags = WITHHELD | (dropOverlap ? OVERLAP : 0)
  if (typeof scheme !== "string" || scheme === "lidarhd") return { codes, flags }
  const listed = [...unclassified, ...(isLegacy ? [12] : []), ...(isLegacy && scheme === "3dep" ? [10] : [])]
  const unlisted = Uint8Array.from(codes, (to, code) => (to === 1 && !listed.includes(code) ? 1 : 0))
  return { codes, flags, unlisted }
}

/** The choice of points of a source. `lidarHd`: its name or system says that it is of LiDAR HD. */
export const choiceOf =
  ({ classes, overlap }: PointRules, lidarHd: boolean | undefined) =>
  ({ pointFormat }: { readonly pointFormat: number }): PointChoice =>
    pointChoice({ scheme: classes ?? (lidarHd ? "lidarhd" : "asprs"), dropOverlap: overlap === "drop" }, pointFormat)
