/** Chooses, for each projected CRS, the shift to WGS 84 that PROJ applies without grids. */
import { spawnSync } from "node:child_process"
import proj4 from "proj4"
import type { Bounds, Geographic, Registry, Shift } from "./registry.js"

const NONE: Shift = { code: 0, source: 0, target: 4326, parameters: [0, 0, 0, 0, 0, 0, 0], accuracy: Number.NaN }
const GLOBE = "+proj=longlat +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +no_defs"

const longlatOf = ({ semiMajor, inverseFlattening, meridian }: Geographic, shift: readonly number[]): string =>
  `+proj=longlat +a=${semiMajor} ${inverseFlattening === 0 ? `+b=${semiMajor}` : `+rf=${inverseFlattening}`} +pm=${meridian} +towgs84=${shift.join(",")} +no_defs`

/** Nine places of an area of use, its border included, degrees of Greenwich. */
const spreadPlaces = ([west, south, east, north]: Bounds): [lon: number, lat: number][] =>
  [0, 0.5, 1].flatMap((u) =>
    [0, 0.5, 1].map((v): [number, number] => [
      west + (east - west) * u,
      Math.min(89, Math.max(-89, south + (north - south) * v)),
    ]),
  )

/**
 * The places of areas on WGS 84 by PROJ, by one process of `cs2cs`: latitude and longitude.
 * `known`: PROJ has a transformation of the datum.
 */
export const placesByProj = (
  { code, meridian, unit }: Geographic,
  areas: readonly Bounds[],
  environment: NodeJS.ProcessEnv,
): { readonly theirs: number[][]; readonly known: boolean } => {
  const places = areas.flatMap(spreadPlaces)
  const input = places.map(([lon, lat]) => `${lat / unit} ${(lon - meridian) / unit}\n`).join("")
  const ask = (options: readonly string[]): string => {
    const asked = [...options, "-f", "%.11f", `EPSG:${code}`, "EPSG:4326"]
    return spawnSync("cs2cs", asked, { input, encoding: "utf8", env: environment, maxBuffer: 1e9 }).stdout
  }
  // Outside the areas of all operations PROJ would leave the datum unchanged; where it has any
  // operation, that is 50 to 500 m off.
  const exact = ask(["--no-ballpark"])
  const known = /^\s*[-\d]/.test(exact)
  const lines = (known ? exact : ask([])).trim().split("\n")
  return { theirs: lines.map((line) => line.split(/\s+/).map(Number)), known }
}

/** Metres between PROJ's places and those of a shift, for each place of the areas. */
const measureDistances = (
  geographic: Geographic,
  areas: readonly Bounds[],
  theirs: readonly number[][],
  shift: readonly number[],
): number[] => {
  const transform = proj4(longlatOf(geographic, shift), GLOBE)
  return areas
    .flatMap(spreadPlaces)
    .map(([lon, lat], i) => metresBetween(transform.forward([lon - geographic.meridian, lat]), theirs[i] ?? []))
}

/** True if PROJ takes the datum for WGS 84, within a millimetre. */
export const countsAsWgs84 = (geographic: Geographic, areas: readonly Bounds[], theirs: readonly number[][]): boolean =>
  measureDistances(geographic, areas, theirs, NONE.parameters).every((metres) => metres < 0.001)

/**
 * For each area, the transformation that PROJ applies at its centre. Of several with this result,
 * the one that is closest to PROJ's at all nine places, then the most accurate. `code` is the EPSG
 * code of the transformation; 0 where the datum counts as WGS 84. `error`, metres, is the stated
 * accuracy, and at least the distance to PROJ's result.
 */
export const chooseShifts = (
  geographic: Geographic,
  areas: readonly Bounds[],
  theirs: readonly number[][],
  candidates: readonly Shift[],
) => {
  const tried = [NONE, ...candidates].map((shift) => ({
    shift,
    distances: measureDistances(geographic, areas, theirs, shift.parameters),
  }))
  return areas.map((_, at) => {
    const ranked = tried.map(({ shift, distances }) => {
      const nine = distances.slice(at * 9, at * 9 + 9)
      const unknown = shift.code === 0 ? 0 : 999
      const accuracy = Number.isNaN(shift.accuracy) ? unknown : shift.accuracy
      return { shift, centre: nine[4] ?? Number.NaN, away: Math.max(...nine), accuracy }
    })
    const millimetres = (metres: number): number => Math.round(metres * 1000)
    ranked.sort(
      (a, b) =>
        millimetres(a.centre) - millimetres(b.centre) ||
        millimetres(a.away) - millimetres(b.away) ||
        a.accuracy - b.accuracy,
    )
    const [best] = ranked
    if (best === undefined) throw new Error("no transformation was tried")
    // Rounded up, so that it stays a bound; below 1 cm both agree.
    const away = best.away < 0.01 ? 0 : Math.ceil(best.away * 10.1) / 10
    const error = Math.max(best.accuracy === 999 ? 0 : best.accuracy, away)
    return { parameters: best.shift.parameters, code: best.shift.code, error }
  })
}

/** The shift of a CRS, and how far off it may be. */
export type ChosenShift = ReturnType<typeof chooseShifts>[number]

const metresBetween = (ours: readonly number[], [lat = Number.NaN, lon = Number.NaN]: readonly number[]): number => {
  const [x = Number.NaN, y = Number.NaN] = ours
  const across = ((((x - lon + 540) % 360) + 360) % 360) - 180
  const metres = 111_320
  return Math.hypot(across * Math.cos((lat * Math.PI) / 180) * metres, (y - lat) * metres)
}

/** Transformations from a datum to systems that count as WGS 84, reversed where stated so. */
export const findCandidates = (
  registry: Registry,
  geographic: Geographic,
  isHub: (code: number) => boolean,
): Shift[] => {
  const own = new Set([geographic.datum, registry.rotated.get(geographic.datum)])
  const same = (code: number): boolean => own.has(registry.datums.get(code) ?? -1)
  return registry.shifts.flatMap((shift) => {
    if (same(shift.source) && isHub(shift.target)) return [shift]
    if (!same(shift.target) || !isHub(shift.source)) return []
    return [{ ...shift, parameters: shift.parameters.map((value) => 0 - value) }]
  })
}
