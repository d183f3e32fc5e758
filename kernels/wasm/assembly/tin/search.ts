/**
 * The search for the candidate inside a triangle that is farthest from it, over the blocks of `grid.ts`: single precision rules blocks and candidates out, by fours and with a margin above all rounding; what
 * is left is looked at in doubles, in the order of the TypeScript twin (`CandidateGrid.findWorst`).
 */
import {
  SLACK,
  SQUARE,
  baseZ,
  blockOf,
  blockScale,
  bounds,
  centreX,
  centreY,
  ends,
  first,
  minX,
  minY,
  placeOf,
  planes,
  rawX,
  rawY,
  rawZ,
  size,
  squareColumns,
  squares,
  wide,
  xAddress,
  xyz,
} from "./grid"

/** A triangle over more blocks than this is looked at square by square. */
const MANY: i32 = 96

/** Slot found by {@link findWorst}, −1: none; and its vertical distance. */
export let worst: i32 = -1
export let largest: f64 = 0
/** Its block. */
export let worstBlock: i32 = 0

/** The triangle in hand: corner p, the two sides from it, its slopes, and which of its edges lie on the border. */
let px: i32 = 0
let py: i32 = 0
let pz: i32 = 0
let ux: f64 = 0
let uy: f64 = 0
let vx: f64 = 0
let vy: f64 = 0
let area: f64 = 0
let slopeX: f64 = 0
let slopeY: f64 = 0
let openPA: bool = false
let openAB: bool = false
let openBP: bool = false
/** Bounding box in blocks. */
let west: i32 = 0
let south: i32 = 0
let east: i32 = 0
let north: i32 = 0
/** What rounding may take from the sides of the triangle, and from a height. */
let slackB: f64 = 0
let slackA: f64 = 0
let slackP: f64 = 0
let slackZ: f64 = 0

/** Takes a triangle in hand: addresses of its corners (i32 x, y, z), and which edges (p–a, a–b, b–p) are left out. */
export function takeTriangle(p: usize, a: usize, b: usize, pa: bool, ab: bool, bp: bool): void {
  px = load<i32>(p)
  py = load<i32>(p, 4)
  pz = load<i32>(p, 8)
  const ax = load<i32>(a)
  const ay = load<i32>(a, 4)
  const bx = load<i32>(b)
  const by = load<i32>(b, 4)
  ux = <f64>(ax - px)
  uy = <f64>(ay - py)
  vx = <f64>(bx - px)
  vy = <f64>(by - py)
  area = ux * vy - uy * vx
  const az = <f64>(load<i32>(a, 8) - pz)
  const bz = <f64>(load<i32>(b, 8) - pz)
  slopeX = (az * vy - bz * uy) / area
  slopeY = (ux * bz - vx * az) / area
  openPA = pa
  openAB = ab
  openBP = bp
  const low = min(px, min(ax, bx))
  const high = max(px, max(ax, bx))
  const bottom = min(py, min(ay, by))
  const top = max(py, max(ay, by))
  west = <i32>((<f64>low - minX) * blockScale)
  east = <i32>((<f64>high - minX) * blockScale)
  south = <i32>((<f64>bottom - minY) * blockScale)
  north = <i32>((<f64>top - minY) * blockScale)
  // Farthest that a place of the blocks looked at lies from p: they come in fours.
  const reachX = <f64>(high - low) + 4 * size
  const reachY = <f64>(top - bottom) + 4 * size
  slackB = SLACK * (abs(ux) * reachY + abs(uy) * reachX)
  slackA = SLACK * (abs(vx) * reachY + abs(vy) * reachX)
  slackP = slackA + slackB + SLACK * area
  slackZ = SLACK * (abs(slopeX) * reachX + abs(slopeY) * reachY)
}

/** Finds the candidate inside the triangle in hand that is farthest from it and farther than `floor`, of equally far ones the one that comes first in the input. */
export function findWorst(floor: f64): void {
  worst = -1
  largest = floor
  if ((east - west + 1) * (north - south + 1) <= MANY) scan(west, south, east, north)
  else scanSquares()
  if (worst < 0) largest = 0
}

/** Looks at the squares, that of the largest bound first: what it holds mostly rules the others out. */
function scanSquares(): void {
  const side = <f64>SQUARE * size
  const half = 0.5 * side
  const reachB = (abs(uy) + abs(ux)) * half
  const reachA = (abs(vy) + abs(vx)) * half
  const reachP = (abs(vy - uy) + abs(vx - ux)) * half
  const left = west >> 3
  const right = east >> 3
  const low = south >> 3
  const high = north >> 3
  let most: f64 = -1
  let promising: i32 = -1
  let k: i32 = 0
  for (let row = low; row <= high; row++) {
    const dy = minY + (<f64>row + 0.5) * side - <f64>py
    for (let column = left; column <= right; column++, k++) {
      const dx = minX + (<f64>column + 0.5) * side - <f64>px
      const wb = ux * dy - uy * dx
      const wa = dx * vy - dy * vx
      let bound: f64 = -1
      // The square's corner that is farthest inside of a side of the triangle tells whether all of it lies outside.
      if (wb + reachB >= 0 && wa + reachA >= 0 && area - wa - wb + reachP >= 0) {
        const at = squares + (<usize>(row * squareColumns + column) << 5)
        bound =
          abs(load<f64>(at) - <f64>pz - slopeX * dx - slopeY * dy) +
          (abs(load<f64>(at, 8) - slopeX) + abs(load<f64>(at, 16) - slopeY)) * half +
          load<f64>(at, 24)
        if (bound > most) {
          most = bound
          promising = k
        }
      }
      store<f64>(bounds + (<usize>k << 3), bound)
    }
  }
  const width = right - left + 1
  if (promising < 0) return
  for (let n = -1; n < k; n++) {
    const at = n < 0 ? promising : n
    if (n === promising || load<f64>(bounds + (<usize>at << 3)) < largest) continue
    const column = (left + (at % width)) * SQUARE
    const row = (low + at / width) * SQUARE
    scan(max(west, column), max(south, row), min(east, column + SQUARE - 1), min(north, row + SQUARE - 1))
  }
}

