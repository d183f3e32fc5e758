/**
 * Candidates in blocks: `CandidateGrid` of `kernels/lib/candidate-grid.ts`, which says what blocks, planes and squares are for, in WebAssembly; the search over them is in `search.ts`.
 * Both forms find the same candidate with the same distance, bit for bit.
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
export const SQUARE: i32 = 8
/** Above the relative error of every single-precision result here, which is at most 10 roundings of 2⁻²⁴. */
export const SLACK: f64 = 1.0 / 524288.0

export let minX: f64 = 0
export let minY: f64 = 0
export let size: f64 = 0
export let blockScale: f64 = 0
let rowScale: f64 = 0
let lastRow: i32 = 0
export let squareColumns: i32 = 0
let squareCount: i32 = 0
export let planes: usize = 0
export let first: usize = 0
export let ends: usize = 0
export let squares: usize = 0
export let bounds: usize = 0
export let xyz: usize = 0
let index: usize = 0
export let wide: bool = false
/** True where a height did not fit into 16 bits. */
export let overflown: bool = false

@inline
function align(address: usize): usize {
  return (address + 63) & ~63
}

/** Block of a square-by-square order. */
@inline
export function blockOf(row: i32, column: i32): i32 {
  return (((row >> 3) * squareColumns + (column >> 3)) << 6) + ((row & 7) << 3) + (column & 7)
}

/** Where coordinates in a block count from: columns and rows of blocks begin at the box's corner. */
@inline
export function centreX(column: i32): i32 {
  return wide ? 0 : <i32>(minX + (<f64>column + 0.5) * size)
}

@inline
export function centreY(row: i32): i32 {
  return wide ? 0 : <i32>(minY + (<f64>row + 0.5) * size)
}

@inline
export function baseZ(block: i32): i32 {
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
