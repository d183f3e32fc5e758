/** Sorts keys that are nearly in order, alone or with the places of their points. */

/** More keys than this are not sorted by insertion alone: bins may be crowded. */
const FEW = 256

/**
 * Brings the keys `[start, end)` of a stretch into order, and the places beside them where there are any; equal keys in any order. They come by bins of about a point
 * each, so that most stand where they belong: O(n) then; crowded bins are sorted natively, or by Shell's sort where places go along. No memory.
 */
export const sortKeys = (keys: Float64Array, places: Uint32Array | undefined, start: number, end: number): void => {
  if (places !== undefined) {
    for (let gap = firstGap(end - start); gap >= 1; gap = nextGap(gap)) insertPairs(keys, places, start, end, gap)
    return
  }
  if (end - start > FEW) {
    keys.subarray(start, end).sort()
    return
  }
  for (let i = start + 1; i < end; i++) {
    const key = keys[i]!
    if (keys[i - 1]! <= key) continue
    let at = i
    do {
      keys[at] = keys[at - 1]!
      at--
    } while (at > start && keys[at - 1]! > key)
    keys[at] = key
  }
}

/** Gaps of Shell's sort, each 0.45 of the one before: order among equal keys does not matter, and no other memory is needed. */
const nextGap = (gap: number): number => (gap === 1 ? 0 : Math.max(1, Math.floor(gap * 0.45)))
const firstGap = (n: number): number => (n <= FEW ? 1 : Math.floor(n * 0.45))

const insertPairs = (keys: Float64Array, places: Uint32Array, start: number, end: number, gap: number): void => {
  for (let i = start + gap; i < end; i++) {
    const key = keys[i]!
    const place = places[i]!
    let at = i
    for (; at >= start + gap && keys[at - gap]! > key; at -= gap) {
      keys[at] = keys[at - gap]!
      places[at] = places[at - gap]!
    }
    keys[at] = key
    places[at] = place
  }
}
