/** The axis-aligned box that engine and kernels share, and its border rules. */

/** A box `[minX, minY, maxX, maxY]` in the job's CRS, metres. */
export type Box2 = readonly [minX: number, minY: number, maxX: number, maxY: number]

/** Operations on boxes. Ownership is half-open, `[min, max)`; tests of meeting are closed. */
export const Box2 = {
  /** The box grown by `margin` metres on each side. */
  grow: (box: Box2, margin: number): Box2 => [box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin],
  /** True where the closed boxes share at least a point. */
  meets: (a: Box2, b: Box2): boolean => a[0] <= b[2] && a[2] >= b[0] && a[1] <= b[3] && a[3] >= b[1],
  /** True where the open boxes overlap; a shared edge is not enough. */
  overlaps: (a: Box2, b: Box2): boolean => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1],
  /** Half-open membership: `min <= p < max`. */
  owns: (box: Box2, x: number, y: number): boolean => x >= box[0] && x < box[2] && y >= box[1] && y < box[3],
  /** The smallest box around both. */
  union: (a: Box2, b: Box2): Box2 => [
    Math.min(a[0], b[0]),
    Math.min(a[1], b[1]),
    Math.max(a[2], b[2]),
    Math.max(a[3], b[3]),
  ],
  /** The common part. Where the boxes do not meet, a max may be below its min. */
  intersection: (a: Box2, b: Box2): Box2 => [
    Math.max(a[0], b[0]),
    Math.max(a[1], b[1]),
    Math.min(a[2], b[2]),
    Math.min(a[3], b[3]),
  ],
  /** Area in m²; 0 for an inverted box. */
  area: (box: Box2): number => Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1]),
} as const
