/**
 * Candidates in blocks, as in `CandidateGrid` of `kernels/geometry/candidate-grid.ts`, in
 * WebAssembly; `search.ts` searches them. Both find the same candidate at the same distance, bit
 * for bit.
 *
 * Here each block also has a plane near its candidates, with their largest distance from it. So has
 * each square of 8 × 8 blocks. One comparison decides whether it can contain a worse candidate than
 * the worst so far. It never excludes an equal one.
 *
 * Memory access dominates the cost, since each search touches other places. The values that a
 * search reads first fill one cache line for four blocks. The blocks of a square are contiguous,
 * row by row. Coordinates have 16 bits, from the block's centre and the height of its plane there.
 * They have 32 bits (`wide`) if blocks are wider than 64 m or contain heights over 32 m apart.
 */
import { chunkX, chunkY, chunkZ } from "../../../../engine/core/assembly/point-chunk"
import { aligned } from "../../../../engine/core/assembly/reach"

/** Blocks along the side of a square. */
export const SQUARE: i32 = 8
/** Above the relative error of every single-precision result here: at most 10 roundings of 2⁻²⁴. */
export const SLACK: f64 = 1.0 / 524288.0
/** Steps of a plane's slope per 1: planes are no steeper than 8. */
export const SLOPES: f64 = 4096
/**
 * Marks a number of quads that does not fit beside the plane: this or more. The first quad has 23
 * bits: there are no more quads than candidates, which are fewer than 2²³.
 */
const MANY_QUADS: u32 = 511
/** Columns and rows of the current four candidates. */
const four: usize = memory.data(32, 16)

export let minX: f64 = 0
export let minY: f64 = 0
export let size: f64 = 0
export let blockScale: f64 = 0
let rowScale: f64 = 0
let lastRow: i32 = 0
export let squareColumns: i32 = 0
let squareCount: i32 = 0
/**
 * 64 bytes for 4 blocks of a row:
 *
 * - f32 × 4 height at the centre, a whole number
 * - i16 × 4 slope along x, i16 × 4 along y, in steps of 1 / {@link SLOPES}
 * - f32 × 4 largest distance from the plane (−∞: no candidate)
 * - u32 × 4 first quad of slots << 9, and number of quads or {@link MANY_QUADS}
 */
export let planes: usize = 0
/** u32 × 4 a block: end of each of its four rows of candidates. */
let ends: usize = 0
/** i32 a column, and i32 a row of blocks. */
export let centresX: usize = 0
let centresY: usize = 0
/** f64 × 4 a square: height at the centre, slopes, largest distance. */
export let squares: usize = 0
/** f64 a square: scratch. */
export let bounds: usize = 0
/**
 * 24 or 48 bytes for 4 slots (a quad): i16 or i32 × 4 x, y, z. A block's unused slots repeat its
 * last candidate.
 */
export let xyz: usize = 0
/** i32 a slot: the index of the candidate in the input. */
let index: usize = 0
export let wide: bool = false
/** True if a height did not fit into 16 bits. */
export let overflown: bool = false

/** Number of a block: square by square, then row by row. */
@inline
export function blockOf(row: i32, column: i32): i32 {
  return (((row >> 3) * squareColumns + (column >> 3)) << 6) + ((row & 7) << 3) + (column & 7)
}

/** Origin of the coordinates in a block, whole millimetres: blocks begin at the box's corner. */
@inline
export function centreX(column: i32): i32 {
  return load<i32>(centresX + (<usize>column << 2))
}

@inline
export function centreY(row: i32): i32 {
  return load<i32>(centresY + (<usize>row << 2))
}

@inline
function columnOf(block: i32): i32 {
  return (((block >> 6) % squareColumns) << 3) + (block & 7)
}

@inline
function rowOf(block: i32): i32 {
  return (((block >> 6) / squareColumns) << 3) + ((block >> 3) & 7)
}

/** Address of the height of a block's plane; the distance is 32 and the quads 48 bytes farther. */
@inline
export function planeOf(block: i32): usize {
  return planes + (<usize>(block >> 2) << 6) + (<usize>(block & 3) << 2)
}

