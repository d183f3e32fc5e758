/**
 * Fills void cells by a pyramid of means, as in `kernels/terrain/raster/fill-voids.ts`: means and
 * weights round to single precision at the same places.
 */
import { aligned, reachTo } from "../../../../../engine/core/assembly/reach"
import { bottom, height, left, source, values, width, work } from "./memory"

/**
 * Fills the void cells of a block from `levels` levels, and sets the sources of its cells. Those of
 * small triangles and of samples have theirs (1): the means are made of them.
 *
 * @returns 1, or 0 if memory is insufficient
 */
export function fill(levels: i32, fromColumn: i32, fromRow: i32, toColumn: i32, toRow: i32): i32 {
  let base = aligned(work)
  if (levels > 0) {
    let end = base
    for (let level = 1; level <= levels; level++) end += 8 * cellsOf(level)
    if (!reachTo(end)) return 0
    firstMeans(base)
    for (let level = 1; level < levels; level++) {
      const next = base + 8 * cellsOf(level)
      means(base, width >> level, height >> level, next)
      base = next
    }
    for (let level = levels - 1; level > 0; level--) {
      const finer = base - 8 * cellsOf(level)
      push(finer, base, width >> level, height >> level)
      base = finer
    }
  }
  pushFirst(base, levels > 0, fromColumn - left, fromRow - bottom, toColumn - left, toRow - bottom)
  return 1
}

/** Counts the cells with a source in a half-open window of the grid. */
export function countSource(wanted: i32, fromColumn: i32, fromRow: i32, toColumn: i32, toRow: i32): i32 {
  const sought = i8x16.splat(<i8>wanted)
  let count = 0
  for (let row = fromRow; row < toRow; row++) {
    const first = source + <usize>(row * width)
    let column = fromColumn
    for (; column + 16 <= toColumn; column += 16)
      count += popcnt(i8x16.bitmask(i8x16.eq(v128.load(first + <usize>column), sought)))
    for (; column < toColumn; column++) count += <i32>(load<u8>(first + <usize>column) === wanted)
  }
  return count
}

/** Cells of a level, which has its means, then as many weights. */
@inline
function cellsOf(level: i32): usize {
  return <usize>(width >> level) * <usize>(height >> level)
}

function firstMeans(base: usize): void {
  const across = width >> 1
  const up = height >> 1
  const weights = base + 4 * cellsOf(1)
  for (let row = 0; row < up; row++) {
    for (let column = 0; column < across; column++) {
      const first = 2 * row * width + 2 * column
      let sum: f64 = 0
      let weight: f64 = 0
      for (let k = 0; k < 4; k++) {
        const i = <usize>(first + (k & 1) + (k >> 1) * width)
        if (load<u8>(source + i) === 0) continue
        sum += <f64>load<f32>(values + (i << 2))
        weight += 1
      }
      const at = <usize>(row * across + column) << 2
      store<f32>(weights + at, <f32>weight)
      store<f32>(base + at, weight === 0 ? f32.NaN : <f32>(sum / weight))
    }
  }
}

function means(fine: usize, fineWidth: i32, fineHeight: i32, coarse: usize): void {
  const across = fineWidth >> 1
  const up = fineHeight >> 1
  const fineWeights = fine + 4 * <usize>fineWidth * <usize>fineHeight
  const weights = coarse + 4 * <usize>across * <usize>up
  for (let row = 0; row < up; row++) {
    for (let column = 0; column < across; column++) {
      const first = 2 * row * fineWidth + 2 * column
      let sum: f64 = 0
      let weight: f64 = 0
      for (let k = 0; k < 4; k++) {
        const i = <usize>(first + (k & 1) + (k >> 1) * fineWidth) << 2
        const its = load<f32>(fineWeights + i)
        if (its === 0) continue
        sum += <f64>its * <f64>load<f32>(fine + i)
        weight += <f64>its
      }
      const at = <usize>(row * across + column) << 2
      store<f32>(weights + at, <f32>weight)
      store<f32>(coarse + at, weight === 0 ? f32.NaN : <f32>(sum / weight))
    }
  }
}

function push(fine: usize, coarse: usize, fineWidth: i32, fineHeight: i32): void {
  const weights = fine + 4 * <usize>fineWidth * <usize>fineHeight
  for (let row = 0; row < fineHeight; row++) {
    for (let column = 0; column < fineWidth; column++) {
      const at = <usize>(row * fineWidth + column) << 2
      if (load<f32>(weights + at) === 0)
        store<f32>(fine + at, blend(coarse, fineWidth >> 1, fineHeight >> 1, row, column))
    }
  }
}

function pushFirst(
  coarse: usize,
  isFilled: bool,
  fromColumn: i32,
  fromRow: i32,
  toColumn: i32,
  toRow: i32,
): void {
  for (let row = fromRow; row < toRow; row++) {
    for (let column = fromColumn; column < toColumn; column++) {
      const at = <usize>(row * width + column)
      if (load<u8>(source + at) !== 0) continue
      const known = load<f32>(values + (at << 2))
      if (known === known) {
        store<u8>(source + at, 1)
        continue
      }
      if (!isFilled) continue
      const value = blend(coarse, width >> 1, height >> 1, row, column)
      store<f32>(values + (at << 2), value)
      if (value === value) store<u8>(source + at, 2)
    }
  }
}

/**
 * Blends the coarse cell around the fine one and its three neighbours on the fine one's side,
 * except voids.
 */
function blend(coarse: usize, across: i32, up: i32, row: i32, column: i32): f32 {
  const centreColumn = column >> 1
  const centreRow = row >> 1
  const sideColumn = centreColumn + ((column & 1) === 0 ? -1 : 1)
  const sideRow = centreRow + ((row & 1) === 0 ? -1 : 1)
  let sum: f64 = 0
  let weight: f64 = 0
  for (let k = 0; k < 4; k++) {
    const c = (k & 1) === 0 ? centreColumn : sideColumn
    const r = (k & 2) === 0 ? centreRow : sideRow
    if (c < 0 || r < 0 || c >= across || r >= up) continue
    const value = load<f32>(coarse + (<usize>(r * across + c) << 2))
    if (value !== value) continue
    const share: f64 = k === 0 ? 9 : k === 3 ? 1 : 3
    sum += share * <f64>value
    weight += share
  }
  return weight === 0 ? f32.NaN : <f32>(sum / weight)
}
