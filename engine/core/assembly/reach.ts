/**
 * How a module lays out its memory: areas one after the other from `__heap_base` on, each on a line
 * of the cache, in memory that grows to the end of the last one.
 */

@inline
export function aligned(address: usize): usize {
  return (address + 63) & ~63
}

/**
 * Makes the memory reach to an address, and by an eighth farther where it is that large already: to V8 memory that grows is a new buffer of its whole size, and so many of them, page after page, make it collect
 * all there is again and again. @returns false where there is no more
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
