/** Stretches of pixels without a colour, row by row from the first: pixels `[starts[i], ends[i])`. */
interface Runs {
  readonly count: number
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/**
 * Fills small holes of an image (4-connected pixels whose alpha is 0, at most `maxPixels` of them) from their rims inward, ring by
 * ring: each pixel gets the mean of those of its four neighbours that have a colour by then. Larger holes, and images
 * without any pixel, stay. `data`: RGBA, changed in place.
 *
 * Holes are found by their runs in rows, which hang together where they lie above each other: what no image covers takes memory by its runs, not by its pixels.
 * O(pixels) time, 16 bytes a run.
 */
export const fillImageHoles = (data: Uint8Array, width: number, height: number, maxPixels: number): void => {
  const runs = emptyRuns(data, width, height)
  if (runs.count === 0) return
  for (const hole of smallHoles(runs, width, maxPixels)) fill(data, width, height, hole)
}

const emptyRuns = (data: Uint8Array, width: number, height: number): Runs => {
  let starts = new Int32Array(1024)
  let ends = new Int32Array(1024)
  let count = 0
  for (let row = 0; row < height; row++) {
    const end = (row + 1) * width
    for (let i = row * width; i < end; i++) {
      if (data[4 * i + 3] !== 0) continue
      if (count === starts.length) {
        starts = doubled(starts)
        ends = doubled(ends)
      }
      starts[count] = i
      while (i < end && data[4 * i + 3] === 0) i++
      ends[count++] = i
    }
  }
  return { count, starts, ends }
}

const doubled = (values: Int32Array): Int32Array<ArrayBuffer> => {
  const out = new Int32Array(2 * values.length)
  out.set(values)
  return out
}

/** The pixels, ascending, of each hole that has no more than `most` of them. */
const smallHoles = ({ count, starts, ends }: Runs, width: number, most: number): Iterable<readonly number[]> => {
  // Of each run one that it hangs together with, no later than itself; the first of a hole points to itself.
  const first = Int32Array.from({ length: count }, (_, i) => i)
  const firstOf = (run: number): number => {
    let at = run
    while (first[at] !== at) {
      first[at] = first[first[at]!]!
      at = first[at]!
    }
    return at
  }
  for (let above = 0, run = 0; run < count; run++) {
    while (ends[above]! + width <= starts[run]!) above++
    for (let k = above; k < run && starts[k]! + width < ends[run]!; k++) {
      const [a, b] = [firstOf(k), firstOf(run)]
      first[Math.max(a, b)] = Math.min(a, b)
    }
  }
  const sizes = new Int32Array(count)
  for (let run = 0; run < count; run++) sizes[firstOf(run)]! += ends[run]! - starts[run]!
  const holes = new Map<number, number[]>()
  for (let run = 0; run < count; run++) {
    const hole = firstOf(run)
    if (sizes[hole]! > most) continue
    const pixels = holes.get(hole) ?? []
    holes.set(hole, pixels)
    for (let i = starts[run]!; i < ends[run]!; i++) pixels.push(i)
  }
  return holes.values()
}

const fill = (data: Uint8Array, width: number, height: number, hole: readonly number[]): void => {
  let left = hole
  while (left.length > 0) {
    const ring: number[] = []
    const colours: number[] = []
    const rest: number[] = []
    for (const pixel of left) {
      const sums = [0, 0, 0]
      let count = 0
      for (let k = 0; k < 4; k++) {
        const other = neighbour(pixel, k, width, height)
        if (other < 0 || data[4 * other + 3] === 0) continue
        count++
        for (let band = 0; band < 3; band++) sums[band]! += data[4 * other + band]!
      }
      if (count === 0) {
        rest.push(pixel)
        continue
      }
      ring.push(pixel)
      for (const sum of sums) colours.push(Math.round(sum / count))
    }
    if (ring.length === 0) return
    // Together, so that the order of the pixels does not matter.
    for (const [i, pixel] of ring.entries()) data.set([...colours.slice(3 * i, 3 * i + 3), 255], 4 * pixel)
    left = rest
  }
}

/** West, east, north, south neighbour of a pixel, or −1. */
const neighbour = (pixel: number, k: number, width: number, height: number): number => {
  const column = pixel % width
  if (k === 0) return column > 0 ? pixel - 1 : -1
  if (k === 1) return column < width - 1 ? pixel + 1 : -1
  if (k === 2) return pixel >= width ? pixel - width : -1
  return pixel < width * (height - 1) ? pixel + width : -1
}
