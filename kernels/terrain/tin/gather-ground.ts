/**
 * Gathers a tile's ground points and the cells that hold returns, in WebAssembly where it is
 * prepared.
 */
import type { Points, Scratch } from "../../../engine/kernel.js"
import { type GatheredGround, type GatherRule, type GroundCore, preparedGroundCore } from "../wasm/ground.js"
import { GroundMark, markGround } from "./accept-ground.js"
import { pointsOfClasses } from "./accepted-points.js"

/** Metre cells, mm. */
const CELL = 1000

/**
 * The ground points of a tile that a height field can meet: those of the wanted classes but those that {@link markGround} marks, strictly inside the square and, beside them, near its border; and where
 * there are returns of any class. In WebAssembly where it was prepared and the numbers are small enough for it, else by {@link gatherPlainly}, with the same result. O(points).
 *
 * @param returns in canonical order
 * @throws Error for points in another order
 */
export const gatherGround = (
  returns: Points,
  rule: GatherRule,
  scratch: Scratch,
  core: GroundCore | null = preparedGroundCore(),
): { readonly ground: GatheredGround; readonly core: GroundCore | null } => {
  const ground = core?.gather(returns, rule)
  if (ground !== undefined) return { ground, core }
  return { ground: gatherPlainly(returns, rule, scratch), core: null }
}

/** The twin of the passes in WebAssembly. The columns live in the scratch. */
const gatherPlainly = (returns: Points, rule: GatherRule, scratch: Scratch): GatheredGround => {
  const points = pointsOfClasses(returns, rule.wanted, scratch)
  const marks = scratch.uint8(points.count)
  markGround(points, rule.step / 2, marks)
  const own = points !== returns
  const { x: fromX, y: fromY, z: fromZ, count: all } = points
  const fromClasses = points.classification!
  const x = own ? fromX : scratch.int32(all)
  const y = own ? fromY : scratch.int32(all)
  const z = own ? fromZ : scratch.int32(all)
  const classes = own ? fromClasses : scratch.uint8(all)
  const near: { x: number[]; y: number[]; z: number[] } = { x: [], y: [], z: [] }
  const counts = [0, 0, 0]
  let count = 0
  for (let i = 0; i < all; i++) {
    const [px, py, pz] = [fromX[i], fromY[i], fromZ[i]]
    const inside = px > 0 && py > 0 && px < rule.side && py < rule.side
    if (inside) counts[marks[i]]!++
    if (marks[i] !== GroundMark.usable) continue
    if (inside) {
      x[count] = px
      y[count] = py
      z[count] = pz
      classes[count++] = fromClasses[i]
    }
    if (!isNear(px, py, rule)) continue
    near.x.push(px)
    near.y.push(py)
    near.z.push(pz)
  }
  return {
    inside: {
      count,
      x: x.subarray(0, count),
      y: y.subarray(0, count),
      z: z.subarray(0, count),
      classes: classes.subarray(0, count),
    },
    near: { count: near.x.length, x: Int32Array.from(near.x), y: Int32Array.from(near.y), z: Int32Array.from(near.z) },
    cells: occupied(returns, rule),
    points: all,
    merged: counts[GroundMark.merged]!,
    steps: counts[GroundMark.step]!,
  }
}

/** False for a place farther from all sides than the strip's width and from all corners, along some axis, than a corner's reach. */
const isNear = (x: number, y: number, { side, strip, corner }: GatherRule): boolean =>
  !(x > corner && x < side - corner && y > strip && y < side - strip) &&
  !(y > corner && y < side - corner && x > strip && x < side - strip)

const occupied = ({ x, y, count }: Points, { side, margin }: GatherRule): Uint8Array => {
  const n = (side + 2 * margin) / CELL
  const cells = new Uint8Array(n * n)
  const limit = n * CELL
  for (let i = 0; i < count; i++) {
    const px = x[i] + margin
    const py = y[i] + margin
    if (px >= 0 && py >= 0 && px < limit && py < limit) cells[((py / CELL) | 0) * n + ((px / CELL) | 0)] = 1
  }
  return cells
}
