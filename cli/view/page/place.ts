/** Converts CRS coordinates to scene coordinates, and back. */
import { Vector3 } from "three"
import { type CrsTransforms, createTransforms } from "../../../engine/grid/crs-transforms.js"
import type { OutputDescription } from "../describe-output.js"

/** East, north and up at a place, unit vectors of the scene. */
export interface Axes {
  readonly east: Vector3
  readonly north: Vector3
  readonly up: Vector3
}

/** Converts CRS metres and heights to the scene's coordinates and back. */
export interface Place {
  toScene(x: number, y: number, z: number): Vector3
  fromScene(point: Vector3): [x: number, y: number, z: number]
  axesAt(x: number, y: number): Axes
}

/** The plane scene: its coordinates are those of the CRS. */
export const planePlace: Place = {
  toScene: (x, y, z) => new Vector3(x, y, z),
  fromScene: (point) => [point.x, point.y, point.z],
  axesAt: () => ({ east: new Vector3(1, 0, 0), north: new Vector3(0, 1, 0), up: new Vector3(0, 0, 1) }),
}

/**
 * The geocentric scene (EPSG:4978). Heights of the job become ellipsoidal by the geoid of the run.
 */
export const globePlace = (description: OutputDescription): Place => {
  const crs = createTransforms(description.crs.proj)
  const undulation = interpolateUndulation(description)
  return {
    toScene: (x, y, z) => new Vector3(...crs.geocentric(x, y, z + undulation(x, y))),
    fromScene: (point) => {
      const [x, y, h] = crs.fromGeocentric(point.x, point.y, point.z)
      return [x, y, h - undulation(x, y)]
    },
    axesAt: (x, y) => axesOn(crs, x, y),
  }
}

const DEGREE = Math.PI / 180

const axesOn = (crs: CrsTransforms, x: number, y: number): Axes => {
  const [lon, lat] = crs.toGeographic(x, y)
  const [sinLon, cosLon] = [Math.sin(lon * DEGREE), Math.cos(lon * DEGREE)]
  const [sinLat, cosLat] = [Math.sin(lat * DEGREE), Math.cos(lat * DEGREE)]
  return {
    east: new Vector3(-sinLon, cosLon, 0),
    north: new Vector3(-sinLat * cosLon, -sinLat * sinLon, cosLat),
    up: new Vector3(cosLat * cosLon, cosLat * sinLon, sinLat),
  }
}

/** Bilinear between the server's samples; outside the job's box the nearest of them. */
const interpolateUndulation = ({ box, undulation }: OutputDescription): ((x: number, y: number) => number) => {
  if (box === undefined || undulation === undefined) return () => 0
  const { side, values } = undulation
  const at = (column: number, row: number): number => values[row * side + column] ?? 0
  const cell = (value: number, min: number, max: number): [whole: number, part: number] => {
    const place = Math.min(side - 1, Math.max(0, ((value - min) / (max - min)) * (side - 1)))
    const whole = Math.min(side - 2, Math.floor(place))
    return [whole, place - whole]
  }
  return (x, y) => {
    const [column, u] = cell(x, box[0], box[2])
    const [row, v] = cell(y, box[1], box[3])
    const south = at(column, row) * (1 - u) + at(column + 1, row) * u
    const north = at(column, row + 1) * (1 - u) + at(column + 1, row + 1) * u
    return south * (1 - v) + north * v
  }
}