/** The least that a distance of single precision must be for the true one to reach `largest`. */
@inline
function thresholdOf(distance: f64, slack: f64): v128 {
  return f32x4.splat(<f32>(distance * (1 - SLACK) - slack))
}

function scan(fromColumn: i32, fromRow: i32, toColumn: i32, toRow: i32): void {
  if (wide) scanIn<i32>(fromColumn, fromRow, toColumn, toRow)
  else scanIn<i16>(fromColumn, fromRow, toColumn, toRow)
}

/** Four coordinates, widened. */
@inline
function loadFour<T>(at: usize): v128 {
  return sizeof<T>() === 4 ? v128.load(at) : v128.load16x4_s(at)
}

/** Looks at a range of blocks for a candidate that is worse than the worst so far, blocks by fours, then candidates by fours. */
function scanIn<T>(fromColumn: i32, fromRow: i32, toColumn: i32, toRow: i32): void {
  const half = 0.5 * size
  const mux = f32x4.splat(<f32>ux)
  const muy = f32x4.splat(<f32>uy)
  const mvx = f32x4.splat(<f32>vx)
  const mvy = f32x4.splat(<f32>vy)
  const mArea = f32x4.splat(<f32>area)
  const mSlopeX = f32x4.splat(<f32>slopeX)
  const mSlopeY = f32x4.splat(<f32>slopeY)
  const leastB = f32x4.splat(<f32>-slackB)
  const leastA = f32x4.splat(<f32>-slackA)
  const leastP = f32x4.splat(<f32>-slackP)
  const blockB = f32x4.splat(<f32>(-((abs(uy) + abs(ux)) * half) * (1 + SLACK) - slackB))
  const blockA = f32x4.splat(<f32>(-((abs(vy) + abs(vx)) * half) * (1 + SLACK) - slackA))
  const blockP = f32x4.splat(<f32>(-((abs(vy - uy) + abs(vx - ux)) * half) * (1 + SLACK) - slackP))
  const mHalf = f32x4.splat(<f32>half)
  const mHeight = f32x4.splat(<f32>pz)
  const steps = f32x4.mul(f32x4(0.5, 1.5, 2.5, 3.5), f32x4.splat(<f32>size))
  const slack = slackZ
  let threshold = thresholdOf(largest, slack)
  for (let row = fromRow; row <= toRow; row++) {
    const cy = f32x4.splat(<f32>(minY + (<f64>row + 0.5) * size - <f64>py))
    const uxcy = f32x4.mul(mux, cy)
    const vxcy = f32x4.mul(mvx, cy)
    const offsetY = centreY(row) - py
    const heightRow = f32x4.add(mHeight, f32x4.mul(mSlopeY, cy))
    for (let column = fromColumn & ~3; column <= toColumn; column += 4) {
      const block = blockOf(row, column)
      const plane = planes + (<usize>block << 4)
      const cx = f32x4.add(f32x4.splat(<f32>(minX + <f64>column * size - <f64>px)), steps)
      const sideB = f32x4.sub(uxcy, f32x4.mul(muy, cx))
      const sideA = f32x4.sub(f32x4.mul(mvy, cx), vxcy)
      const sideP = f32x4.sub(f32x4.sub(mArea, sideA), sideB)
      const bound = f32x4.add(
        f32x4.add(
          f32x4.abs(f32x4.sub(f32x4.sub(v128.load(plane), heightRow), f32x4.mul(mSlopeX, cx))),
          f32x4.mul(
            f32x4.add(
              f32x4.abs(f32x4.sub(v128.load(plane, 16), mSlopeX)),
              f32x4.abs(f32x4.sub(v128.load(plane, 32), mSlopeY)),
            ),
            mHalf,
          ),
        ),
        v128.load(plane, 48),
      )
      let blocks = i32x4.bitmask(
        v128.and(
          v128.and(f32x4.ge(sideB, blockB), f32x4.ge(sideA, blockA)),
          v128.and(f32x4.ge(sideP, blockP), f32x4.ge(bound, threshold)),
        ),
      )
      while (blocks !== 0) {
        const k: i32 = ctz(blocks)
        blocks &= blocks - 1
        const at = first + (<usize>(block + k) << 3)
        const offsetX = centreX(column + k) - px
        const offsetZ = baseZ(block + k) - pz
        const mOffsetX = i32x4.splat(offsetX)
        const mOffsetY = i32x4.splat(offsetY)
        const mOffsetZ = i32x4.splat(offsetZ)
        const end = load<u32>(at, 8)
        let quad = xyz + 3 * sizeof<T>() * <usize>load<u32>(at)
        for (let slot = load<u32>(at); slot < end; slot += 4, quad += 12 * sizeof<T>()) {
          const dx = f32x4.convert_i32x4_s(i32x4.add(loadFour<T>(quad), mOffsetX))
          const dy = f32x4.convert_i32x4_s(i32x4.add(loadFour<T>(quad + 4 * sizeof<T>()), mOffsetY))
          const dz = f32x4.convert_i32x4_s(i32x4.add(loadFour<T>(quad + 8 * sizeof<T>()), mOffsetZ))
          const off = f32x4.abs(f32x4.sub(f32x4.sub(dz, f32x4.mul(mSlopeX, dx)), f32x4.mul(mSlopeY, dy)))
          const wb = f32x4.sub(f32x4.mul(mux, dy), f32x4.mul(muy, dx))
          const wa = f32x4.sub(f32x4.mul(mvy, dx), f32x4.mul(mvx, dy))
          const wp = f32x4.sub(f32x4.sub(mArea, wa), wb)
          let lanes = i32x4.bitmask(
            v128.and(
              v128.and(f32x4.ge(off, threshold), f32x4.ge(wb, leastB)),
              v128.and(f32x4.ge(wa, leastA), f32x4.ge(wp, leastP)),
            ),
          )
          while (lanes !== 0) {
            const lane: i32 = ctz(lanes)
            lanes &= lanes - 1
            const candidate = quad + <usize>lane * sizeof<T>()
            if (!isWorse(rawX<T>(candidate) + offsetX, rawY<T>(candidate) + offsetY, rawZ<T>(candidate) + offsetZ, slot + lane)) continue
            worst = slot + lane
            worstX = rawX<T>(candidate) + offsetX
            worstY = rawY<T>(candidate) + offsetY
            worstBlock = block + k
            threshold = thresholdOf(largest, slack)
          }
        }
      }
    }
  }
}