/** The block of an address from `planeOf`. */
@inline
export function blockAt(plane: usize): i32 {
  return (<i32>((plane - planes) >> 6) << 2) | (<i32>(plane >> 2) & 3)
}

/** Address of a plane's slope along x; the slope along y is 8 bytes farther. */
@inline
function slopeAddress(plane: usize): usize {
  return (plane & ~63) + ((plane & 12) >> 1) + 16
}

/** Origin of a block's heights. */
@inline
export function baseZ(plane: usize): i32 {
  return <i32>load<f32>(plane)
}

/** First quad of a block's candidates. */
@inline
export function firstQuad(plane: usize): u32 {
  return load<u32>(plane, 48) >> 9
}

/** Number of a block's quads. */
@inline
export function quadCount(plane: usize): u32 {
  const count = load<u32>(plane, 48) & MANY_QUADS
  return count < MANY_QUADS ? count : ((endOf(blockAt(plane)) + 3) >> 2) - firstQuad(plane)
}

/** End of a block's candidates. */
@inline
export function endOf(block: i32): u32 {
  return load<u32>(ends + (<usize>block << 4), 12)
}

/** Address of a slot's x; y and z are 4 and 8 coordinates farther. */
@inline
export function xAddress<T>(slot: i32): usize {
  return xyz + 12 * sizeof<T>() * <usize>(slot >> 2) + <usize>(slot & 3) * sizeof<T>()
}

@inline
export function rawX<T>(at: usize): i32 {
  return <i32>load<T>(at)
}

@inline
export function rawY<T>(at: usize): i32 {
  return <i32>load<T>(at, 4 * sizeof<T>())
}

@inline
export function rawZ<T>(at: usize): i32 {
  return <i32>load<T>(at, 8 * sizeof<T>())
}

/** Four coordinates, widened. */
@inline
export function loadFour<T>(at: usize): v128 {
  return sizeof<T>() === 4 ? v128.load(at) : v128.load16x4_s(at)
}

export function xOf(slot: i32, block: i32): i32 {
  return (wide ? rawX<i32>(xAddress<i32>(slot)) : rawX<i16>(xAddress<i16>(slot))) + centreX(columnOf(block))
}

export function yOf(slot: i32, block: i32): i32 {
  return (wide ? rawY<i32>(xAddress<i32>(slot)) : rawY<i16>(xAddress<i16>(slot))) + centreY(rowOf(block))
}

export function zOf(slot: i32, block: i32): i32 {
  return (wide ? rawZ<i32>(xAddress<i32>(slot)) : rawZ<i16>(xAddress<i16>(slot))) + baseZ(planeOf(block))
}

@inline
export function placeOf(slot: i32): i32 {
  return load<i32>(index + (<usize>slot << 2))
}

/** Places the grid from `base` on, as far as counting needs it, and returns its end. */
export function placeGrid(
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
  const squareRows = (rows + SQUARE - 1) / SQUARE
  squareCount = squareColumns * squareRows
  const blocks: usize = <usize>squareCount * 64
  planes = aligned(base)
  ends = planes + 16 * blocks
  centresX = ends + 16 * blocks
  centresY = centresX + 4 * SQUARE * <usize>squareColumns
  squares = centresY + 4 * SQUARE * <usize>squareRows
  bounds = squares + 32 * <usize>squareCount
  xyz = aligned(bounds + 8 * <usize>squareCount)
  return xyz
}

/** Starts counting; clears what the memory contained. */
export function startCounts(): void {
  memory.fill(ends, 0, 1024 * <usize>squareCount)
  const columns = SQUARE * squareColumns
  for (let i = 0; i < columns; i++) store<i32>(centresX + (<usize>i << 2), <i32>(minX + (<f64>i + 0.5) * size))
  const rows = SQUARE * (squareCount / squareColumns)
  for (let i = 0; i < rows; i++) store<i32>(centresY + (<usize>i << 2), <i32>(minY + (<f64>i + 0.5) * size))
}

/**
 * Subtracts `from` from four whole numbers, multiplies by `scale` and rounds down. None is below
 * `from`.
 */
