/**
 * Fills small holes of an image (4-connected pixels whose alpha is 0, at most `maxPixels` of them) from their rims inward, ring by
 * ring: each pixel gets the mean of those of its four neighbours that have a colour by then. Larger holes, and images
 * without any pixel, stay. `data`: RGBA, changed in place. O(pixels).
 */
export const fillImageHoles = (data: Uint8Array, width: number, height: number, maxPixels: number): void => {
  const seen = new Uint8Array(width * height)
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] === 1 || data[4 * start + 3] !== 0) continue
    const hole = holeAt(data, width, height, start, seen)
    if (hole.length <= maxPixels) fill(data, width, height, hole)
  }
}

/** The pixels of a hole, marked as seen. */
const holeAt = (data: Uint8Array, width: number, height: number, start: number, seen: Uint8Array): number[] => {
  const hole = [start]
  seen[start] = 1
  for (let at = 0; at < hole.length; at++) {
    for (let k = 0; k < 4; k++) {
      const other = neighbour(hole[at]!, k, width, height)
      if (other < 0 || seen[other] === 1 || data[4 * other + 3] !== 0) continue
      seen[other] = 1
      hole.push(other)
    }
  }
  return hole
}

const fill = (data: Uint8Array, width: number, height: number, hole: readonly number[]): void => {
  let left = [...hole].sort((a, b) => a - b)
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
        for (let band = 0; band < 3; band++) sums[band]! += data[4 * other + band]
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