/** Looks at a candidate, by its offset from corner p, in doubles; where it is worse than the worst so far, its distance becomes the largest. */
function isWorse(offX: i32, offY: i32, offZ: i32, slot: i32): bool {
  const dx = <f64>offX
  const dy = <f64>offY
  const distance = abs(<f64>offZ - slopeX * dx - slopeY * dy)
  if (distance < largest) return false
  const wb = ux * dy - uy * dx
  const wa = dx * vy - dy * vx
  if (wb < 0 || wa < 0 || wa + wb > area) return false
  if (distance === largest && (worst < 0 || placeOf(slot) > placeOf(worst))) return false
  if ((wb === 0 && openPA) || (wa + wb === area && openAB) || (wa === 0 && openBP)) return false
  largest = distance
  return true
}

/** The worst's offset from corner p. */
let worstX: i32 = 0
let worstY: i32 = 0

/** True where the worst lies at a corner of the triangle in hand. */
export function worstIsCorner(): bool {
  const dx = <f64>worstX
  const dy = <f64>worstY
  return (dx === 0 && dy === 0) || (dx === ux && dy === uy) || (dx === vx && dy === vy)
}

/** Squares of distances and number of the candidates inside the triangles given to {@link addStatistics}. */
export let sumOfSquares: f64 = 0
export let countInside: i32 = 0

export function clearStatistics(): void {
  sumOfSquares = 0
  countInside = 0
}

/** Adds the triangle in hand, candidates on edges that are left out and at its corners apart. */
export function addStatistics(): void {
  if (wide) addIn<i32>()
  else addIn<i16>()
}

function addIn<T>(): void {
  for (let row = south; row <= north; row++) {
    const offsetY = centreY(row) - py
    for (let column = west; column <= east; column++) {
      const block = blockOf(row, column)
      const offsetX = centreX(column) - px
      const offsetZ = baseZ(block) - pz
      const end = load<u32>(ends + (<usize>block << 4), 12)
      for (let slot = load<u32>(first + (<usize>block << 3)); slot < end; slot++) {
        const at = xAddress<T>(slot)
        const dx = <f64>(rawX<T>(at) + offsetX)
        const dy = <f64>(rawY<T>(at) + offsetY)
        const wb = ux * dy - uy * dx
        const wa = dx * vy - dy * vx
        const wp = area - wa - wb
        if (wb < 0 || wa < 0 || wp < 0) continue
        if ((wb === 0 && openPA) || (wp === 0 && openAB) || (wa === 0 && openBP)) continue
        if (i32(wb === 0) + i32(wa === 0) + i32(wp === 0) > 1) continue
        const distance = <f64>(rawZ<T>(at) + offsetZ) - slopeX * dx - slopeY * dy
        sumOfSquares += distance * distance
        countInside++
      }
    }
  }
}
