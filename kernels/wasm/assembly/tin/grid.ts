/**
 * Candidates in blocks, and the search for the one inside a triangle that is farthest from it: `CandidateGrid` of `kernels/lib/candidate-grid.ts`, which says what blocks, planes and
 * squares are for, in WebAssembly. Both find the same candidate with the same distance, bit for bit: what counts is computed in doubles, in the same order. Four
 * single-precision lanes only tell which blocks and candidates need not be looked at, with a margin above all rounding.
 *
 * What costs is the memory that a search touches, each time somewhere else. Hence the blocks of a square lie together, row by row, and coordinates are 16 bits wide, from the
 * block's centre and its first height on; 32 bits, from zero on, where blocks are wider than 65 m or a block's heights differ by more than 32 m (`wide`).
 *
 * Memory of the grid, for n candidates in b blocks:
 *
 * | region | what |
 * |---|---|
 * | planes | 64 bytes for 4 blocks of a row: f32 × 4 height at the centre, slope along x, slope along y, largest distance from the plane (−∞: no candidate) |
 * | first | (u32 first slot of a block, a multiple of 4; i32 height that its heights count from) × (b + 1) |
 * | ends | u32 × 4 b: end of each of a block's four rows of candidates |
 * | squares | f64 × 4 a square: the same four numbers as of a block |
 * | bounds | f64 a square: scratch |
 * | xyz | 24 or 48 bytes for 4 slots: i16 or i32 × 4 x, y, z; what a block does not fill repeats its last candidate |
 * | index | i32 a slot: the candidate's place in the input |
 */

/** Blocks along the side of a square, and its binary logarithm. */
const SQUARE: i32 = 8
/** A triangle over more blocks than this is looked at square by square. */
const MANY: i32 = 96
/** Above the relative error of every single-precision result here, which is at most 10 roundings of 2⁻²⁴. */
const SLACK: f64 = 1.0 / 524288.0

let minX: f64 = 0
let minY: f64 = 0
let size: f64 = 0
let blockScale: f64 = 0
let rowScale: f64 = 0
let lastRow: i32 = 0
let squareColumns: i32 = 0
let squareCount: i32 = 0
let planes: usize = 0
let first: usize = 0
let ends: usize = 0
let squares: usize = 0
let bounds: usize = 0
let xyz: usize = 0
let index: usize = 0
let wide: bool = false
/** True where a height did not fit into 16 bits. */
export let overflown: bool = false

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

@inline
function align(address: usize): usize {
  return (address + 63) & ~63
}

/** Block of a square-by-square order. */
@inline
function blockOf(row: i32, column: i32): i32 {
  return (((row >> 3) * squareColumns + (column >> 3)) << 6) + ((row & 7) << 3) + (column & 7)
}

/** Where coordinates in a block count from: columns and rows of blocks begin at the box's corner. */
@inline
function centreX(column: i32): i32 {
  return wide ? 0 : <i32>(minX + (<f64>column + 0.5) * size)
}

@inline
function centreY(row: i32): i32 {
  return wide ? 0 : <i32>(minY + (<f64>row + 0.5) * size)
}

@inline
function baseZ(block: i32): i32 {
  return wide ? 0 : load<i32>(first + (<usize>block << 3), 4)
}

@inline
function columnOf(block: i32): i32 {
  return (((block >> 6) % squareColumns) << 3) + (block & 7)
}

@inline
function rowOf(block: i32): i32 {
  return (((block >> 6) / squareColumns) << 3) + ((block >> 3) & 7)
}

/** Address of a slot's x; y and z follow 4 and 8 coordinates farther. */
@inline
function xAddress<T>(slot: i32): usize {
  return xyz + 12 * sizeof<T>() * <usize>(slot >> 2) + <usize>(slot & 3) * sizeof<T>()
}

@inline
function rawX<T>(at: usize): i32 {
  return <i32>load<T>(at)
}

@inline
function rawY<T>(at: usize): i32 {
  return <i32>load<T>(at, 4 * sizeof<T>())
}

@inline
function rawZ<T>(at: usize): i32 {
  return <i32>load<T>(at, 8 * sizeof<T>())
}

export function xOf(slot: i32, block: i32): i32 {
  return wide ? rawX<i32>(xAddress<i32>(slot)) : rawX<i16>(xAddress<i16>(slot)) + centreX(columnOf(block))
}

export function yOf(slot: i32, block: i32): i32 {
  return wide ? rawY<i32>(xAddress<i32>(slot)) : rawY<i16>(xAddress<i16>(slot)) + centreY(rowOf(block))
}

export function zOf(slot: i32, block: i32): i32 {
  return wide ? rawZ<i32>(xAddress<i32>(slot)) : rawZ<i16>(xAddress<i16>(slot)) + baseZ(block)
}

@inline
export function placeOf(slot: i32): i32 {
  return load<i32>(index + (<usize>slot << 2))
}

