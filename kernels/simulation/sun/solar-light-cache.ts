/** The light on planes near a tile, each kind of plane computed once. */
import type { Tile } from "../../../engine/kernel.js"
import { type SolarYear, solarYear } from "./clear-sky.js"
import { type PlaneLight, planeLight, tiltOf } from "./plane-light.js"
import { locatePlace } from "./sun-position.js"

/** Metres: side of the squares of the CRS that share a solar year, and step of its altitude. */
const [SIDE, STOREY] = [1000, 100]

/** What the light depends on besides place and plane. */
export interface LightOptions {
  /** Linke turbidity by month. */
  readonly linke: readonly number[]
  readonly albedo: number
  /** Azimuths of a horizon. */
  readonly sectors: number
}

/**
 * Light on planes by place. A solar year is that of the middle of the square kilometre of the CRS,
 * at whole hundreds of metres above the sea; it does not depend on the tile.
 */
export class SolarLightCache {
  readonly #tile: Tile
  readonly #options: LightOptions
  readonly #years = new Map<string, SolarYear>()
  readonly #planes = new Map<string, PlaneLight>()

  constructor(tile: Tile, options: LightOptions) {
    this.#tile = tile
    this.#options = options
  }

  /** The light on a plane at x, y, z, by slope and downhill direction from grid north. */
  planeAt([x, y, z]: readonly [number, number, number], slope: number, aspect: number): PlaneLight {
    const [column, row, storey] = [Math.floor(x / SIDE), Math.floor(y / SIDE), Math.round(z / STOREY)]
    const place = `${column} ${row} ${storey}`
    const name = `${place} ${slope} ${aspect}`
    const known = this.#planes.get(name)
    if (known !== undefined) return known
    const { linke, albedo, sectors } = this.#options
    let year = this.#years.get(place)
    if (year === undefined) {
      const middle = locatePlace(this.#tile, (column + 0.5) * SIDE, (row + 0.5) * SIDE)
      year = solarYear(middle, linke, storey * STOREY)
      this.#years.set(place, year)
    }
    const made = planeLight(year, tiltOf(slope, aspect), sectors, albedo)
    this.#planes.set(name, made)
    return made
  }
}
