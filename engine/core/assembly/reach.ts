/**
 * Lays out a module's memory: areas that follow each other from `__heap_base`, each aligned to a
 * cache line.
 */

@inline
export function aligned(address: usize): usize {
  return (address + 63) & ~63
}

/**
 * Grows the memory up to an address, by an eighth of its size at least. V8 counts each growth as a
 * new buffer of the full size. Growing page by page therefore triggers one garbage collection after
 * another.
 *
 * @returns false where the system refuses more memory
 */
export function reachTo(address: usize): bool {
  // 2 GB at most: JavaScript reads addresses as i32, and differences of larger ones overflow.
  if (<isize>address < 0) return false
  const missing = <isize>address - (<isize>memory.size() << 16)
  if (missing <= 0) return true
  const pages = <i32>((missing + 65535) >> 16)
  const more = memory.size() >> 3
  return (more > pages && memory.grow(more) >= 0) || memory.grow(pages) >= 0
}
