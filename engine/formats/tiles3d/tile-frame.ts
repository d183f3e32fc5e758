/**
 * Defines the local frame of a content, and the lattice on which neighbours share vertices.
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
