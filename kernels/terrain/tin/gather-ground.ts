/**
 * Gathers a tile's ground points and the cells that contain returns, in WebAssembly if it is
 * prepared.
 */
import type { Points } from "../../../engine/kernel.js"
import { requireColumn } from "../../handover/point-set.js"
import { type GatheredGround, type GatherRule, type GroundCore, preparedGroundCore } from "../wasm/ground.js"
import { GroundMark, markGround } from "./accept-ground.js"

/** Side of a cell, mm. */
const CELL = 1000

/**
 * Ground points of a tile that a height field can meet: of the wanted classes, without those that
 * {@link markGround} marks. Strictly inside the square and, separately, near its border; also the
 * cells with returns of any class. Runs in WebAssembly if it was prepared and the numbers are small
 * enough, else in {@link gatherPlainly}, with the same result. O(points).
 *
 * @param returns in canonical order
 * @throws Error for points in another order
 */
export const gatherGround = (
  returns: Points,
  rule: GatherRule,
  core: GroundCore | null = preparedGroundCore(),
): { readonly ground: GatheredGround; readonly core: GroundCore | null } => {
  const ground = core?.gather(returns, rule)
  if (ground !== undefined) return { ground, core }
  return { ground: gatherPlainly(returns, rule), core: null }
}

/** The reference implementation of the WebAssembly passes. */
const gatherPlainly = (returns: Points, rule: GatherRule): GatheredGround => {
  const of = requireColumn(returns, "classification")
  const chosen = Int32Array.from({ length: returns.count }, (_, i) => i).filter((i) => rule.wanted[of[i]] === 1)
  const [x, y, z] = [returns.x, returns.y, returns.z].map((column) => chosen.map((i) => column[i])) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  const classes = Uint8Array.from(chosen, (i) => of[i])
  const all = chosen.length
  const marks = new Uint8Array(all)
  markGround({ ...returns, count: all, x, y, z }, rule.step / 2, marks)
  const near: { x: number[]; y: number[]; z: number[] } = { x: [], y: [], z: [] }
  const counts = [0, 0, 0]
  let count = 0
  for (let i = 0; i < all; i++) {
    const [px, py, pz] = [x[i], y[i], z[i]]
    const inside = px > 0 && py > 0 && px < rule.side && py < rule.side
    if (inside) counts[marks[i]]!++
    if (marks[i] !== GroundMark.usable) continue
    if (inside) {
      x[count] = px
      y[count] = py
      z[count] = pz
      classes[count++] = classes[i]
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

/**
 * False if a place is farther from all sides than the strip's width, and from all corners, along
 * some axis, than a corner's reach.
 */
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
