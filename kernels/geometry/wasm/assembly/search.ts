/**
 * Finds the candidate inside a triangle that is farthest from it, over the blocks of `grid.ts`.
 * Single precision excludes blocks and candidates four at a time, with a margin above all rounding.
 * Doubles decide the rest, as in the reference implementation (`CandidateGrid.findWorst`).
 */
import {
  SLACK,
  SLOPES,
  SQUARE,
  baseZ,
  blockAt,
  blockOf,
  blockScale,
  bounds,
  centreX,
  centreY,
  centresX,
  endOf,
  firstQuad,
  loadFour,
  minX,
  minY,
  placeOf,
  planeOf,
  quadCount,
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

/** A triangle over more blocks than this is searched square by square. */
const MANY: i32 = 96
/** Bounds on the rounding of a height in a block, which is less than 2¹⁵ or 2²⁵. */
const NARROW_SLACK: f64 = 1.0 / 64.0
const WIDE_SLACK: f64 = 16

/** Slot found by {@link findWorst} (−1: none), and its vertical distance. */
export let worst: i32 = -1
export let largest: f64 = 0
/** Block of the worst candidate. */
export let worstBlock: i32 = 0

/**
 * The current triangle: corner p, the two sides from it, its slopes, and which edges lie on the
 * border.
 */
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
/** Bounds on the rounding of the triangle's sides and of a height. */
let slackB: f64 = 0
let slackA: f64 = 0
let slackP: f64 = 0
let slackZ: f64 = 0

/**
 * Sets the current triangle: addresses of its corners (i32 x, y, z), and which edges (p–a, a–b,
 * b–p) do not count.
 */
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
  // Largest distance from p of a place in the searched blocks, which are read in fours.
  const reachX = <f64>(high - low) + 4 * size
  const reachY = <f64>(top - bottom) + 4 * size
  slackB = SLACK * (abs(ux) * reachY + abs(uy) * reachX)
  slackA = SLACK * (abs(vx) * reachY + abs(vy) * reachX)
  slackP = slackA + slackB + SLACK * area
  slackZ = SLACK * (abs(slopeX) * reachX + abs(slopeY) * reachY) + (wide ? WIDE_SLACK : NARROW_SLACK)
}

/**
 * Finds the candidate inside the current triangle that is farthest from it, and farther than
 * `floor`. Among equals, the first in the input.
 */
export function findWorst(floor: f64): void {
  worst = -1
  largest = floor
  if ((east - west + 1) * (north - south + 1) <= MANY) scan(west, south, east, north)
  else scanSquares()
  if (worst < 0) largest = 0
}

/**
 * Searches the squares, the one of the largest bound first: its candidates mostly exclude the
 * others.
 */
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
      // A square lies outside if even its corner farthest inside one side of the triangle does.
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

/**
 * Blocks that may contain a worse candidate: pairs of addresses, of the block's lane in a record
 * and of its plane. A record has {@link RECORD} bytes for four blocks, with four of each of these
 * numbers:
 *
 * - f32 bound, sides B and A (with their rounding), and the plane's height above the triangle, all
 *   at the block's centre
 * - i32 x and y of the centre from corner p
 */
const found: usize = memory.data(8 * (MANY + 4), 16)
const records: usize = memory.data(96 * MANY, 16)
const RECORD: usize = 96
/** Stores a sum of the values read, so that the reads are not optimised away. */
const touched: usize = memory.data(4, 4)

/** The smallest single-precision distance whose true value may reach the largest. */
@inline
function leastDistance(): f32 {
  return <f32>(largest * (1 - SLACK) - slackZ)
}

/** Searches a range of blocks for a worse candidate than the worst so far. */
@inline
function scan(fromColumn: i32, fromRow: i32, toColumn: i32, toRow: i32): void {
  const end = findBlocks(fromColumn, fromRow, toColumn, toRow)
  if (end === found) return
  touchBlocks(end)
  if (wide) scanBlocks<i32>(end)
  else scanBlocks<i16>(end)
}

