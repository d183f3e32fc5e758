/** Computes the oriented bounding boxes of 3D Tiles, and their corners and axes. */
import type { Mesh } from "../../kernel.js"
import { latticePositions, type TileFrame } from "./tile-frame.js"

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
