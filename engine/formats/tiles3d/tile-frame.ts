/**
 * Defines the local frame of a content, the lattice on which neighbours share vertices, and the
 * oriented bounding boxes.
 * See docs/decisions/03-geocentric-lattice.md.
 */
import type { Box2 } from "../../core/geometry/box.js"
import { EngineError } from "../../errors.js"
import type { Crs } from "../../grid/crs.js"
import { geographicToGeocentric } from "../../grid/crs-transforms.js"
import type { Geoid } from "../../grid/geoid.js"
import type { Mesh } from "../../kernel.js"

/**
 * The local frame of a content: axes parallel to the geocentric ones, origin `centre`. Positions
 * are rounded to a geocentric lattice of `step` metres, common to all tiles of one size. `centre`
 * is on it too. A vertex that two neighbours share therefore has the same lattice point in both.
 */
export interface TileFrame {
  /** Geocentric metres, multiples of `step`. */
  readonly centre: readonly [X: number, Y: number, Z: number]
  /** A power of two, metres: 1/256 for tiles up to 16 km, proportionally larger above. */
  readonly step: number
  /**
   * Converts CRS metres, with a height in the job's height system, to geocentric metres, unrounded.
   */
  toGeocentric(x: number, y: number, z: number): [X: number, Y: number, Z: number]
}

/** The largest lattice offset of meshopt's exponential filter: a signed mantissa of 24 bits. */
const MAX_OFFSET = 2 ** 23 - 1
const FINEST_STEP = 1 / 256

/**
 * Metres. Half the diagonal of such a tile, with its relief, is below 2^23 steps of 1/256 m (32768
 * m).
 */
const FINEST_SIDE = 16384

const stepOf = (side: number): number => {
  let step = FINEST_STEP
  while (side > FINEST_SIDE * (step / FINEST_STEP)) step *= 2
  return step
}

/**
 * Returns the frame of a tile. The step depends only on the tile's side, never on its content, so
 * neighbours of one level share the lattice.
 *
 * @param box the tile's cell, CRS metres
 * @param zRange lowest and highest height of the content; only the centre depends on it
 */
export const chooseFrame = (
  crs: Crs,
  geoid: Geoid,
  box: Box2,
  zRange: readonly [min: number, max: number],
): TileFrame => {
  const toGeocentric = (x: number, y: number, z: number): [number, number, number] => {
    const [lon, lat] = crs.toGeographic(x, y)
    return geographicToGeocentric(lon, lat, z + geoid.undulation(lon, lat))
  }
  const side = Math.max(box[2] - box[0], box[3] - box[1])
  const step = stepOf(side)
  const middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, (zRange[0] + zRange[1]) / 2] as const
  // The middle of a very large tile may be outside the geoid grid. Any nearby centre is good
  // enough.
  const [X, Y, Z] =
    side > FINEST_SIDE
      ? geographicToGeocentric(...crs.toGeographic(middle[0], middle[1]), middle[2])
      : toGeocentric(...middle)
  const onLattice = (value: number): number => Math.round(value / step) * step
  return { centre: [onLattice(X), onLattice(Y), onLattice(Z)], step, toGeocentric }
}

/**
 * Vertices of a mesh in lattice steps from the frame's centre, 3 · n, geocentric axes (z north).
 * Absolute millimetres are integers, so a mesh's origin does not affect the rounding.
 *
 * @throws EngineError E_INTERNAL if a vertex is beyond the 2^23 steps that the encoding allows
 */