/** Lays out the grid from `base` on; gives the end of what is needed to count. */
export function layOutGrid(
  base: usize,
  boxX: f64,
  boxY: f64,
  cell: f64,
  columns: i32,
  rows: i32,
  coordinateBytes: i32,
): usize {
  wide = coordinateBytes === 4
  overflown = false
  minX = boxX
  minY = boxY
  size = 4.0 * cell
  blockScale = 1.0 / size
  rowScale = 1.0 / cell
  lastRow = 4 * rows - 1
  squareColumns = (columns + SQUARE - 1) / SQUARE
  squareCount = squareColumns * ((rows + SQUARE - 1) / SQUARE)
  const blocks: usize = <usize>squareCount * 64
  planes = align(base)
  first = planes + 16 * blocks
  ends = align(first + 8 * (blocks + 1))
  squares = ends + 16 * blocks
  bounds = squares + 32 * <usize>squareCount
  xyz = align(bounds + 8 * <usize>squareCount)
  return xyz
}

/** Begins to count; whatever the memory held. */
export function clearCounts(): void {
  memory.fill(ends, 0, 1024 * <usize>squareCount)
}

@inline
function rowOfPlace(y: i32): i32 {
  const row = <i32>((<f64>y - minY) * rowScale)
  return row > lastRow ? lastRow : row
}

@inline
function columnOfPlace(x: i32): i32 {
  return <i32>((<f64>x - minX) * blockScale)
}

/** Counts some candidates by row. */
export function countCandidates(x: usize, y: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const row = rowOfPlace(load<i32>(y + i))
    const block = blockOf(row >> 2, columnOfPlace(load<i32>(x + i)))
    const at = ends + (<usize>block << 4) + (<usize>(row & 3) << 2)
    store<u32>(at, load<u32>(at) + 1)
  }
}

/** Turns counts into the blocks' and rows' first slots; gives the end of the grid. */
export function layOutSlots(): usize {
  const blocks: usize = <usize>squareCount * 64
  let slot: u32 = 0
  for (let block: usize = 0; block < blocks; block++) {
    store<u32>(first + (block << 3), slot)
    store<i32>(first + (block << 3), i32.MIN_VALUE, 4)
    const rows = ends + (block << 4)
    for (let row: usize = 0; row < 16; row += 4) {
      const count = load<u32>(rows + row)
      store<u32>(rows + row, slot)
      slot += count
    }
    slot = (slot + 3) & ~3
  }
  store<u32>(first + (blocks << 3), slot)
  index = align(xyz + (wide ? 48 : 24) * <usize>(slot >> 2))
  return align(index + 4 * <usize>slot)
}

/** Puts some candidates, the next ones of the input from place `place` on, into their slots. Where one does not fit, `overflown` is set. */
export function placeCandidates(x: usize, y: usize, z: usize, count: i32, place: i32): void {
  if (wide) placeIn<i32>(x, y, z, count, place)
  else placeIn<i16>(x, y, z, count, place)
}

function placeIn<T>(x: usize, y: usize, z: usize, count: i32, place: i32): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const cx = load<i32>(x + i)
    const cy = load<i32>(y + i)
    const cz = load<i32>(z + i)
    const row = rowOfPlace(cy)
    const column = columnOfPlace(cx)
    const block = blockOf(row >> 2, column)
    const at = ends + (<usize>block << 4) + (<usize>(row & 3) << 2)
    const slot = load<u32>(at)
    store<u32>(at, slot + 1)
    const to = xAddress<T>(slot)
    store<i32>(index + (<usize>slot << 2), place + <i32>(i >> 2))
    if (sizeof<T>() === 4) {
      store<T>(to, <T>cx)
      store<T>(to, <T>cy, 4 * sizeof<T>())
      store<T>(to, <T>cz, 8 * sizeof<T>())
    } else {
      const header = first + (<usize>block << 3)
      // Heights count from the one that comes first.
      let base = load<i32>(header, 4)
      if (base === i32.MIN_VALUE) {
        base = cz
        store<i32>(header, cz, 4)
      }
      const dz = cz - base
      if (<i32><i16>dz !== dz) overflown = true
      store<T>(to, <T>(cx - centreX(column)))
      store<T>(to, <T>(cy - centreY(row >> 2)), 4 * sizeof<T>())
      store<T>(to, <T>dz, 8 * sizeof<T>())
    }
  }
}

/** Fills up the blocks and gives blocks and squares their planes. */
export function fitPlanes(): void {
  for (let square = 0; square < squareCount; square++) {
    const left = (square % squareColumns) * SQUARE
    const low = (square / squareColumns) * SQUARE
    for (let k = 0; k < 64; k++) {
      if (wide) fitBlock<i32>((square << 6) + k, low + (k >> 3), left + (k & 7))
      else fitBlock<i16>((square << 6) + k, low + (k >> 3), left + (k & 7))
    }
    fitSquare(square)
  }
}

/** Address of a block's height; slopes and distance follow 16 bytes apart. */
@inline
function planeAddress(block: i32): usize {
  return planes + (<usize>(block >> 2) << 6) + (<usize>(block & 3) << 2)
}

