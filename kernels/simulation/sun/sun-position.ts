/** Position of the sun by time and place, and the times that users give. */
import { usageError } from "../../../engine/core/parse-values.js"
import type { Tile } from "../../../engine/kernel.js"

/** Direction of the sun, degrees: azimuth clockwise from north, altitude above the horizon. */
export interface SunPosition {
  readonly azimuth: number
  readonly altitude: number
}

const DEGREES = 180 / Math.PI
const DAY_MS = 86_400_000
/** J2000.0, milliseconds since 1970. */
const J2000_MS = Date.UTC(2000, 0, 1, 12)

/**
 * Declination of the sun and the equation of time, at a time in milliseconds since 1970.
 *
 * Source: NOAA solar calculator, after J. Meeus, Astronomical Algorithms (1998), chapter 25. The
 * direction is right to about 0.01° between 1950 and 2050.
 */
export const sunAt = (timeMs: number): { readonly declination: number; readonly minutes: number } => {
  const t = (timeMs - J2000_MS) / DAY_MS / 36_525
  const mean = (280.46646 + t * (36_000.76983 + t * 0.0003032)) % 360
  const anomaly = (357.52911 + t * (35_999.05029 - 0.0001537 * t)) / DEGREES
  const eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
  const centre =
    Math.sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t)) +
    Math.sin(2 * anomaly) * (0.019993 - 0.000101 * t) +
    Math.sin(3 * anomaly) * 0.000289
  const node = (125.04 - 1934.136 * t) / DEGREES
  const longitude = (mean + centre - 0.00569 - 0.00478 * Math.sin(node)) / DEGREES
  const seconds = 21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))
  const obliquity = (23 + (26 + seconds / 60) / 60 + 0.00256 * Math.cos(node)) / DEGREES
  const y = Math.tan(obliquity / 2) ** 2
  const l = (2 * mean) / DEGREES
  const equation =
    y * Math.sin(l) -
    2 * eccentricity * Math.sin(anomaly) +
    4 * eccentricity * y * Math.sin(anomaly) * Math.cos(l) -
    0.5 * y * y * Math.sin(2 * l) -
    1.25 * eccentricity * eccentricity * Math.sin(2 * anomaly)
  return {
    declination: Math.asin(Math.sin(obliquity) * Math.sin(longitude)) * DEGREES,
    minutes: 4 * equation * DEGREES,
  }
}

/**
 * Direction of the sun from true north, without refraction.
 *
 * @param hour hour angle, degrees: 0 when the sun is in the south, positive in the afternoon
 */
export const computeDirection = (latitude: number, declination: number, hour: number): SunPosition => {
  const [phi, delta, h] = [latitude / DEGREES, declination / DEGREES, hour / DEGREES]
  const up = Math.sin(phi) * Math.sin(delta) + Math.cos(phi) * Math.cos(delta) * Math.cos(h)
  const north = Math.cos(phi) * Math.sin(delta) - Math.sin(phi) * Math.cos(delta) * Math.cos(h)
  const east = -Math.cos(delta) * Math.sin(h)
  return {
    azimuth: (Math.atan2(east, north) * DEGREES + 360) % 360,
    altitude: Math.atan2(up, Math.hypot(east, north)) * DEGREES,
  }
}

/** The sun as seen from a place, with the refraction of a standard atmosphere (NOAA). */
export const sunPosition = (timeMs: number, longitude: number, latitude: number): SunPosition => {
  const { declination, minutes } = sunAt(timeMs)
  const clock = (timeMs % DAY_MS) / 60_000
  const { azimuth, altitude } = computeDirection(latitude, declination, (clock + minutes) / 4 + longitude - 180)
  return { azimuth, altitude: altitude + refraction(altitude) }
}

const refraction = (altitude: number): number => {
  const tangent = Math.tan(altitude / DEGREES)
  if (altitude > 85) return 0
  if (altitude > 5) return (58.1 / tangent - 0.07 / tangent ** 3 + 0.000086 / tangent ** 5) / 3600
  if (altitude > -0.575)
    return (1735 + altitude * (-518.2 + altitude * (103.4 + altitude * (-12.79 + altitude * 0.711)))) / 3600
  return -20.772 / tangent / 3600
}

/**
 * A place on the globe, degrees, and the direction of grid north there, clockwise from true north.
 */
export interface Place {
  readonly longitude: number
  readonly latitude: number
  readonly gridNorth: number
}

/** The place of CRS coordinates. @throws Error where the tile's CRS has no way to the globe */
export const locatePlace = (tile: Tile, x: number, y: number): Place => {
  if (tile.toGeographic === undefined)
    throw new Error(`EPSG:${tile.epsg}: the place on the globe is unknown. Give the sun by azimuth and altitude.`)
  const [longitude, latitude] = tile.toGeographic(x, y)
  const [east, north] = tile.toGeographic(x, y + 100)
  const gridNorth = Math.atan2((east - longitude) * Math.cos(latitude / DEGREES), north - latitude) * DEGREES
  return { longitude, latitude, gridNorth }
}

/**
 * The times of a list such as "2026-06-21T10:00Z, 2026-06-21T14:00+02:00", milliseconds since 1970.
 *
 * @throws EngineError E_USAGE for a time without an offset from UTC, of another form, or on a day
 * that does not exist
 */
export const parseTimes = (list: string): number[] =>
  list
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map((text) => {
      const timeMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
      if (Number.isNaN(timeMs) || !isDay(text.slice(0, 10)))
        throw usageError(
          "simulation.shadow.time",
          `"${text}"`,
          "a date and time with its offset from UTC",
          "Give it as 2026-06-21T12:00Z or 2026-06-21T14:00+02:00.",
        )
      return timeMs
    })

/** False for a date such as 30 February, which Date.parse takes for one of March. */
const isDay = (date: string): boolean => new Date(`${date}T00:00Z`).toISOString().startsWith(date)
