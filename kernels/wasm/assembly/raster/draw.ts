/** Heights at the centres of cells in triangles, as `kernels/lib/tin-raster.ts` draws them. */
import { bottom, cell, classes, hasClasses, left, sampleAt, values, width } from "./memory"
import { triangleCount, triangles } from "./strips"

/** More than rounding does to a place in cells, less than the step of places of whole millimetres. */
const SLIP: f64 = 1e-7

/**
 * Writes the void cells of a block whose centre lies in a triangle with a circumcircle of at most `widest` across. `offset` is that of heights, millimetres. The block is given in cells of the sample grid: its first ones and those behind its last.
 */
export function draw(fromColumn: i32, fromRow: i32, toColumn: i32, toRow: i32, widest: f64, offset: f64): void {
  const most = widest * widest
  for (let t = 0; t < triangleCount; t++) {
    const at = triangles + (<usize>t << 5)
    drawTriangle(
      sampleAt(load<i32>(at)),
      sampleAt(load<i32>(at, 4)),
      sampleAt(load<i32>(at, 8)),
      fromColumn,
      fromRow,
      toColumn - 1,
      toRow - 1,
      most,
      offset,
    )
  }
}

/** 1 where some cell of a block is void. */
export function hasVoid(fromColumn: i32, fromRow: i32, toColumn: i32, toRow: i32): i32 {
  for (let row = fromRow; row < toRow; row++) {
    const to = (row - bottom) * width - left
    for (let column = fromColumn; column < toColumn; column++) {
      const value = load<f32>(values + (<usize>(to + column) << 2))
      if (value !== value) return 1
    }
  }
  return 0
}

@inline
function isAfter(a: usize, b: usize): bool {
  const dx = load<i32>(a) - load<i32>(b)
  return dx !== 0 ? dx > 0 : load<i32>(a, 4) > load<i32>(b, 4)
}

/** A centre on an edge belongs to the triangle on one side of it, by the edge's direction. */
@inline
function owns(dx: f64, dy: f64): bool {
  return dy > 0 || (dy === 0 && dx > 0)
}

@inline
function drawTriangle(
  first: usize,
  second: usize,
  third: usize,
  west: i32,
  south: i32,
  east: i32,
  north: i32,
  most: f64,
  offset: f64,
): void {
  // a, b, c by (x, y): every tile then does the same arithmetic.
  let a = first
  let b = second
  let c = third
  if (isAfter(a, b)) {
    const other = a
    a = b
    b = other
  }
  if (isAfter(b, c)) {
    const other = b
    b = c
    c = other
  }
  if (isAfter(a, b)) {
    const other = a
    a = b
    b = other
  }
  const side = <f64>cell
  const inverse = 1 / side
  const ax = <f64>load<i32>(a)
  const ay = <f64>load<i32>(a, 4)
  const ux = <f64>load<i32>(b) - ax
  const uy = <f64>load<i32>(b, 4) - ay
  const vx = <f64>load<i32>(c) - ax
  const vy = <f64>load<i32>(c, 4) - ay
  const firstColumn = max(west, <i32>ceil(ax * inverse - 0.5 - SLIP))
  const lastColumn = min(east, <i32>floor((ax + vx) * inverse - 0.5 + SLIP))
  if (firstColumn > lastColumn) return
  const firstRow = max(south, <i32>ceil((ay + min(0, min(uy, vy))) * inverse - 0.5 - SLIP))
  const lastRow = min(north, <i32>floor((ay + max(0, max(uy, vy))) * inverse - 0.5 + SLIP))
  if (firstRow > lastRow) return
  const cross = ux * vy - uy * vx
  if (cross === 0) return
  const wx = vx - ux
  const wy = vy - uy
  // The diameter of the circumcircle is the product of the sides over twice the area.
  if ((ux * ux + uy * uy) * (vx * vx + vy * vy) * (wx * wx + wy * wy) > most * cross * cross) return
  const lowest = <f64>load<i32>(a, 8)
  const base = lowest + offset
  const rise1 = <f64>load<i32>(b, 8) - lowest
  const rise2 = <f64>load<i32>(c, 8) - lowest
  const sign: f64 = cross > 0 ? 1 : -1
  const closedU = owns(sign * ux, sign * uy)
  const closedV = owns(-sign * vx, -sign * vy)
  const closedW = owns(sign * wx, sign * wy)
  const area = sign * cross
  // Twice the areas towards c (by edge u) and b (by edge v): weights of c and b. Whole multiples of 0.5 below 2^53: sums are exact.
  const stepC = -sign * uy * side
  const stepB = sign * vy * side
  const firstDx = (<f64>firstColumn + 0.5) * side - ax
  for (let row = firstRow; row <= lastRow; row++) {
    const dy = (<f64>row + 0.5) * side - ay
    const to = (row - bottom) * width - left
    let weightC = sign * (ux * dy - uy * firstDx) - stepC
    let weightB = sign * (firstDx * vy - dy * vx) - stepB
    for (let column = firstColumn; column <= lastColumn; column++) {
      weightC += stepC
      weightB += stepB
      const weightA = area - weightB - weightC
      if (weightC < 0 || weightB < 0 || weightA < 0) continue
      if ((weightC === 0 && !closedU) || (weightB === 0 && !closedV) || (weightA === 0 && !closedW)) continue
      const at = <usize>(to + column)
      const value = load<f32>(values + (at << 2))
      if (value === value) continue
      store<f32>(values + (at << 2), <f32>((base + (rise1 * weightB + rise2 * weightC) / area) / 1000))
      if (hasClasses) {
        const dx = (<f64>column + 0.5) * side - ax
        const da = dx * dx + dy * dy
        const db = (dx - ux) * (dx - ux) + (dy - uy) * (dy - uy)
        const dc = (dx - vx) * (dx - vx) + (dy - vy) * (dy - vy)
        const near = da <= db && da <= dc ? a : db <= dc ? b : c
        store<u8>(classes + at, <u8>load<i32>(near, 12))
      }
    }
  }
}