function fitBlock<T>(block: i32, row: i32, column: i32): void {
  const from = load<u32>(first + (<usize>block << 3))
  const end = load<u32>(ends + (<usize>block << 4), 12)
  const plane = planeAddress(block)
  if (from === end) {
    store<f32>(plane, 0)
    store<f32>(plane, 0, 16)
    store<f32>(plane, 0, 32)
    store<f32>(plane, -f32.POSITIVE_INFINITY, 48)
    return
  }
  // The centre, in the coordinates of the block.
  const cx = minX + (<f64>column + 0.5) * size - <f64>centreX(column)
  const cy = minY + (<f64>row + 0.5) * size - <f64>centreY(row)
  const base = baseZ(block)
  let sx: f64 = 0
  let sy: f64 = 0
  let sz: f64 = 0
  let sxx: f64 = 0
  let syy: f64 = 0
  let sxz: f64 = 0
  let syz: f64 = 0
  for (let slot = from; slot < end; slot++) {
    const at = xAddress<T>(slot)
    const dx = <f64>rawX<T>(at) - cx
    const dy = <f64>rawY<T>(at) - cy
    const z = <f64>(rawZ<T>(at) + base)
    sx += dx
    sy += dy
    sz += z
    sxx += dx * dx
    syy += dy * dy
    sxz += dx * z
    syz += dy * z
  }
  const n = <f64>(end - from)
  const spreadX = n * sxx - sx * sx
  const spreadY = n * syy - sy * sy
  // The plane as it is kept: distances from the rounded one are what bounds.
  const alongX = spreadX > 0 ? <f32>((n * sxz - sx * sz) / spreadX) : 0
  const alongY = spreadY > 0 ? <f32>((n * syz - sy * sz) / spreadY) : 0
  const height = <f32>((sz - <f64>alongX * sx - <f64>alongY * sy) / n)
  let most: f64 = 0
  for (let slot = from; slot < end; slot++) {
    const at = xAddress<T>(slot)
    const distance = abs(
      <f64>(rawZ<T>(at) + base) -
        <f64>height -
        <f64>alongX * (<f64>rawX<T>(at) - cx) -
        <f64>alongY * (<f64>rawY<T>(at) - cy),
    )
    if (distance > most) most = distance
  }
  store<f32>(plane, height)
  store<f32>(plane, alongX, 16)
  store<f32>(plane, alongY, 32)
  store<f32>(plane, <f32>(most * (1 + SLACK) + 1e-3), 48)
  const last = xAddress<T>(end - 1)
  for (let slot = end; slot & 3; slot++) {
    const at = xAddress<T>(slot)
    store<T>(at, load<T>(last))
    store<T>(at, load<T>(last, 4 * sizeof<T>()), 4 * sizeof<T>())
    store<T>(at, load<T>(last, 8 * sizeof<T>()), 8 * sizeof<T>())
    // Equally far and later: never taken before the candidate itself.
    store<i32>(index + (<usize>slot << 2), i32.MAX_VALUE)
  }
}

/** The mean plane of a square's blocks, and a distance that no candidate of theirs passes. */
function fitSquare(square: i32): void {
  let n: f64 = 0
  let sx: f64 = 0
  let sy: f64 = 0
  let sz: f64 = 0
  let sxx: f64 = 0
  let syy: f64 = 0
  let sxz: f64 = 0
  let syz: f64 = 0
  for (let k = 0; k < 64; k++) {
    const plane = planeAddress((square << 6) + k)
    if (load<f32>(plane, 48) < 0) continue
    const dx = (<f64>(k & 7) - 3.5) * size
    const dy = (<f64>(k >> 3) - 3.5) * size
    const z = <f64>load<f32>(plane)
    n += 1
    sx += dx
    sy += dy
    sz += z
    sxx += dx * dx
    syy += dy * dy
    sxz += dx * z
    syz += dy * z
  }
  const spreadX = n * sxx - sx * sx
  const spreadY = n * syy - sy * sy
  const alongX = spreadX > 0 ? (n * sxz - sx * sz) / spreadX : 0
  const alongY = spreadY > 0 ? (n * syz - sy * sz) / spreadY : 0
  const height = n > 0 ? (sz - alongX * sx - alongY * sy) / n : 0
  let most: f64 = -f64.POSITIVE_INFINITY
  for (let k = 0; k < 64; k++) {
    const plane = planeAddress((square << 6) + k)
    const dx = (<f64>(k & 7) - 3.5) * size
    const dy = (<f64>(k >> 3) - 3.5) * size
    const apart =
      abs(<f64>load<f32>(plane) - height - alongX * dx - alongY * dy) +
      (abs(<f64>load<f32>(plane, 16) - alongX) + abs(<f64>load<f32>(plane, 32) - alongY)) * 0.5 * size +
      <f64>load<f32>(plane, 48)
    if (apart > most) most = apart
  }
  const at = squares + (<usize>square << 5)
  store<f64>(at, height)
  store<f64>(at, alongX, 8)
  store<f64>(at, alongY, 16)
  store<f64>(at, most, 24)
}

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
