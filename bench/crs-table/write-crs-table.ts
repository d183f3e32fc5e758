/** `npm run lab -- crs-table`: writes `engine/grid/crs-table.br` from PROJ's database. */
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { brotliCompressSync, constants } from "node:zlib"
import { type ChosenShift, chooseShifts, countsAsWgs84, findCandidates, placesByProj } from "./datum-shifts.js"
import { type Bounds, type Geographic, type Projected, type Registry, readRegistry } from "./registry.js"

export const main = async (args: string[]): Promise<number> => {
  const database = args[0] ?? "/usr/share/proj/proj.db"
  if (!existsSync(database))
    throw new Error(`${database}: no database of PROJ. Install proj-data, or name its proj.db.`)
  const text = formatTable(readRegistry(database), database)
  const bytes = brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  })
  const target = resolve("engine/grid/crs-table.br")
  writeFileSync(target, bytes)
  if (args.includes("--text")) writeFileSync("crs-table.txt", text)
  const lines = text.split("\n").length
  console.log(`${target}: ${lines} lines, ${text.length} characters, ${bytes.length} bytes`)
  return 0
}

/** Methods that proj4 has, by EPSG code: its name, and its parameters by those of the registry. */
const LCC = { 8821: "lat_0", 8822: "lon_0", 8823: "lat_1", 8824: "lat_2", 8826: "x_0", 8827: "y_0" }
const NATURAL = { 8801: "lat_0", 8802: "lon_0", 8805: "k", 8806: "x_0", 8807: "y_0" }
const SKEW = { 8811: "lat_0", 8812: "lonc", 8813: "alpha", 8814: "gamma", 8815: "k" }
const METHODS: Readonly<Record<number, readonly [method: string, names: Readonly<Record<number, string>>]>> = {
  9807: ["tmerc", NATURAL],
  9801: ["lcc", NATURAL],
  9802: ["lcc", LCC],
  9822: ["aea", LCC],
  9806: ["cass", NATURAL],
  9809: ["sterea", NATURAL],
  9810: ["stere", NATURAL],
  9829: ["stere", { 8832: "lat_ts", 8833: "lon_0", 8806: "x_0", 8807: "y_0" }],
  9818: ["poly", NATURAL],
  9820: ["laea", NATURAL],
  9812: ["omerc", { ...SKEW, 8806: "x_0", 8807: "y_0" }],
  9815: ["omerc", { ...SKEW, 8816: "x_0", 8817: "y_0" }],
  1041: ["krovak", { 8811: "lat_0", 8833: "lon_0", 8819: "k" }],
  9804: ["merc", NATURAL],
  9805: ["merc", { 8823: "lat_ts", 8802: "lon_0", 8806: "x_0", 8807: "y_0" }],
  1024: ["webmerc", {}],
  9811: ["nzmg", { 8801: "lat_0", 8802: "lon_0", 8806: "x_0", 8807: "y_0" }],
  1125: ["aeqd", { 8801: "lat_0", 8802: "lon_0", 8806: "x_0", 8807: "y_0" }],
}
const ORDER = ["lat_0", "lon_0", "lonc", "lat_ts", "lat_1", "lat_2", "alpha", "gamma", "k", "x_0", "y_0"]

/** The projection as proj4 takes it, without ellipsoid and unit; undefined if it has none. */
const formatProjection = ({ method, parameters, orientations }: Projected): string | undefined => {
  const known = METHODS[method]
  const [first = "", second = ""] = orientations
  const usual = /^(east|north)$/.test(first) && /^(east|north)$/.test(second)
  const polar = method === 9810 || method === 9829 || method === 9820
  if (
    known === undefined ||
    !(usual || (polar && first.startsWith("North along") === second.startsWith("North along")))
  )
    return undefined
  const [name, names] = known
  const values = new Map<string, number>()
  for (const [code, value] of parameters) {
    const key = names[code]
    if (key !== undefined) values.set(key, value)
  }
  if (method === 9801) values.set("lat_1", values.get("lat_0") ?? 0)
  if (name === "stere") {
    const south = (values.get("lat_ts") ?? values.get("lat_0") ?? 0) < 0
    values.set("lat_0", south ? -90 : 90)
  }
  if (name === "omerc" && values.get("alpha") === 90 && values.get("gamma") === 90) return swissOf(values)
  const zone = findUtmZone(name, values)
  if (zone !== undefined) return `utm zone=${zone}${values.get("y_0") === 0 ? "" : " south"}`
  const parts = ORDER.filter((key) => values.has(key) && !(key === "k" && values.get(key) === 1))
  return [name, ...parts.map((key) => `${key}=${values.get(key)}`), ...(method === 9812 ? ["no_uoff"] : [])].join(" ")
}

