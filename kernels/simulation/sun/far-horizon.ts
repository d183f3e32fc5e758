/** The horizon of mountains beyond the surface model, from a coarse grid of heights. */
import { optionError } from "../../../engine/core/parse-values.js"
import type { Raster, RasterPort } from "../../../engine/kernel.js"
import type { CellRange } from "./ray.js"
import { type SurfaceWindow, VOID } from "./surface-window.js"

/** Side of the cells of the relief, metres. */
const reliefCell = 50
/** Side of the squares of the CRS whose corners have horizons, metres. */
const NODE = 100
/** Radius of the earth, metres, and share of its curvature that refraction takes off rays. */
const [RADIUS, REFRACTION] = [6_371_000, 0.13]

/** The option for the length of rays over the relief. */
export const farOption = {
  type: "number",
  default: 30_000,
  unit: "m",
  min: 1000,
  max: 200_000,
  help: "distance up to which the heights of --relief count, from reach on",
} as const

/** The port of the relief around a tile. */
export const reliefPort = {
  kind: "raster",
  external: {
    name: "relief",
    flag: "--relief",
    cell: reliefCell,
    help: { en: "heights of the mountains around", fr: "altitudes des montagnes alentour" },
    more: {
      en: "GeoTIFF in any CRS, such as a model of 25 to 100 m; for the kernels of the sun",
      fr: "GeoTIFF dans n’importe quel CRS, par exemple un modèle à 25 ou 100 m ; pour les noyaux du soleil",
    },
  },
  // Nodes are up to one square beyond the extent, and heights are between the centres of cells.
  beyond: ({ far }) => Number(far) + NODE + 2 * reliefCell,
} as const satisfies RasterPort

/**
 * Tangents of a horizon by the height z of the observer: (rise − z) · inverse of the first line
 * with z up to `until`, by distance.
 */
interface Profile {
  readonly rise: Float64Array
  readonly inverse: Float64Array
  readonly until: Float64Array
}

/**
 * The horizon of a relief from `reach` to `far` metres, by azimuth.
 *
 * It is found at nodes of a grid fixed in the CRS, and linear between four of them, for the height
 * of each cell. So it depends on no tile. Rays are sampled every `reliefCell` metres, bilinearly.
 * A place at distance d is d² · (1 − 0.13) / (2 · 6,371 km) lower: the earth's curvature, with the
 * refraction of surveys. Time: nodes · far / 50 m, and four profiles a cell.
 */
export class FarHorizon {
  readonly #relief: Raster
  readonly #reach: number
  readonly #far: number

  /** @throws EngineError E_USAGE for a relief with other cells */
  constructor(relief: Raster, { reach, far }: { readonly reach: number; readonly far: number }) {
    if (relief.cellSize !== reliefCell)
      throw optionError("relief", `its cells are ${relief.cellSize} m. Resample it to ${reliefCell} m.`)
    this.#relief = relief
    this.#reach = reach
    this.#far = far
  }