@inline
function scaledDown(whole: v128, from: v128, scale: v128): v128 {
  const low = f64x2.mul(f64x2.sub(f64x2.convert_low_i32x4_s(whole), from), scale)
  const high = f64x2.mul(
    f64x2.sub(f64x2.convert_low_i32x4_s(v128.shuffle<i32>(whole, whole, 2, 3, 2, 3)), from),
    scale,
  )
  return v128.shuffle<i32>(i32x4.trunc_sat_f64x2_s_zero(low), i32x4.trunc_sat_f64x2_s_zero(high), 0, 1, 4, 5)
}

/**
 * Computes the columns of blocks of four candidates into `four`, and the offsets of their rows'
 * ends after them.
 */
@inline
function takeFour(first: i32): void {
  const columns = scaledDown(v128.load(chunkX + (<usize>first << 2)), f64x2.splat(minX), f64x2.splat(blockScale))
  const rows = i32x4.min_s(
    scaledDown(v128.load(chunkY + (<usize>first << 2)), f64x2.splat(minY), f64x2.splat(rowScale)),
    i32x4.splat(lastRow),
  )
  const square = i32x4.add(i32x4.mul(i32x4.shr_s(rows, 5), i32x4.splat(squareColumns)), i32x4.shr_s(columns, 3))
  const block = v128.or(
    i32x4.shl(v128.and(rows, i32x4.splat(28)), 5),
    i32x4.shl(v128.and(columns, i32x4.splat(7)), 4),
  )
  const row = i32x4.shl(v128.and(rows, i32x4.splat(3)), 2)
  v128.store(four, columns)
  v128.store(four, i32x4.add(i32x4.shl(square, 10), v128.or(block, row)), 16)
}

/** Counts the candidates in the chunk by row, four at a time. */
export function countCandidates(count: i32): void {
  for (let i = 0; i < count; i += 4) {
    takeFour(i)
    const end = four + (<usize>min(4, count - i) << 2)
    for (let one = four; one < end; one += 4) {
      const at = ends + <usize>load<u32>(one, 16)
      store<u32>(at, load<u32>(at) + 1)
    }
  }
}

/** Turns counts into the first slots of blocks and rows; returns the end of the grid. */
export function placeSlots(): usize {
  let slot: u32 = 0
  for (let block = 0; block < squareCount * 64; block++) {
    const from = slot
    const rows = ends + (<usize>block << 4)
    for (let row: usize = 0; row < 16; row += 4) {
      const count = load<u32>(rows + row)
      store<u32>(rows + row, slot)
      slot += count
    }
    slot = (slot + 3) & ~3
    const plane = planeOf(block)
    // Marks the plane as unknown: heights count from the block's first candidate until it is
    // fitted.
    store<i32>(plane, i32.MIN_VALUE)
    store<u32>(plane, ((from >> 2) << 9) | min((slot - from) >> 2, MANY_QUADS), 48)
  }
  index = aligned(xyz + (wide ? 48 : 24) * <usize>(slot >> 2))
  return aligned(index + 4 * <usize>slot)
}

/**
 * Writes the candidates in the chunk, from index `place` of the input on, to their slots, four at a
 * time. Sets `overflown` if one does not fit.
 */
export function placeCandidates(count: i32, place: i32): void {
  if (wide) placeIn<i32>(count, place)
  else placeIn<i16>(count, place)
}

function placeIn<T>(count: i32, place: i32): void {
  let misfit: i32 = 0
  for (let i = 0; i < count; i += 4) {
    takeFour(i)
    const end = min(4, count - i)
    for (let k = 0; k < end; k++) {
      const one = <usize>k << 2
      const input = one + (<usize>i << 2)
      const row = <usize>load<u32>(four + one, 16)
      const slot = load<u32>(ends + row)
      store<u32>(ends + row, slot + 1)
      const block = <i32>(row >> 4)
      const plane = planeOf(block)
      const cz = load<i32>(chunkZ + input)
      // Heights count from the first candidate until the plane is known.
      let base = load<i32>(plane)
      if (base === i32.MIN_VALUE) {
        base = cz
        store<i32>(plane, cz)
      }
      const dz = cz - base
      misfit |= <i32><T>dz ^ dz
      const to = xAddress<T>(slot)
      store<T>(to, <T>(load<i32>(chunkX + input) - centreX(load<i32>(four + one))))
      store<T>(to, <T>(load<i32>(chunkY + input) - centreY(rowOf(block))), 4 * sizeof<T>())
      store<T>(to, <T>dz, 8 * sizeof<T>())
      store<i32>(index + (<usize>slot << 2), place + i + k)
    }
  }
  if (misfit !== 0) overflown = true
}

