/** Input of the passes over points: columns of some points at a time, which fit into the cache. */

/** Points per copy. */
export const CHUNK: usize = 8192
/** i32 × 3 and u8 of {@link CHUNK} points, one column after another. */
export let chunkX: usize = 0
export let chunkY: usize = 0
export let chunkZ: usize = 0
export let chunkClasses: usize = 0

/** Sets where the columns begin; returns the address after them. */
export function placeChunk(at: usize): usize {
  chunkX = at
  chunkY = chunkX + 4 * CHUNK
  chunkZ = chunkY + 4 * CHUNK
  chunkClasses = chunkZ + 4 * CHUNK
  return chunkClasses + CHUNK
}
