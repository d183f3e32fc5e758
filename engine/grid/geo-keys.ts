/** GeoTIFF keys: parses their records, and reads the projection that they state by parameters. */
import { LENGTHS, nameProjection, type StatedProjection } from "./stated-projection.js"

/** GeoTIFF keys by number, with texts and numbers fetched from their records. */
export type GeoKeys = ReadonlyMap<number, number | string | readonly number[]>

/**
 * Parses GeoTIFF keys (OGC 19-008r4 §7.1): `directory` of record 34735, `doubles` of 34736, `text`
 * of 34737. Keys that point outside their record are omitted, with a fault. The text may lack its
 * last zero byte.
 */
export const parseGeoKeys = (
  directory: ArrayLike<number>,
  doubles: ArrayLike<number> = [],
  text = "",
  faults: string[] = [],
): GeoKeys => {
  const keys = new Map<number, number | string | readonly number[]>()
  const announced = directory[3] ?? 0
  const count = Math.min(announced, Math.floor(directory.length / 4) - 1)
  if (count < announced) faults.push(`${announced} GeoTIFF keys are announced; the record has ${count}`)
  for (let at = 4; at < 4 + 4 * count; at += 4) {
    const [key, record, length, value] = [directory[at]!, directory[at + 1]!, directory[at + 2]!, directory[at + 3]!]
    const end = value + length
    if (record === 0) keys.set(key, value)
    else if (record === 34737 && text !== "" && end <= text.length + 1) {
      keys.set(key, textBeforeZero(text.slice(value, end)).replace(/\|+$/, ""))
    } else if (record === 34736 && end <= doubles.length) {
      const numbers = Array.from({ length }, (_, i) => doubles[value + i]!)
      keys.set(key, numbers.length === 1 ? numbers[0]! : numbers)
    } else faults.push(`GeoTIFF key ${key} points outside its record`)
  }
  return keys
}

const textBeforeZero = (text: string): string => text.split("\0", 1).join("")

/**
 * Reads the projection of GeoTIFF keys with a user-defined code. `number` and `text` give a key's
 * value. Lengths are in the unit of key 3076, angles in degrees.
 */
export const projectionOfGeoKeys = (
  number: (key: number) => number | undefined,
  text: (key: number) => string,
): StatedProjection | undefined => {
  const name = GEOKEY_METHODS.get(number(3075) ?? 0)
  if (name === undefined) return undefined
  const unit = findLength(number(3076)) ?? number(3077) ?? 1
  const base = number(2048)
  const values: Record<string, number> = {}
  for (const [key, codes] of GEOKEY_PARAMETERS) {
    const value = codes.map(number).find((found) => found !== undefined)
    if (value !== undefined) values[key] = LENGTHS.has(key) ? value * unit : value
  }
  const known = base !== undefined && base > 0 && base < 32767
  const ellipsoid = number(2056) === 7004 ? [6377397.155, 299.1528128] : [6378137, 298.257222101]
  return nameProjection(name, values, {
    semiMajor: number(2057) ?? ellipsoid[0]!,
    inverseFlattening: number(2059) ?? ellipsoid[1]!,
    primeMeridian: number(2061) ?? 0,
    unit,
    geographic: {
      ...(known ? { epsg: base } : {}),
      names: [number(2050) === 6326 ? "WGS 84" : text(2049), text(1026)],
    },
  })
}

/** Metres of a unit of length by its EPSG code. */
export const findLength = (code: number | undefined): number | undefined => {
  if (code === 9001) return 1
  if (code === 9002) return 0.3048
  if (code === 9003) return 1200 / 3937
  return code === 9005 ? 0.3047972654 : undefined
}

/** Methods of key 3075 (OGC 19-008, table of coordinate transformation codes). */
const GEOKEY_METHODS = new Map([
  [1, "transversemercator"],
  [3, "hotineobliquemercator"],
  [8, "lambertconformalconic2sp"],
  [9, "lambertconformalconic1sp"],
  [10, "lambertazimuthalequalarea"],
  [11, "albers"],
  [15, "polarstereographic"],
  [16, "obliquestereographic"],
  [18, "cassini"],
  [22, "polyconic"],
])

const GEOKEY_PARAMETERS: readonly (readonly [key: string, codes: readonly number[]])[] = [
  ["lat_0", [3085, 3089, 3081]],
  ["lon_0", [3084, 3088, 3080]],
  ["lat_1", [3078]],
  ["lat_2", [3079]],
  ["k_0", [3092, 3093]],
  ["x_0", [3086, 3090, 3082]],
  ["y_0", [3087, 3091, 3083]],
  ["alpha", [3094]],
  ["gamma", [3096]],
]
