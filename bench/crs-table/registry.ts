/** Reads CRSs, areas and transformations from PROJ's database, through the command `sqlite3`. */
import { execFileSync } from "node:child_process"

export type Bounds = readonly [west: number, south: number, east: number, north: number]

/** A Helmert transformation to a system that counts as WGS 84, as proj4 takes it. */
export interface Shift {
  readonly code: number
  readonly source: number
  readonly target: number
  readonly parameters: readonly number[]
  readonly accuracy: number
}

type Row = Readonly<Record<string, string | number | null>>

/** The registry; `datums` has that of every geodetic CRS, geocentric ones included. */
export type Registry = ReturnType<typeof readRegistry>

export const readRegistry = (database: string) => {
  const query = (sql: string): Row[] => {
    const text = execFileSync("sqlite3", ["-readonly", "-json", database, sql], { encoding: "utf8", maxBuffer: 1e9 })
    return text.trim() === "" ? [] : (JSON.parse(text) as Row[])
  }
  /** The columns `a` and `b` of a query. */
  const numbers = (sql: string): Map<number, number> =>
    new Map(query(sql).map((row) => [Number(row["a"]), Number(row["b"])]))
  const units = numbers("SELECT code AS a, conv_factor AS b FROM unit_of_measure WHERE auth_name = 'EPSG'")
  const areas = readAreas(query)
  const version = query("SELECT value FROM metadata WHERE key = 'EPSG.VERSION'")[0]?.["value"]
  return {
    version: `EPSG ${version}`,
    geographic: readGeographic(query, units, areas),
    datums: numbers("SELECT code AS a, datum_code AS b FROM geodetic_crs WHERE auth_name = 'EPSG'"),
    // From a datum with its own prime meridian to the same datum on Greenwich.
    rotated: numbers(
      `SELECT a.datum_code AS a, b.datum_code AS b FROM other_transformation t
       JOIN geodetic_crs a ON t.source_crs_code = a.code AND a.auth_name = 'EPSG'
       JOIN geodetic_crs b ON t.target_crs_code = b.code AND b.auth_name = 'EPSG'
       WHERE t.method_code = 9601 AND t.auth_name = 'EPSG'`,
    ),
    projected: readProjected(query, units, areas),
    shifts: readShifts(query, units),
    grids: readGrids(query, areas),
    compound: query(
      `SELECT code, name, horiz_crs_code AS h, vertical_crs_code AS v FROM compound_crs
       WHERE auth_name = 'EPSG' AND horiz_crs_auth_name = 'EPSG' AND vertical_crs_auth_name = 'EPSG' ORDER BY 0 + code`,
    ).map((row) => ({
      code: Number(row["code"]),
      name: String(row["name"]),
      horizontal: Number(row["h"]),
      vertical: Number(row["v"]),
    })),
    vertical: readVertical(query, units),
  }
}

type Query = (sql: string) => Row[]
type Areas = (table: string, code: number) => Bounds

/** The box around all areas of use of an object; eastern longitudes pass 180 at the date line. */
const readAreas = (query: Query): Areas => {
  const known = new Map<string, Bounds>()
  const rows = query(
    `SELECT u.object_table_name AS t, u.object_code AS c, west_lon AS w, south_lat AS s, east_lon AS e, north_lat AS n
     FROM usage u JOIN extent x ON u.extent_auth_name = x.auth_name AND u.extent_code = x.code
     WHERE u.object_auth_name = 'EPSG' ORDER BY 0 + u.code`,
  )
  for (const row of rows) {
    const key = `${row["t"]} ${row["c"]}`
    const [w = 0, s = 0, e = 0, n = 0] = ["w", "s", "e", "n"].map((name) => Number(row[name]))
    const east = e < w ? e + 360 : e
    const old = known.get(key)
    known.set(
      key,
      old === undefined
        ? [w, s, east, n]
        : [Math.min(old[0], w), Math.min(old[1], s), Math.max(old[2], east), Math.max(old[3], n)],
    )
  }
  return (table, code) => known.get(`${table} ${code}`) ?? [-180, -90, 180, 90]
}

const DEGREE = Math.PI / 180

/** A geographic CRS by its code. */
export type Geographic = ReturnType<typeof readGeographic> extends Map<number, infer One> ? One : never