/** Finds the blocks of a range that may contain a worse candidate; returns the end of the list. */
function findBlocks(fromColumn: i32, fromRow: i32, toColumn: i32, toRow: i32): usize {
  const half = 0.5 * size + 1
  const mux = f32x4.splat(<f32>ux)
  const muy = f32x4.splat(<f32>uy)
  const mvx = f32x4.splat(<f32>vx)
  const mvy = f32x4.splat(<f32>vy)
  const areaP = f32x4.splat(<f32>(area + slackA + slackB + slackP))
  const reachB = f32x4.splat(<f32>((abs(uy) + abs(ux)) * half * (1 + SLACK)))
  const reachA = f32x4.splat(<f32>((abs(vy) + abs(vx)) * half * (1 + SLACK)))
  const reachP = f32x4.splat(<f32>((abs(vy - uy) + abs(vx - ux)) * half * (1 + SLACK)))
  const mSlopeX = f32x4.splat(<f32>slopeX)
  const mSlopeY = f32x4.splat(<f32>slopeY)
  const stepsX = f32x4.splat(<f32>(SLOPES * slopeX))
  const stepsY = f32x4.splat(<f32>(SLOPES * slopeY))
  const halfStep = f32x4.splat(<f32>(half / SLOPES))
  const height = f32x4.splat(<f32>pz)
  const least = f32x4.splat(leastDistance())
  const fromX = i32x4.splat(px)
  let record = records
  let end = found
  for (let row = fromRow; row <= toRow; row++) {
    const offsetY = centreY(row) - py
    const cy = f32x4.splat(<f32>offsetY)
    const rowB = f32x4.add(f32x4.mul(mux, cy), f32x4.splat(<f32>slackB))
    const rowA = f32x4.sub(f32x4.splat(<f32>slackA), f32x4.mul(mvx, cy))
    const rowZ = f32x4.mul(mSlopeY, cy)
    for (let column = fromColumn & ~3; column <= toColumn; column += 4) {
      const plane = planeOf(blockOf(row, column))
      const offsets = i32x4.sub(v128.load(centresX + (<usize>column << 2)), fromX)
      const cx = f32x4.convert_i32x4_s(offsets)
      const sideB = f32x4.sub(rowB, f32x4.mul(muy, cx))
      const sideA = f32x4.add(rowA, f32x4.mul(mvy, cx))
      const sideP = f32x4.sub(f32x4.sub(areaP, sideA), sideB)
      const above = f32x4.sub(f32x4.sub(f32x4.sub(v128.load(plane), height), rowZ), f32x4.mul(mSlopeX, cx))
      const bound = f32x4.add(
        f32x4.add(
          f32x4.abs(above),
          f32x4.mul(
            f32x4.add(
              f32x4.abs(f32x4.sub(f32x4.convert_i32x4_s(v128.load16x4_s(plane, 16)), stepsX)),
              f32x4.abs(f32x4.sub(f32x4.convert_i32x4_s(v128.load16x4_s(plane, 24)), stepsY)),
            ),
            halfStep,
          ),
        ),
        v128.load(plane, 32),
      )
      // A block is out if any of these is negative, which its sign bit shows.
      const out = v128.or(
        v128.or(f32x4.add(sideB, reachB), f32x4.add(sideA, reachA)),
        v128.or(f32x4.add(sideP, reachP), f32x4.sub(bound, least)),
      )
      const ahead = max(0, fromColumn - column)
      const behind = max(0, column + 3 - toColumn)
      let blocks = ~i32x4.bitmask(out) & (15 << ahead) & (15 >> behind)
      if (blocks === 0) continue
      v128.store(record, bound)
      v128.store(record, sideB, 16)
      v128.store(record, sideA, 32)
      v128.store(record, above, 48)
      v128.store(record, offsets, 64)
      v128.store(record, i32x4.splat(offsetY), 80)
      // Writes all four; the end advances only past those with their bit set.
      let pair = (<u64>plane << 32) | <u64>record
      for (let k = 0; k < 4; k++) {
        store<u64>(end, pair)
        end += (blocks & 1) << 3
        blocks >>= 1
        pair += 0x400000004
      }
      record += RECORD
    }
  }
  return end
}

/**
 * Reads from each found block in turn, so that the memory loads overlap. Moves the block of the
 * largest bound to the front, since it mostly excludes the others.
 */
@inline
function touchBlocks(end: usize): void {
  const bytes: usize = wide ? 48 : 24
  let promising = found
  let most: f32 = -1
  let sum: u32 = 0
  for (let at = found; at < end; at += 8) {
    const bound = load<f32>(<usize>load<u32>(at))
    const quad = xyz + bytes * <usize>firstQuad(<usize>load<u32>(at, 4))
    sum += load<u32>(quad) + load<u32>(quad, 92)
    promising = bound > most ? at : promising
    most = max(bound, most)
  }
  store<u32>(touched, sum)
  const pair = load<u64>(promising)
  store<u64>(promising, load<u64>(found))
  store<u64>(found, pair)
}

