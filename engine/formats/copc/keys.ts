/**
 * Morton keys of records in the octree's cube; in their order the points of a node follow each
 * other.
 */
import type { RecordTotals } from "../las/write/record-spec.js"

/** Levels that keys tell apart: cells of 2^-20 of the cube's side. */
export const KEY_LEVELS = 20
/** Cells of a node's side, per axis, that give one point each to the node above. */
export const CELL_LEVELS = 7

const HALF_BITS = 30
const RESOLUTION = 2 ** KEY_LEVELS

/** The cube of an octree: its corner in stored integers, its side in steps of each axis. */
export interface Cube {
  readonly corner: readonly [number, number, number]
  readonly steps: readonly [number, number, number]
  /** CRS metres. */
  readonly centre: readonly [number, number, number]
  readonly halfSize: number
}

/** Morton keys of records: 10 levels in `high`, 10 in `low`, 3 bits a level, z above y above x. */
export interface Keys {
  readonly high: Uint32Array
  readonly low: Uint32Array
}

/** The least cube at the least corner of points that holds them, half-open. Without points: one step. */
export const cubeOf = (
  { min, max, count }: Pick<RecordTotals, "min" | "max" | "count">,
  scale: readonly number[],
  offset: readonly number[],
): Cube => {
  const axes = [0, 1, 2] as const
  const corner = axes.map((axis) => (count > 0 ? min[axis] : 0)) as [number, number, number]
  const side = Math.max(...axes.map((axis) => (count > 0 ? max[axis] - min[axis] + 1 : 1) * scale[axis]!))
  return {
    corner,
    steps: axes.map((axis) => Math.max(1, roundedSteps(side / scale[axis]!))) as [number, number, number],
    centre: axes.map((axis) => corner[axis] * scale[axis]! + offset[axis]! + side / 2) as [number, number, number],
    halfSize: side / 2,
  }
}

/** A whole number where it is one but for rounding: cells are then exact. */
const roundedSteps = (steps: number): number => {
  const near = Math.round(steps)
  return Math.abs(steps - near) < 1e-6 * near ? near : steps
}

/** Ten bits, each three places apart. */
const spread = (value: number): number => {
  let bits = value
  bits = (bits | (bits << 16)) & 0x030000ff
  bits = (bits | (bits << 8)) & 0x0300f00f
  bits = (bits | (bits << 4)) & 0x030c30c3
  return (bits | (bits << 2)) & 0x09249249
}

const cellOf = (stored: number, corner: number, steps: number): number => {
  const cell = Math.floor(((stored - corner) * RESOLUTION) / steps)
  return cell < 0 ? 0 : cell >= RESOLUTION ? RESOLUTION - 1 : cell
}

/**
 * Keys of `count` records of `stride` words from the `first` on. Quotients of whole numbers below 2^53 and 2^32 round to
 * a whole number only where they are one: with whole `steps` no point lands beside its cell. Points outside the cube go to its face.
 */
export const fillKeys = (
  { corner, steps }: Cube,
  words: Int32Array,
  stride: number,
  first: number,
  count: number,
  { high, low }: Keys,
  into: number,
): void => {
  const [x0, y0, z0] = corner
  const [sx, sy, sz] = steps
  for (let i = 0, at = first * stride; i < count; i++, at += stride) {
    const x = cellOf(words[at]!, x0, sx)
    const y = cellOf(words[at + 1]!, y0, sy)
    const z = cellOf(words[at + 2]!, z0, sz)
    high[into + i] = spread(x >> 10) | (spread(y >> 10) << 1) | (spread(z >> 10) << 2)
    low[into + i] = spread(x & 1023) | (spread(y & 1023) << 1) | (spread(z & 1023) << 2)
  }
}

/** How a key's cell of a level is read: its bits are those of `high` above `highShift`, and of `low` above `lowShift`. */
export const shiftsOf = (level: number): { readonly highShift: number; readonly lowShift: number } => ({
  highShift: level < 10 ? HALF_BITS - 3 * level : 0,
  // A shift by 30 leaves nothing of 30 bits.
  lowShift: level < 10 ? HALF_BITS : HALF_BITS - 3 * (Math.min(level, KEY_LEVELS) - 10),
})

/** The octant (0–7) that a key lies in, of the cell of the level above. */
export const octantOf = (level: number, high: number, low: number): number => {
  const { highShift, lowShift } = shiftsOf(level)
  return (level <= 10 ? high >>> highShift : low >>> lowShift) & 7
}