  /**
   * Raises tangents of the core's cells, from the north-west row by row, to those of the relief
   * towards an azimuth from grid north, in degrees. Leaves out void cells and those without `only`.
   */
  raise(
    window: SurfaceWindow,
    azimuth: number,
    tangents: Float64Array,
    { only, range }: { readonly only?: Uint8Array; readonly range?: CellRange } = {},
  ): void {
    const { core, heights, columns, margin } = window
    const {
      columns: [west, east],
      rows: [north, south],
    } = range ?? { columns: [0, core.columns], rows: [0, core.rows] }
    const profiles = new Map<number, Profile>()
    const profileAt = (column: number, row: number): Profile => {
      const name = column * 1e7 + row
      let found = profiles.get(name)
      if (found === undefined) {
        found = this.#measureProfile(column * NODE, row * NODE, azimuth)
        profiles.set(name, found)
      }
      return found
    }
    const nodes = NODE * 1000
    for (let row = north; row < south; row++) {
      const y = ((core.row + core.rows - 1 - row + 0.5) * core.cell) / nodes
      const [r, v] = [Math.floor(y), y - Math.floor(y)]
      let [known, nw, ne, sw, se] = [Number.NaN, NONE, NONE, NONE, NONE]
      for (let column = west; column < east; column++) {
        const at = row * core.columns + column
        const z = heights[(row + margin) * columns + margin + column]
        if (z === VOID || (only !== undefined && only[at] === 0)) continue
        const x = ((core.column + column + 0.5) * core.cell) / nodes
        const c = Math.floor(x)
        if (c !== known) {
          ;[known, sw, se] = [c, profileAt(c, r), profileAt(c + 1, r)]
          ;[nw, ne] = [profileAt(c, r + 1), profileAt(c + 1, r + 1)]
        }
        const u = x - c
        const lower = findTangent(sw, z) * (1 - u) + findTangent(se, z) * u
        const tangent = lower * (1 - v) + (findTangent(nw, z) * (1 - u) + findTangent(ne, z) * u) * v
        if (tangent > tangents[at]) tangents[at] = tangent
      }
    }
  }

  /** The lines (rise − z) · inverse that are the greatest for some z, by distance. */
  #measureProfile(x0: number, y0: number, azimuth: number): Profile {
    const [east, north] = [Math.sin((azimuth * Math.PI) / 180), Math.cos((azimuth * Math.PI) / 180)]
    const rise: number[] = []
    const inverse: number[] = []
    const until: number[] = []
    for (let d = Math.max(this.#reach, reliefCell); d <= this.#far; d += reliefCell) {
      const height = this.#heightAt(x0 + east * d, y0 + north * d)
      if (Number.isNaN(height)) continue
      const h = height - (d * d * (1 - REFRACTION)) / (2 * RADIUS)
      // The last line counts for no z if the new one overtakes it before it overtakes its own
      // forerunner.
      let from = meeting(rise, inverse, h, 1 / d)
      while (until.length > 0 && from <= until[until.length - 1]) {
        rise.pop()
        inverse.pop()
        until.pop()
        from = meeting(rise, inverse, h, 1 / d)
      }
      if (rise.length > 0) until.push(from)
      rise.push(h)
      inverse.push(1 / d)
    }
    const [rises, inverses, untils] = [rise, inverse, until].map((numbers) => Float64Array.from(numbers))
    return { rise: rises, inverse: inverses, until: untils }
  }

  /** Height between the centres of four cells; the same numbers whatever the raster's window. */
  #heightAt(x: number, y: number): number {
    const { data, width, height, minX, maxY } = this.#relief
    const [across, up] = [x / reliefCell - 0.5, y / reliefCell - 0.5]
    const [c, r] = [Math.floor(across), Math.floor(up)]
    const [u, v] = [across - c, up - r]
    const column = c - Math.round(minX / reliefCell)
    const row = Math.round(maxY / reliefCell) - 1 - r
    if (column < 0 || row < 1 || column >= width - 1 || row >= height) return Number.NaN
    const i = row * width + column
    const lower = data[i] * (1 - u) + data[i + 1] * u
    return lower * (1 - v) + (data[i - width] * (1 - u) + data[i - width + 1] * u) * v
  }
}

const NONE: Profile = { rise: new Float64Array(0), inverse: new Float64Array(0), until: new Float64Array(0) }

/** The z at which a new line of a smaller slope overtakes the last one. */
const meeting = (rise: readonly number[], inverse: readonly number[], h: number, inv: number): number => {
  const last = rise.length - 1
  return last < 0 ? Number.NaN : (rise[last] * inverse[last] - h * inv) / (inverse[last] - inv)
}

/** The tangent at z, at least 0. */
const findTangent = ({ rise, inverse, until }: Profile, z: number): number => {
  if (rise.length === 0) return 0
  let [low, high] = [0, until.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (z > until[middle]) low = middle + 1
    else high = middle
  }
  return Math.max(0, (rise[low] - z) * inverse[low])
}