/** Searches the candidates of the found blocks, four at a time. */
function scanBlocks<T>(end: usize): void {
  const mux = f32x4.splat(<f32>ux)
  const muy = f32x4.splat(<f32>uy)
  const mvx = f32x4.splat(<f32>vx)
  const mvy = f32x4.splat(<f32>vy)
  const areaP = f32x4.splat(<f32>(area + slackA + slackB + slackP))
  const mSlopeX = f32x4.splat(<f32>slopeX)
  const mSlopeY = f32x4.splat(<f32>slopeY)
  let least = leastDistance()
  for (let at = found; at < end; at += 8) {
    const lane = <usize>load<u32>(at)
    if (load<f32>(lane) < least) continue
    const plane = <usize>load<u32>(at, 4)
    const sideB = v128.load32_splat(lane, 16)
    const sideA = v128.load32_splat(lane, 32)
    const above = v128.load32_splat(lane, 48)
    let slot = firstQuad(plane) << 2
    let quad = xyz + 3 * sizeof<T>() * <usize>slot
    const quadEnd = quad + 12 * sizeof<T>() * <usize>quadCount(plane)
    for (; quad < quadEnd; quad += 12 * sizeof<T>(), slot += 4) {
      const dx = f32x4.convert_i32x4_s(loadFour<T>(quad))
      const dy = f32x4.convert_i32x4_s(loadFour<T>(quad + 4 * sizeof<T>()))
      const dz = f32x4.convert_i32x4_s(loadFour<T>(quad + 8 * sizeof<T>()))
      const off = f32x4.sub(f32x4.sub(f32x4.add(dz, above), f32x4.mul(mSlopeX, dx)), f32x4.mul(mSlopeY, dy))
      const wb = f32x4.sub(f32x4.add(f32x4.mul(mux, dy), sideB), f32x4.mul(muy, dx))
      const wa = f32x4.sub(f32x4.add(f32x4.mul(mvy, dx), sideA), f32x4.mul(mvx, dy))
      const wp = f32x4.sub(f32x4.sub(areaP, wa), wb)
      const short = f32x4.sub(f32x4.abs(off), f32x4.splat(least))
      let lanes = ~i32x4.bitmask(v128.or(v128.or(wb, wa), v128.or(wp, short))) & 15
      while (lanes !== 0) {
        const k: i32 = ctz(lanes)
        lanes &= lanes - 1
        const candidate = quad + <usize>k * sizeof<T>()
        const x = rawX<T>(candidate) + load<i32>(lane, 64)
        const y = rawY<T>(candidate) + load<i32>(lane, 80)
        if (!isWorse(x, y, rawZ<T>(candidate) + baseZ(plane) - pz, slot + k)) continue
        worst = slot + k
        worstX = x
        worstY = y
        worstBlock = blockAt(plane)
        least = leastDistance()
      }
    }
  }
}

/**
 * Compares a candidate in doubles, by its offset from corner p. If it is worse than the worst so
 * far, its distance becomes the largest.
 */
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

/** True if the worst lies at a corner of the current triangle. */
export function worstIsCorner(): bool {
  const dx = <f64>worstX
  const dy = <f64>worstY
  return (dx === 0 && dy === 0) || (dx === ux && dy === uy) || (dx === vx && dy === vy)
}

/**
 * Sums of squared distances and number of the candidates inside the triangles of
 * {@link addStatistics}.
 */
export let sumOfSquares: f64 = 0
export let countInside: i32 = 0

export function clearStatistics(): void {
  sumOfSquares = 0
  countInside = 0
}

/**
 * Adds the candidates of the current triangle, except at its corners and on edges that do not
 * count.
 */
export function addStatistics(): void {
  if (wide) addIn<i32>()
  else addIn<i16>()
}

function addIn<T>(): void {
  for (let row = south; row <= north; row++) {
    const offsetY = centreY(row) - py
    for (let column = west; column <= east; column++) {
      const block = blockOf(row, column)
      const plane = planeOf(block)
      const offsetX = centreX(column) - px
      const offsetZ = baseZ(plane) - pz
      const end = endOf(block)
      for (let slot = firstQuad(plane) << 2; slot < end; slot++) {
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