const readGeographic = (query: Query, units: ReadonlyMap<number, number>, areas: Areas) => {
  const rows = query(
    `SELECT g.code, g.name, g.type, g.deprecated, d.code AS datum, e.semi_major_axis AS a, e.uom_code AS au, e.inv_flattening AS rf,
            e.semi_minor_axis AS b, m.longitude AS pm, m.uom_code AS pu,
            (SELECT uom_code FROM axis WHERE coordinate_system_auth_name = g.coordinate_system_auth_name
             AND coordinate_system_code = g.coordinate_system_code LIMIT 1) AS unit,
            (SELECT orientation FROM axis WHERE coordinate_system_auth_name = g.coordinate_system_auth_name
             AND coordinate_system_code = g.coordinate_system_code AND coordinate_system_order = 1) AS first
     FROM geodetic_crs g
     JOIN geodetic_datum d ON g.datum_auth_name = d.auth_name AND g.datum_code = d.code
     JOIN ellipsoid e ON d.ellipsoid_auth_name = e.auth_name AND d.ellipsoid_code = e.code
     JOIN prime_meridian m ON d.prime_meridian_auth_name = m.auth_name AND d.prime_meridian_code = m.code
     WHERE g.auth_name = 'EPSG' AND g.type LIKE 'geographic%' ORDER BY 0 + g.code`,
  )
  return new Map(
    rows.map((row) => {
      const code = Number(row["code"])
      const semiMajor = Number(row["a"]) * (units.get(Number(row["au"])) ?? 1)
      const minor = Number(row["b"]) * (units.get(Number(row["au"])) ?? 1)
      const flat = row["rf"] === null ? semiMajor / (semiMajor - minor) : Number(row["rf"])
      const geographic = {
        code,
        name: String(row["name"]),
        datum: Number(row["datum"]),
        semiMajor: Number(semiMajor.toPrecision(12)),
        inverseFlattening: Number.isFinite(flat) ? Number(flat.toPrecision(13)) : 0,
        // Degrees east of Greenwich, and of one unit of the axes.
        meridian: toDegrees(Number(row["pm"]), Number(row["pu"]), units),
        unit: Number(((units.get(Number(row["unit"])) ?? DEGREE) / DEGREE).toPrecision(13)),
        bounds: areas("geodetic_crs", code),
        // Current, in two dimensions, latitude first: `cs2cs` is asked about such a system.
        usual: row["type"] === "geographic 2D" && row["first"] === "north" && Number(row["deprecated"]) === 0,
      }
      return [code, geographic] as const
    }),
  )
}

/** Degrees. Unit 9110 writes 46°03'07.245" as 46.0307245. */
const toDegrees = (value: number, unit: number, units: ReadonlyMap<number, number>): number => {
  if (unit === 9110) {
    const [whole = "0", digits = ""] = Math.abs(value).toFixed(12).split(".")
    const seconds = Number(`${digits.slice(2, 4)}.${digits.slice(4)}`)
    const degrees = Number(whole) + Number(digits.slice(0, 2)) / 60 + seconds / 3600
    return Number((Math.sign(value) * degrees).toPrecision(15))
  }
  if (unit === 9102) return value
  return Number(((value * (units.get(unit) ?? DEGREE)) / DEGREE).toPrecision(13))
}

export type Projected = ReturnType<typeof readProjected>[number]

const readProjected = (query: Query, units: ReadonlyMap<number, number>, areas: Areas) => {
  const seven = [1, 2, 3, 4, 5, 6, 7]
  const columns = seven.map((i) => `param${i}_code AS c${i}, param${i}_value AS v${i}, param${i}_uom_code AS u${i}`)
  const rows = query(
    `SELECT p.code, p.name, p.geodetic_crs_code AS base, c.method_code AS method, ${columns.join(", ")},
            (SELECT group_concat(orientation, '|') FROM axis WHERE coordinate_system_auth_name = p.coordinate_system_auth_name
             AND coordinate_system_code = p.coordinate_system_code) AS orientations,
            (SELECT uom_code FROM axis WHERE coordinate_system_auth_name = p.coordinate_system_auth_name
             AND coordinate_system_code = p.coordinate_system_code LIMIT 1) AS unit
     FROM projected_crs p
     JOIN conversion_table c ON p.conversion_auth_name = c.auth_name AND p.conversion_code = c.code
     WHERE p.auth_name = 'EPSG' AND p.geodetic_crs_auth_name = 'EPSG' ORDER BY 0 + p.code`,
  )
  return rows.map((row) => {
    const parameters = new Map<number, number>()
    for (const i of seven) {
      if (row[`c${i}`] === null) continue
      const [code = 0, value = 0, unit = 0] = ["c", "v", "u"].map((letter) => Number(row[`${letter}${i}`]))
      parameters.set(code, metricValue(code, value, unit, units))
    }
    const code = Number(row["code"])
    return {
      code,
      name: String(row["name"]),
      base: Number(row["base"]),
      // EPSG code of the method; by EPSG code of the parameter degrees, metres or a ratio.
      method: Number(row["method"]),
      parameters,
      // Metres of one unit of the axes.
      unit: units.get(Number(row["unit"])) ?? 1,
      orientations: String(row["orientations"]).split("|"),
      bounds: areas("projected_crs", code),
    }
  })
}

const RATIOS = new Set([8805, 8815, 8819])
const LENGTHS = new Set([8806, 8807, 8816, 8817, 8826, 8827])

const metricValue = (code: number, value: number, unit: number, units: ReadonlyMap<number, number>): number => {
  if (RATIOS.has(code)) return value * (units.get(unit) ?? 1)
  if (LENGTHS.has(code)) return Number((value * (units.get(unit) ?? 1)).toPrecision(13))
  return toDegrees(value, unit, units)
}

