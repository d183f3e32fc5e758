/** One point for each cell, as `kernels/lib/thin-points.ts` chooses it. */
import {
  bottom,
  CHUNK,
  cell,
  classes,
  columns,
  hasClasses,
  height,
  left,
  rows,
  sampleAt,
  values,
  width,
  work,
} from "./memory"

/** Bits that some coordinate has, of its complement where it is negative. */
export let bits: i32 = 0

/** Forgets the {@link bits} of what was taken before. */
export function startTaking(): void {
  bits = 0
}

@inline
function square(a: i32): i64 {
  return <i64>a * <i64>a
}

/** Of points that are equally near to the centre of a cell, or equally high: negative where (x, y) comes before the sample's. */
@inline
function placeOrder(x: i32, y: i32, at: usize): i32 {
  const dx = x - load<i32>(at)
  return dx !== 0 ? dx : y - load<i32>(at, 4)
}

/** Takes the points of the chunk: `highest` of each cell, or the nearest to its centre. Adding the shifts brings them to the corner of the sample grid. */
export function take(count: i32, shiftX: i32, shiftY: i32, highest: i32): void {
  const fromY = work + 4 * CHUNK
  const fromZ = work + 8 * CHUNK
  const fromClass = work + 12 * CHUNK
  const inverse = 1 / <f64>cell
  let all = bits
  for (let i = 0; i < count; i++) {
    const place = <usize>i << 2
    const x0 = load<i32>(work + place)
    const y0 = load<i32>(fromY + place)
    all |= (x0 ^ (x0 >> 31)) | (y0 ^ (y0 >> 31))
    const x = x0 + shiftX
    const y = y0 + shiftY
    if (x < 0 || y < 0) continue
    const column = quotient(x, inverse)
    const row = quotient(y, inverse)
    if (column >= columns || row >= rows) continue
    const z = load<i32>(fromZ + place)
    const label = hasClasses ? <i32>load<u8>(fromClass + i) : 0
    const at = sampleAt(row * columns + column)
    if (load<i32>(at, 12) >= 0 && !precedes(x, y, z, label, at, column, row, highest)) continue
    store<i32>(at, x)
    store<i32>(at, y, 4)
    store<i32>(at, z, 8)
    store<i32>(at, label, 12)
  }
  bits = all
}

/** Whole cells below a place, which is not negative: the product is off by at most one. */
@inline
function quotient(a: i32, inverse: f64): i32 {
  const q = <i32>(<f64>a * inverse)
  const rest = a - q * cell
  return rest < 0 ? q - 1 : rest >= cell ? q + 1 : q
}

/** True where the point is to stand for the cell in the sample's place. */
@inline
function precedes(x: i32, y: i32, z: i32, label: i32, at: usize, column: i32, row: i32, highest: i32): bool {
  const heldZ = load<i32>(at, 8)
  if (highest !== 0 && z !== heldZ) return z > heldZ
  // Doubled, from the corner of the cell: the centre is then an integer.
  const toX = cell * (2 * column + 1)
  const toY = cell * (2 * row + 1)
  const mine = square(2 * x - toX) + square(2 * y - toY)
  const its = square(2 * load<i32>(at) - toX) + square(2 * load<i32>(at, 4) - toY)
  if (mine !== its) return mine < its
  if (z !== heldZ) return z < heldZ
  const order = placeOrder(x, y, at)
  if (order !== 0) return order < 0
  return highest !== 0 && label < load<i32>(at, 12)
}

/** The heights and classes of the samples, in the cells that have one; `offset` is that of heights, millimetres. */
export function writeSamples(offset: f64): void {
  for (let row = 0; row < height; row++) {
    const to = row * width
    const from = (row + bottom) * columns + left
    for (let column = 0; column < width; column++) {
      const at = sampleAt(from + column)
      const label = load<i32>(at, 12)
      if (label < 0) continue
      store<f32>(values + (<usize>(to + column) << 2), <f32>((<f64>load<i32>(at, 8) + offset) / 1000))
      store<u8>(classes + <usize>(to + column), <u8>label)
    }
  }
}