export const latticePositions = (mesh: Mesh, frame: TileFrame): Int32Array => {
  const { positions, origin } = mesh
  const [originX, originY, originZ] = origin.map((value) => Math.round(value * 1000)) as [number, number, number]
  const [centreX, centreY, centreZ] = frame.centre.map((value) => value / frame.step) as [number, number, number]
  const out = new Int32Array(positions.length)
  let furthest = 0
  for (let i = 0; i < positions.length; i += 3) {
    const x = (originX + positions[i]!) / 1000
    const y = (originY + positions[i + 1]!) / 1000
    const z = (originZ + positions[i + 2]!) / 1000
    const place = frame.toGeocentric(x, y, z)
    const u = Math.round(place[0] / frame.step) - centreX
    const v = Math.round(place[1] / frame.step) - centreY
    const w = Math.round(place[2] / frame.step) - centreZ
    out[i] = u
    out[i + 1] = v
    out[i + 2] = w
    furthest = Math.max(furthest, Math.abs(u), Math.abs(v), Math.abs(w))
  }
  if (furthest > MAX_OFFSET) {
    throw new EngineError(
      "E_INTERNAL",
      `a vertex is ${furthest * frame.step} m from the centre of its tile; expected at most ${MAX_OFFSET * frame.step} m`,
    )
  }
  return out
}

/** A 3D Tiles `box`: centre, then three half-axis vectors, 12 numbers, metres in its own frame. */
export type OrientedBox = readonly number[]

type Vector = readonly [x: number, y: number, z: number]

/**
 * The box of a content in the frame's local coordinates (geocentric axes, origin `frame.centre`).
 * Its axes are east, north and up at the centre. Its limits are those of the encoded vertices.
 *
 * @param lattice the mesh's `latticePositions`, if the caller has them
 */
export const boundingBox = (mesh: Mesh, frame: TileFrame, lattice = latticePositions(mesh, frame)): OrientedBox => {
  const points = new Float64Array(lattice.length)
  for (let i = 0; i < points.length; i++) points[i] = lattice[i]! * frame.step
  return boxAround(points, axesAt(frame.centre), frame.step)
}

/**
 * The box around points (3 · n) with the given unit axes. Each half axis is at least `least` long.
 */
export const boxAround = (points: ArrayLike<number>, axes: readonly Vector[], least: number): OrientedBox => {
  const centre = [0, 0, 0]
  const halves: number[] = []
  for (const axis of axes) {
    const { min, max } = rangeAlong(points, axis[0], axis[1], axis[2])
    const half = Math.max(least, (max - min) / 2)
    for (let k = 0; k < 3; k++) {
      centre[k]! += (axis[k]! * (min + max)) / 2
      halves.push(axis[k]! * half)
    }
  }
  return [...centre, ...halves]
}

const rangeAlong = (
  points: ArrayLike<number>,
  ax: number,
  ay: number,
  az: number,
): { readonly min: number; readonly max: number } => {
  let min = Infinity
  let max = -Infinity
  for (let i = 0; i < points.length; i += 3) {
    const along = points[i]! * ax + points[i + 1]! * ay + points[i + 2]! * az
    if (along < min) min = along
    if (along > max) max = along
  }
  return { min, max }
}

/** The eight corners of a box, moved by `offset`, 24 numbers. */
export const listCorners = (box: OrientedBox, offset: Vector): number[] => {
  const corners: number[] = []
  for (let corner = 0; corner < 8; corner++) {
    for (let k = 0; k < 3; k++) {
      let value = box[k]! + offset[k]!
      for (let axis = 0; axis < 3; axis++) value += box[3 + 3 * axis + k]! * ((corner >> axis) & 1 ? 1 : -1)
      corners.push(value)
    }
  }
  return corners
}

export const axesOf = (box: OrientedBox): Vector[] =>
  [3, 6, 9].map((at) => {
    const length = Math.hypot(box[at]!, box[at + 1]!, box[at + 2]!)
    return [box[at]! / length, box[at + 1]! / length, box[at + 2]! / length]
  })

/**
 * East, north and up at a geocentric place. Up is that of the geocentric latitude, close enough for
 * a box.
 */
const axesAt = ([x, y, z]: Vector): Vector[] => {
  const ring = Math.hypot(x, y)
  const radius = Math.hypot(x, y, z)
  const up: Vector = [x / radius, y / radius, z / radius]
  const east: Vector = [-y / ring, x / ring, 0]
  const north: Vector = [-up[2] * east[1], up[2] * east[0], up[0] * east[1] - up[1] * east[0]]
  return [east, north, up]
}