/** Fits the planes of blocks and squares. @returns false if a height does not fit */
export function fitPlanes(): bool {
  for (let square = 0; square < squareCount; square++) {
    for (let k = 0; k < 64; k++) {
      if (wide) fitBlock<i32>((square << 6) + k)
      else fitBlock<i16>((square << 6) + k)
    }
    fitSquare(square)
  }
  return !overflown
}

@inline
function sumOf(four: v128): f64 {
  return (
    <f64>f32x4.extract_lane(four, 0) +
    <f64>f32x4.extract_lane(four, 1) +
    <f64>f32x4.extract_lane(four, 2) +
    <f64>f32x4.extract_lane(four, 3)
  )
}

/**
 * A least-squares slope from sums over n candidates, in steps of a plane's slope; 0 if they do not
 * spread.
 */
@inline
function slopeOf(n: f64, s: f64, ss: f64, sz: f64, ssz: f64): f32 {
  const spread = n * ss - s * s
  // The sums are single precision: a smaller spread is rounding.
  return spread > 1e-4 * n * ss ? <f32>nearest(min(max((SLOPES * (n * ssz - s * sz)) / spread, -32767), 32767)) : 0
}

/** Repeats a block's last candidate in its unused slots. */
@inline
function fillUp<T>(end: u32): void {
  const last = xAddress<T>(end - 1)
  for (let slot = end; slot & 3; slot++) {
    const at = xAddress<T>(slot)
    store<T>(at, load<T>(last))
    store<T>(at, load<T>(last, 4 * sizeof<T>()), 4 * sizeof<T>())
    store<T>(at, load<T>(last, 8 * sizeof<T>()), 8 * sizeof<T>())
    // Equally far and last in order: never found instead of the candidate itself.
    store<i32>(index + (<usize>slot << 2), i32.MAX_VALUE)
  }
}

/**
 * Fills up a block and fits its plane. The slopes along x and y are least squares, each separately.
 * The height is midway between the highest and the lowest candidate above that slope. Heights count
 * from there afterwards. Any plane is valid with the distance of its farthest candidate.
 */
