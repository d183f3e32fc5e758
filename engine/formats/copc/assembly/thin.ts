/**
 * Selects the points that move up an octree. Memory: words of the records, upper and lower halves
 * of their keys; then the same for the selected ones.
 */

let stride: usize = 0
let records: usize = 0
let room: usize = 0

/** Reserves memory for `count` records of whole words; returns its address, or 0. */
export function reserveChild(count: usize, recordBytes: usize): usize {
  stride = recordBytes
  room = count
  records = (__heap_base + 15) & ~15
  const missing = <i32>(records + 2 * count * (stride + 8) + 64 - ((<usize>memory.size()) << 16))
  return missing <= 0 || memory.grow((missing + 65535) >> 16) >= 0 ? records : 0
}

/** A hash of every byte of a record: it selects points as if at random. */
@inline
function hashOf(record: usize): u32 {
  let hash: u32 = 0x9e3779b9
  for (let k: usize = 0; k < stride; k += 4) {
    hash = (hash ^ load<u32>(record + k)) * 0x85ebca6b
    hash ^= hash >>> 15
  }
  hash *= 0xc2b2ae35
  return hash ^ (hash >>> 16)
}

/** Compares records by their words, as signed numbers. */
function precedes(a: usize, b: usize): bool {
  for (let k: usize = 0; k < stride; k += 4) {
    const left = load<i32>(a + k)
    const right = load<i32>(b + k)
    if (left != right) return left < right
  }
  return false
}

/** The record of `[first, end)` with the least hash; of equal ones, the least by its words. */
function winnerOf(first: u32, end: u32): u32 {
  let winner = first
  let least = hashOf(records + first * stride)
  for (let i = first + 1; i < end; i++) {
    const record = records + i * stride
    const hash = hashOf(record)
    if (hash < least || (hash == least && precedes(record, records + winner * stride))) {
      winner = i
      least = hash
    }
  }
  return winner
}

/** Copies a record; records are whole words, a multiple of 4 bytes. */
@inline
function copyRecord(to: usize, from: usize): void {
  let k: usize = 0
  for (; k + 8 <= stride; k += 8) store<u64>(to + k, load<u64>(from + k))
  if (k < stride) store<u32>(to + k, load<u32>(from + k))
}

/**
 * Selects a record of each cell: keys are equal after the shifts. The others move together, in
 * their order; the selected ones follow after the room of all. Returns their number.
 */
export function thin(count: u32, highShift: u32, lowShift: u32): u32 {
  const highs = records + room * stride
  const lows = highs + 4 * room
  const selected = lows + 4 * room
  const selectedHighs = selected + room * stride
  const selectedLows = selectedHighs + 4 * room
  let kept: u32 = 0
  let found: u32 = 0
  for (let first: u32 = 0; first < count; ) {
    const high = load<u32>(highs + 4 * first) >>> highShift
    const low = load<u32>(lows + 4 * first) >>> lowShift
    let end = first + 1
    while (end < count && load<u32>(highs + 4 * end) >>> highShift == high && load<u32>(lows + 4 * end) >>> lowShift == low) end++
    const winner = end - first == 1 ? first : winnerOf(first, end)
    copyRecord(selected + found * stride, records + winner * stride)
    store<u32>(selectedHighs + 4 * found, load<u32>(highs + 4 * winner))
    store<u32>(selectedLows + 4 * found, load<u32>(lows + 4 * winner))
    found++
    for (let i = first; i < end; i++) {
      if (i == winner) continue
      copyRecord(records + kept * stride, records + i * stride)
      store<u32>(highs + 4 * kept, load<u32>(highs + 4 * i))
      store<u32>(lows + 4 * kept, load<u32>(lows + 4 * i))
      kept++
    }
    first = end
  }
  return found
}
