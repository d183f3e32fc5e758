/**
 * Extracts the points of some classes from a chunk. Reference implementation: `copyPlaces` of
 * `engine/worker/points/select-points.ts`.
 *
 * Memory, in this order: 256 bytes, 1 for each class taken; shuffles; the chunk's columns. Four
 * bits that mark the points taken of four select a shuffle: of 32-bit numbers (16 × 16 bytes), and
 * of classes (16 × 4 bytes).
 */
import { aligned, reachTo } from "../../../../core/assembly/reach"

/** Capacity of the chunk, in points. */
const CHUNK: usize = 8192

/** 256 bytes, 1 for each class taken. */
export let taken: usize = 0
/** Columns of {@link CHUNK} points: i32 x, y, z, u8 classes. */
export let selected: usize = 0

let wordsOf: usize = 0
let bytesOf: usize = 0

/**
 * Lays out the memory. The caller then fills {@link taken}.
 *
 * @returns 1, or 0 if memory cannot grow
 */
export function startSelection(): i32 {
  taken = aligned(__heap_base)
  wordsOf = taken + 256
  bytesOf = wordsOf + 256
  selected = aligned(bytesOf + 64)
  if (!reachTo(selected + 13 * CHUNK + 16)) return 0
  for (let bits: usize = 0; bits < 16; bits++) {
    let to: usize = 0
    for (let from: usize = 0; from < 4; from++) {
      if (((bits >>> from) & 1) == 0) continue
      for (let k: usize = 0; k < 4; k++) store<u8>(wordsOf + 16 * bits + 4 * to + k, <u8>(4 * from + k))
      store<u8>(bytesOf + 4 * bits + to, <u8>from)
      to++
    }
  }
  return 1
}

/**
 * Moves the points taken, of the first `count`, to the front.
 *
 * @returns their number
 */
export function select(count: u32): u32 {
  const xs = selected
  const ys = xs + 4 * CHUNK
  const zs = ys + 4 * CHUNK
  const codes = zs + 4 * CHUNK
  let to: usize = 0
  // The last four may extend beyond `count`; those are masked.
  for (let i: usize = 0; i < <usize>count; i += 4) {
    const four = load<u32>(codes + i)
    const first = <u32>load<u8>(taken + <usize>(four & 255))
    const second = <u32>load<u8>(taken + <usize>((four >>> 8) & 255))
    const third = <u32>load<u8>(taken + <usize>((four >>> 16) & 255))
    const fourth = <u32>load<u8>(taken + <usize>(four >>> 24))
    let bits = first | (second << 1) | (third << 2) | (fourth << 3)
    if (i + 4 > <usize>count) bits &= (1 << (count & 3)) - 1
    const words = v128.load(wordsOf + 16 * <usize>bits)
    v128.store(xs + 4 * to, i8x16.swizzle(v128.load(xs + 4 * i), words))
    v128.store(ys + 4 * to, i8x16.swizzle(v128.load(ys + 4 * i), words))
    v128.store(zs + 4 * to, i8x16.swizzle(v128.load(zs + 4 * i), words))
    const places = v128.load32_zero(bytesOf + 4 * <usize>bits)
    v128.store32_lane(codes + to, i8x16.swizzle(i32x4.splat(four), places), 0)
    to += <usize>popcnt(bits)
  }
  return <u32>to
}