function fitBlock<T>(block: i32): void {
  const plane = planeOf(block)
  const count = quadCount(plane)
  if (count === 0) {
    store<f32>(plane, 0)
    store<i16>(slopeAddress(plane), 0)
    store<i16>(slopeAddress(plane), 0, 8)
    store<f32>(plane, -f32.POSITIVE_INFINITY, 32)
    return
  }
  fillUp<T>(endOf(block))
  const bytes: usize = 12 * sizeof<T>()
  const from = xyz + bytes * <usize>firstQuad(plane)
  const end = from + bytes * <usize>count
  let sx = f32x4.splat(0)
  let sy = sx
  let sz = sx
  let sxx = sx
  let syy = sx
  let sxz = sx
  let syz = sx
  for (let quad = from; quad < end; quad += bytes) {
    const x = f32x4.convert_i32x4_s(loadFour<T>(quad))
    const y = f32x4.convert_i32x4_s(loadFour<T>(quad + 4 * sizeof<T>()))
    const z = f32x4.convert_i32x4_s(loadFour<T>(quad + 8 * sizeof<T>()))
    sx = f32x4.add(sx, x)
    sy = f32x4.add(sy, y)
    sz = f32x4.add(sz, z)
    sxx = f32x4.add(sxx, f32x4.mul(x, x))
    syy = f32x4.add(syy, f32x4.mul(y, y))
    sxz = f32x4.add(sxz, f32x4.mul(x, z))
    syz = f32x4.add(syz, f32x4.mul(y, z))
  }
  const n = <f64>(4 * count)
  const z = sumOf(sz)
  const stepsX = slopeOf(n, sumOf(sx), sumOf(sxx), z, sumOf(sxz))
  const stepsY = slopeOf(n, sumOf(sy), sumOf(syy), z, sumOf(syz))
  const alongX = f32x4.splat(stepsX * <f32>(1 / SLOPES))
  const alongY = f32x4.splat(stepsY * <f32>(1 / SLOPES))
  let low = f32x4.splat(f32.POSITIVE_INFINITY)
  let high = f32x4.splat(-f32.POSITIVE_INFINITY)
  for (let quad = from; quad < end; quad += bytes) {
    const x = f32x4.convert_i32x4_s(loadFour<T>(quad))
    const y = f32x4.convert_i32x4_s(loadFour<T>(quad + 4 * sizeof<T>()))
    const z = f32x4.convert_i32x4_s(loadFour<T>(quad + 8 * sizeof<T>()))
    const above = f32x4.sub(f32x4.sub(z, f32x4.mul(alongX, x)), f32x4.mul(alongY, y))
    low = f32x4.pmin(low, above)
    high = f32x4.pmax(high, above)
  }
  const lowest = <f64>min(
    min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)),
    min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)),
  )
  const highest = <f64>max(
    max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1)),
    max(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3)),
  )
  const first = load<i32>(plane)
  const height = <f32>(first + <i32>nearest(0.5 * (lowest + highest)))
  const shift = <i32>height - first
  const most = max(highest - <f64>shift, <f64>shift - lowest)
  const reach = (0.5 * size + 1) * (abs(<f64>stepsX) + abs(<f64>stepsY)) * (1 / SLOPES)
  store<f32>(plane, height)
  store<i16>(slopeAddress(plane), <i16>stepsX)
  store<i16>(slopeAddress(plane), <i16>stepsY, 8)
  store<f32>(plane, <f32>(most + SLACK * (most + abs(<f64>shift) + reach) + 1e-3), 32)
  shiftHeights<T>(from, end, shift)
}

/** Moves the origin of a block's heights. */
@inline
function shiftHeights<T>(from: usize, end: usize, shift: i32): void {
  const by = i32x4.splat(shift)
  let misfit = i32x4.splat(0)
  for (let at = from + 8 * sizeof<T>(); at < end; at += 12 * sizeof<T>()) {
    const z = i32x4.sub(loadFour<T>(at), by)
    if (sizeof<T>() === 4) v128.store(at, z)
    else {
      const narrow = i16x8.narrow_i32x4_s(z, z)
      misfit = v128.or(misfit, v128.xor(i32x4.extend_low_i16x8_s(narrow), z))
      v128.store64_lane(at, narrow, 0)
    }
  }
  if (v128.any_true(misfit)) overflown = true
}

/**
 * Fits the mean plane of a square's blocks, with a distance that none of their candidates exceeds.
 */
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
    const plane = planeOf((square << 6) + k)
    if (load<f32>(plane, 32) < 0) continue
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
    const plane = planeOf((square << 6) + k)
    const dx = (<f64>(k & 7) - 3.5) * size
    const dy = (<f64>(k >> 3) - 3.5) * size
    const stepsX = <f64>load<i16>(slopeAddress(plane))
    const stepsY = <f64>load<i16>(slopeAddress(plane), 8)
    // A block's rounded centre may be a millimetre off.
    const apart =
      abs(<f64>load<f32>(plane) - height - alongX * dx - alongY * dy) +
      (abs(stepsX * (1 / SLOPES) - alongX) + abs(stepsY * (1 / SLOPES) - alongY)) * (0.5 * size + 1) +
      abs(alongX) +
      abs(alongY) +
      <f64>load<f32>(plane, 32)
    if (apart > most) most = apart
  }
  const at = squares + (<usize>square << 5)
  store<f64>(at, height)
  store<f64>(at, alongX, 8)
  store<f64>(at, alongY, 16)
  store<f64>(at, most, 24)
}