/** Methods whose rotations turn the position vector, and those that turn the frame. */
const POSITION_VECTOR = new Set([1033, 1053, 1061, 1063, 1065, 9606])
const FRAME = new Set([1032, 1034, 1056, 1066, 9607, 9636])
const TRANSLATION = new Set([1031, 9603])

/**
 * All Helmert transformations as proj4's seven parameters: metres, arc seconds as a position
 * vector, parts per million. A pivot (Molodensky-Badekas) is worked into the translation.
 */
const readShifts = (query: Query, units: ReadonlyMap<number, number>): Shift[] => {
  const rows = query(
    `SELECT * FROM helmert_transformation_table WHERE auth_name = 'EPSG' AND deprecated = 0
     AND source_crs_auth_name = 'EPSG' AND target_crs_auth_name = 'EPSG' ORDER BY 0 + code`,
  )
  return rows.flatMap((row) => {
    const method = Number(row["method_code"])
    const sign = POSITION_VECTOR.has(method) ? 1 : FRAME.has(method) ? -1 : TRANSLATION.has(method) ? 0 : undefined
    if (sign === undefined) return []
    const in_ = (names: readonly string[], unit: string, otherwise: number): number[] =>
      names.map((name) => Number(row[name] ?? 0) * (units.get(Number(row[unit])) ?? otherwise))
    const pivot = in_(["px", "py", "pz"], "pivot_uom_code", 1)
    const moved = in_(["tx", "ty", "tz"], "translation_uom_code", 1)
    const turned = in_(["rx", "ry", "rz"], "rotation_uom_code", 1).map((radians) => radians * sign)
    const [scale = 0] = in_(["scale_difference"], "scale_difference_uom_code", 1e-6)
    const [px = 0, py = 0, pz = 0] = pivot
    const [rx = 0, ry = 0, rz = 0] = turned
    const away = [scale * px - rz * py + ry * pz, rz * px + scale * py - rx * pz, -ry * px + rx * py + scale * pz]
    const tidy = (value: number): number => Number(value.toPrecision(12)) + 0
    return [
      {
        code: Number(row["code"]),
        source: Number(row["source_crs_code"]),
        target: Number(row["target_crs_code"]),
        parameters: [
          ...moved.map((value, i) => tidy(value - (away[i] ?? 0))),
          ...turned.map((radians) => tidy((radians / DEGREE) * 3600)),
          tidy(scale * 1e6),
        ],
        accuracy: Number(row["accuracy"] ?? Number.NaN),
      },
    ]
  })
}

/** Transformations by grid, with the file of PROJ's collection. */
const readGrids = (query: Query, areas: Areas) =>
  query(
    `SELECT t.code, t.source_crs_code AS s, t.target_crs_code AS t, t.accuracy, a.proj_grid_name AS file
     FROM grid_transformation t JOIN grid_alternatives a ON t.grid_name = a.original_grid_name
     WHERE t.auth_name = 'EPSG' AND t.deprecated = 0 AND t.method_code IN (9613, 9614, 9615, 1087, 1074)
     ORDER BY 0 + t.code`,
  ).map((row) => ({
    source: Number(row["s"]),
    target: Number(row["t"]),
    file: String(row["file"]),
    accuracy: Number(row["accuracy"] ?? Number.NaN),
    bounds: areas("grid_transformation", Number(row["code"])),
  }))

/** Vertical systems, and the geoid grids that serve them in PROJ's collection, newest first. */
const readVertical = (query: Query, units: ReadonlyMap<number, number>) => {
  const grids = new Map<number, string[]>()
  const rows = query(
    `SELECT t.target_crs_code AS v, a.proj_grid_name AS file
     FROM grid_transformation t JOIN grid_alternatives a ON t.grid_name = a.original_grid_name
     JOIN vertical_crs v ON t.target_crs_auth_name = v.auth_name AND t.target_crs_code = v.code
     WHERE v.auth_name = 'EPSG' AND t.deprecated = 0 AND t.method_name LIKE 'Geographic3D to GravityRelatedHeight%'
     AND a.proj_grid_name LIKE '%.tif' ORDER BY t.accuracy IS NULL, t.accuracy, 0 - t.code`,
  )
  for (const row of rows) {
    const list = grids.get(Number(row["v"])) ?? []
    grids.set(Number(row["v"]), list)
    if (!list.includes(String(row["file"]))) list.push(String(row["file"]))
  }
  return query(
    `SELECT v.code, v.name, a.uom_code AS unit FROM vertical_crs v JOIN axis a
     ON a.coordinate_system_auth_name = v.coordinate_system_auth_name AND a.coordinate_system_code = v.coordinate_system_code
     WHERE v.auth_name = 'EPSG' AND a.orientation = 'up' ORDER BY 0 + v.code`,
  ).map((row) => ({
    code: Number(row["code"]),
    name: String(row["name"]),
    unit: units.get(Number(row["unit"])) ?? 1,
    grids: grids.get(Number(row["code"])) ?? [],
  }))
}