/** The Swiss oblique Mercator: an azimuth of 90°. Its false origin is at the centre. */
const swissOf = (values: ReadonlyMap<string, number>): string =>
  ["lat_0", "lonc", "k", "x_0", "y_0"]
    .filter((key) => !(key === "k" && values.get(key) === 1))
    .reduce((text, key) => `${text} ${key === "lonc" ? "lon_0" : key}=${values.get(key)}`, "somerc")

const findUtmZone = (method: string, values: ReadonlyMap<string, number>): number | undefined => {
  const zone = ((values.get("lon_0") ?? Number.NaN) + 183) / 6
  const north = values.get("y_0")
  const isUtm = values.get("k") === 0.9996 && values.get("lat_0") === 0 && values.get("x_0") === 500000
  if (method !== "tmerc" || !isUtm || (north !== 0 && north !== 10000000)) return undefined
  return Number.isInteger(zone) && zone >= 1 && zone <= 60 ? zone : undefined
}

const TAB = "\t"

/**
 * Lines of columns between tabs, ordered by kind and code. `engine/grid/crs-table.ts` reads them:
 *
 *     G code name ellipsoid meridian bounds shift error
 *     P code name base projection bounds unit shift error grid gridError
 *     C code name horizontal vertical        V code name unit grids
 *     S number parameters operation          E number semiMajor inverseFlattening
 */
const formatTable = (registry: Registry, database: string): string => {
  const shifts = new Map<string, number>()
  const ellipsoids = new Map<string, number>()
  const numberOf = (map: Map<string, number>, text: string): number => {
    if (!map.has(text)) map.set(text, map.size)
    return map.get(text) ?? 0
  }
  const chosen = chooseAll(registry, database)
  const lines: string[] = []
  for (const geographic of registry.geographic.values()) {
    const { code, name, bounds, semiMajor, inverseFlattening, meridian, unit } = geographic
    const shift = chosen(geographic, bounds)
    if (shift === undefined || unit !== 1) continue
    const ellipsoid = numberOf(ellipsoids, `${semiMajor} ${inverseFlattening}`)
    const number = numberOf(shifts, `${shift.parameters.join(",")}${TAB}${shift.code}`)
    lines.push(["G", code, name, ellipsoid, meridian, bounds.join(" "), number, shift.error].join(TAB))
  }
  for (const projected of registry.projected) {
    const { code, name, base, bounds, unit } = projected
    const projection = formatProjection(projected)
    const geographic = registry.geographic.get(base)
    const shift = geographic && chosen(geographic, bounds)
    if (projection === undefined || geographic === undefined || shift === undefined) continue
    const { semiMajor, inverseFlattening, meridian } = geographic
    const ellipsoid = numberOf(ellipsoids, `${semiMajor} ${inverseFlattening}`)
    const number = numberOf(shifts, `${shift.parameters.join(",")}${TAB}${shift.code}`)
    const grid = gridFor(registry, geographic, bounds, shift.error)
    const place = [base, ellipsoid, meridian, projection, bounds.join(" "), unit, number, shift.error]
    lines.push(["P", code, name, ...place, grid?.file ?? "", grid?.accuracy ?? ""].join(TAB))
  }
  for (const { code, name, horizontal, vertical } of registry.compound) {
    lines.push(["C", code, name, horizontal, vertical].join(TAB))
  }
  for (const { code, name, unit, grids } of registry.vertical) {
    lines.push(["V", code, name, unit, grids.slice(0, 8).join(" ")].join(TAB))
  }
  for (const [text, number] of shifts) lines.push(["S", number, text].join(TAB))
  for (const [text, number] of ellipsoids) lines.push(["E", number, text].join(TAB))
  return `${registry.version}\n${lines.join("\n")}\n`
}

