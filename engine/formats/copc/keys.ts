/**
 * Morton keys of records in the octree's cube. In key order, the points of a node are contiguous.
 */
import type { RecordTotals } from "../las/write/record-spec.js"

/** Levels that keys resolve: cells of 2^-20 of the cube's side. */
export const KEY_LEVELS = 20
/**
 * Levels between a node and its cells: 2^7 cells per axis. Each cell takes one point from the
 * node's children.
 */
export const CELL_LEVELS = 7

const HALF_BITS = 30

/** The cube of an octree: its corner in stored integers, its side in steps of each axis's scale. */
export interface Cube {
  readonly corner: readonly [number, number, number]
  readonly steps: readonly [number, number, number]
  /** CRS metres. */
  readonly centre: readonly [number, number, number]
  readonly halfSize: number
}

/** Morton keys of records: 10 levels in `high`, 10 in `low`; 3 bits a level, z above y above x. */
export interface Keys {
  readonly high: Uint32Array
  readonly low: Uint32Array
}

/**
 * The least half-open cube that contains the points, from their minimum corner. Without points: one
 * step.
 */
export const fitCube = (
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

/** Rounds a quotient that differs from an integer only by rounding error: cells are then exact. */
const roundedSteps = (steps: number): number => {
  const near = Math.round(steps)
  return Math.abs(steps - near) < 1e-6 * near ? near : steps
}

/** Shifts that reduce a key to its cell of a level: `high >>> highShift` and `low >>> lowShift`. */
export const shiftsOf = (level: number): { readonly highShift: number; readonly lowShift: number } => ({
  highShift: level < 10 ? HALF_BITS - 3 * level : 0,
  // A shift by 30 discards all 30 bits.
  lowShift: level < 10 ? HALF_BITS : HALF_BITS - 3 * (Math.min(level, KEY_LEVELS) - 10),
})

/** The octant (0–7) of a key in its cell of the parent level. */
export const octantOf = (level: number, high: number, low: number): number => {
  const { highShift, lowShift } = shiftsOf(level)
  return (level <= 10 ? high >>> highShift : low >>> lowShift) & 7
}
