/** Reads an area of interest and projects it to the CRS of the job. */
import { EngineError, type ErrorContext } from "../errors.js"
import type { Area } from "../formats/vector/area.js"
import { crsByEpsg } from "../grid/crs.js"
import { betweenCrs } from "../grid/source-crs.js"

/**
 * An edge straight in its own CRS is split until it deviates at most this much in the job CRS,
 * metres.
 */
const tolerance = 0.05
/** 2^20 pieces an edge: below the tolerance for any edge on Earth. */
const mostHalvings = 20

export type Project = (x: number, y: number) => [x: number, y: number]

/**
 * Projects an area to the job's CRS. Edges get extra vertices until none deviates more than 5 cm.
 * Neighbours that share an edge still share it, bit by bit.
 *
 * @param from EPSG code (4326: longitude and latitude), or undefined for coordinates in the job's
 * CRS
 * @param option flag for messages
 * @throws EngineError E_INPUT for an unknown CRS
 */
export const projectArea = (
  area: Area,
  from: number | undefined,
  to: number,
  { file, option }: { readonly file: string; readonly option: string },
): Area => {
  if (from === undefined || from === to) return area
  const project = projection(
    from,
    to,
    { file, option },
    `--${option}: ${file} is in EPSG:${from}, the job in EPSG:${to}`,
  )
  return { rings: area.rings.map((polygon) => polygon.map((ring) => projectRing(ring, project))) }
}

/**
 * Returns the projection from one CRS (4326: longitude and latitude) to the job's. Throws E_INPUT
 * for an unknown CRS; the message begins with `found`.
 */
export const projection = (from: number, to: number, context: ErrorContext, found: string): Project => {
  // An error of the job's own CRS is no fault of the file.
  crsByEpsg(to)
  try {
    return betweenCrs(from, to)
  } catch (cause) {
    throw new EngineError("E_INPUT", `${found}. Give it in EPSG:${to} or EPSG:4326.`, context, cause)
  }
}

const projectRing = (ring: Float64Array, project: Project): Float64Array => {
  const xy: number[] = []
  // Halving gives the same vertices from both ends of an edge.
  const addBetween = (a: Vertex, b: Vertex, depth: number): void => {
    const middle = vertexAt((a.x + b.x) / 2, (a.y + b.y) / 2, project)
    const off = Math.hypot(middle.px - (a.px + b.px) / 2, middle.py - (a.py + b.py) / 2)
    if (!(off > tolerance) || depth === mostHalvings) return
    addBetween(a, middle, depth + 1)
    xy.push(middle.px, middle.py)
    addBetween(middle, b, depth + 1)
  }
  let last: Vertex | undefined
  for (let i = 0; i < ring.length; i += 2) {
    const next = vertexAt(ring[i]!, ring[i + 1]!, project)
    if (last !== undefined) addBetween(last, next, 0)
    xy.push(next.px, next.py)
    last = next
  }
  return Float64Array.from(xy)
}

interface Vertex {
  readonly x: number
  readonly y: number
  readonly px: number
  readonly py: number
}

const vertexAt = (x: number, y: number, project: Project): Vertex => {
  const [px, py] = project(x, y)
  return { x, y, px, py }
}

/**
 * Reads the polygons of a GeoJSON or FlatGeobuf file in the job's CRS. Longitude and latitude (RFC
 * 7946) and other CRSs are projected. A file without a CRS whose coordinates cannot be degrees
 * counts as in the job's CRS. Throws E_INPUT for an unknown CRS.
 */
export const readArea = async (path: string, epsg: number): Promise<Area> => {
  const { readPolygons } = await import("../formats/vector/polygons.js")
  const polygons = await readPolygons(path)
  return projectArea(polygons, polygons.epsg, epsg, { file: path, option: "aoi" })
}
