/** Light of a year on a tilted plane behind a horizon. */
import type { SolarYear } from "./clear-sky.js"

const DEGREES = 180 / Math.PI
/** Elevations of a horizon are whole degrees, 0 to 90. */
const SIZE = 91

/** A plane by the tangents of its slope: rise per metre to the east and to the north. */
export interface Tilt {
  readonly east: number
  readonly north: number
}

/** Tilt of a plane of a slope and a downhill direction from grid north, degrees. */
export const tiltOf = (slope: number, aspect: number): Tilt => {
  const rise = Math.tan(slope / DEGREES)
  return { east: -rise * Math.sin(aspect / DEGREES), north: -rise * Math.cos(aspect / DEGREES) }
}

/** Light on a plane by the horizon, kWh/m² a year. */
export interface PlaneLight {
  /**
   * Direct and diffuse light from an azimuth's sector, by the elevation of its horizon:
   * `[sector · 91 + degrees]`.
   */
  readonly bySector: Float32Array
  /** The same of the diffuse light only, as share of that of an open, level plane. */
  readonly skyBySector: Float32Array
  /** Light that the ground reflects onto the plane. */
  readonly reflected: number
}

/**
 * Sums the year on a plane. The sun's places belong to the nearest of `sectors` azimuths from
 * north; those below its horizon are dark. The sky is equally bright everywhere above the horizon
 * and the plane. The ground below reflects a share `albedo` of the light on a level plane, and
 * fills (1 − cos slope) / 2 of the plane's view. O(places of the sun + sectors).
 */
export const planeLight = (year: SolarYear, tilt: Tilt, sectors: number, albedo: number): PlaneLight => {
  const length = Math.sqrt(1 + tilt.east * tilt.east + tilt.north * tilt.north)
  const normal = [-tilt.east / length, -tilt.north / length, 1 / length] as const
  const direct = new Float64Array(sectors * SIZE)
  for (let i = 0; i < year.beam.length; i++) {
    const facing = normal[0] * year.east[i] + normal[1] * year.north[i] + normal[2] * year.up[i]
    if (facing <= 0) continue
    const sector = ((Math.round((year.azimuth[i] * sectors) / 360) % sectors) + sectors) % sectors
    direct[sector * SIZE + Math.floor(year.altitude[i])] += facing * year.beam[i]
  }
  const bySector = new Float32Array(sectors * SIZE)
  const skyBySector = new Float32Array(sectors * SIZE)
  for (let sector = 0; sector < sectors; sector++) {
    const azimuth = (2 * Math.PI * sector) / sectors
    const towards = normal[0] * Math.sin(azimuth) + normal[1] * Math.cos(azimuth)
    // Elevation of the plane itself in this direction.
    const own = Math.atan2(-towards, normal[2])
    let above = 0
    for (let degrees = SIZE - 1; degrees >= 0; degrees--) {
      const at = sector * SIZE + degrees
      above += direct[at]
      const horizon = Math.max(own, degrees / DEGREES)
      const cosine = Math.cos(horizon)
      const sideways = Math.PI / 2 - horizon - Math.sin(horizon) * cosine
      const sky = Math.max(0, normal[2] * cosine * cosine + towards * sideways) / sectors
      skyBySector[at] = sky
      bySector[at] = above + year.diffuse * sky
    }
  }
  return { bySector, skyBySector, reflected: (year.global * albedo * (1 - normal[2])) / 2 }
}

/**
 * Light on the plane behind the horizon of a cell.
 *
 * @param horizons elevations in degrees, `sectors` of them from `at`
 */
export const lightBehind = (
  { bySector, reflected }: PlaneLight,
  horizons: Uint8Array,
  at: number,
  sectors: number,
): number => {
  let sum = reflected
  for (let sector = 0; sector < sectors; sector++) sum += bySector[sector * SIZE + horizons[at + sector]]
  return sum
}

/** Share of an open, level plane's diffuse light behind the horizon of a cell. */
export const skyBehind = ({ skyBySector }: PlaneLight, horizons: Uint8Array, at: number, sectors: number): number => {
  let sum = 0
  for (let sector = 0; sector < sectors; sector++) sum += skyBySector[sector * SIZE + horizons[at + sector]]
  return sum
}