/** The shift of a geographic CRS in an area of use. */
type Chosen = (geographic: Geographic, bounds: Bounds) => ChosenShift | undefined

/** Asks PROJ for the places of every datum, with its database and nothing else. */
const chooseAll = (registry: Registry, database: string): Chosen => {
  const folder = mkdtempSync(join(tmpdir(), "proj-"))
  symlinkSync(database, join(folder, "proj.db"))
  const only = { PROJ_DATA: folder, PROJ_LIB: folder, PROJ_USER_WRITABLE_DIRECTORY: folder, PROJ_NETWORK: "OFF" }
  const asked = [...listDatums(registry).values()].map(({ geographic, areas }) => {
    const boxes = [...areas.values()]
    return {
      geographic,
      keys: [...areas.keys()],
      boxes,
      ...placesByProj(geographic, boxes, { ...process.env, ...only }),
    }
  })
  rmSync(folder, { recursive: true })
  const hubs = new Set<number>()
  for (const { geographic, boxes, theirs } of asked) {
    if (countsAsWgs84(geographic, boxes, theirs)) hubs.add(geographic.datum)
  }
  const isHub = (code: number): boolean => hubs.has(registry.datums.get(code) ?? -1)
  const chosen = new Map<string, ChosenShift>()
  for (const { geographic, keys, boxes, theirs, known } of asked) {
    const shifts = chooseShifts(geographic, boxes, theirs, findCandidates(registry, geographic, isHub))
    shifts.forEach((shift, i) => {
      const error = known ? shift.error : unknownError(geographic)
      if (Number.isFinite(error)) chosen.set(`${geographic.datum} ${keys[i]}`, { ...shift, error })
    })
  }
  return ({ datum }, bounds) => chosen.get(`${datum} ${bounds.join(" ")}`)
}

/**
 * Metres by which a datum without any transformation may be off: modern ones are on the ellipsoids
 * of GRS 80 or WGS 84 and near WGS 84; for old ones, a usual distance.
 */
const unknownError = ({ semiMajor }: Geographic): number => (semiMajor === 6378137 ? 2 : 500)

interface AskedDatum {
  readonly geographic: Geographic
  /** The areas of use of its systems, by their text. */
  readonly areas: Map<string, Bounds>
}

/** Each datum once, with the usual geographic CRS of the lowest code. */
const listDatums = (registry: Registry): Map<number, AskedDatum> => {
  const datums = new Map<number, AskedDatum>()
  const add = (geographic: Geographic, bounds: Bounds): void => {
    const first = datums.get(geographic.datum) ?? { geographic, areas: new Map<string, Bounds>() }
    const known = !first.geographic.usual && geographic.usual ? { ...first, geographic } : first
    datums.set(geographic.datum, known)
    known.areas.set(bounds.join(" "), bounds)
  }
  for (const geographic of registry.geographic.values()) add(geographic, geographic.bounds)
  for (const { base, bounds } of registry.projected) {
    const geographic = registry.geographic.get(base)
    if (geographic !== undefined) add(geographic, bounds)
  }
  return datums
}

/** The grid of PROJ that would do better in the area than the chosen shift. */
const gridFor = (registry: Registry, { datum }: Geographic, bounds: Bounds, error: number) => {
  const own = (code: number): boolean => registry.datums.get(code) === datum
  return registry.grids
    .filter(({ source, target, accuracy }) => (own(source) || own(target)) && accuracy < error)
    .filter(({ bounds: [west, south, east, north] }) => {
      const [x, y] = [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2]
      return x >= west && x <= east && y >= south && y <= north
    })
    .sort((a, b) => a.accuracy - b.accuracy)[0]
}
