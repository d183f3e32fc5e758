/** The projected CRSs in metres that maille works in. */
import type { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/rings.js"
import { EngineError } from "../errors.js"
import { type CrsDefinition, defineCrs } from "./crs-table.js"
import { type CrsTransforms, createTransforms } from "./crs-transforms.js"

/** A projected CRS in metres. */
export interface Crs extends CrsTransforms {
  readonly epsg: number
  readonly name: string
  /** The proj4 string. */
  readonly definition: string
  /** Box of the area of use, CRS metres: rounded outwards to 1 km. */
  readonly area: Box2
  /** Metres by which places on the globe may be off, at most in the area of use. */
  readonly error: number
  /** A grid of PROJ that places points better, which maille does not read. */
  readonly grid?: { readonly file: string; readonly accuracy: number }
}

const known = new Map<number, Crs>()

/**
 * The CRS of an EPSG code: one of some 4,500 projected systems in metres, with proj4's transforms.
 *
 * A datum is shifted as PROJ does without grids. RGF93, ETRS89, NAD83 and others count as WGS 84
 * (up to 2 m for NAD83).
 *
 * @throws EngineError E_INPUT with a remedy, where the code is unknown, geographic, in feet, or a
 * Mercator projection
 */
export const crsByEpsg = (epsg: number): Crs => {
  const ready = known.get(epsg)
  if (ready !== undefined) return ready
  const definition = defineCrs(epsg)
  if (definition === undefined) throw new EngineError("E_INPUT", unknownCode(epsg))
  const refusal = findRefusal(epsg, definition)
  if (refusal !== undefined) throw new EngineError("E_INPUT", refusal)
  const transforms = createTransforms(definition.proj)
  const { name, proj, bounds, error, grid, firstQuadrant } = definition
  const whole = projectArea(bounds, transforms.fromGeographic)
  const area: Box2 = firstQuadrant ? [Math.max(0, whole[0]), Math.max(0, whole[1]), whole[2], whole[3]] : whole
  const crs: Crs = { epsg, name, definition: proj, area, error, ...(grid === undefined ? {} : { grid }), ...transforms }
  known.set(epsg, crs)
  return crs
}

const unknownCode = (epsg: number): string =>
  `EPSG:${epsg}: not a projected CRS that maille knows. State the right code with --crs EPSG:n, or reproject the data to one that it knows (2154, 2056, 28992, 6677, UTM zones …).`

const REMEDY = "maille copc FILE --to EPSG:n --out COPIES"

const findRefusal = (epsg: number, { name, proj, kind, unit }: CrsDefinition): string | undefined => {
  const found = `EPSG:${epsg} (${name})`
  if (kind === "geographic") {
    return `${found} is in degrees; maille needs metres. Reproject points with ${REMEDY}, for France --to EPSG:2154.`
  }
  if (unit !== 1) return `${found} is in feet or another unit than metres. Reproject points with ${REMEDY}.`
  if (!proj.includes("+proj=merc ")) return undefined
  return `${found} is metric in name only: its scale grows with latitude as 1/cos φ. Reproject points with ${REMEDY}, where n is a CRS of the place.`
}

/** Box around the projected border of the area of use, rounded outwards to 1 km. */
const projectArea = (
  [west, south, east, north]: readonly [number, number, number, number],
  project: (lon: number, lat: number) => [number, number],
): Box2 => {
  const border: [x: number, y: number][] = []
  const steps = 64
  for (let i = 0; i <= steps; i++) {
    const lon = west + ((east - west) * i) / steps
    const lat = south + ((north - south) * i) / steps
    border.push(project(lon, south), project(lon, north), project(west, lat), project(east, lat))
  }
  // A projection may have no place for the far ends of an area that spans the globe.
  const box = boxOfRings(border.filter((place) => place.every((value) => Math.abs(value) < FARTHEST)))
  const km = (value: number, round: (value: number) => number): number => round(value / 1000) * 1000
  return [km(box[0], Math.floor), km(box[1], Math.floor), km(box[2], Math.ceil), km(box[3], Math.ceil)]
}

/** Metres; coordinates with the zone's number in front of the easting stay below it. */
const FARTHEST = 100_000_000
