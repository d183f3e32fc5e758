/** Finds the density of a job's points from the headers of its sources. */
import { type Density, densityClass } from "../core/density.js"
import type { Box2 } from "../core/geometry/box.js"
import { elementAt, lowerBound } from "../core/lists.js"
import { tileSizes } from "../grid/tile-key.js"
import type { CatalogueSource } from "./catalogue.js"

/**
 * The density of a job: points of all sources by the area of the union of their boxes. Points on a
 * line or in one place are dense. O(n log n) in the sources.
 */
export const densityOf = (sources: readonly Pick<CatalogueSource, "box" | "count">[]): Density =>
  densityClass(sources.reduce((sum, { count }) => sum + count, 0) / unionArea(sources.map(({ box }) => box)))

/** Share of their tiles that points fill, below which smaller tiles are named. */
const LEAST_FILLED = 0.1

/**
 * Names `--tile-size` where the boxes of the sources fill less than a tenth of the work tiles:
 * the smallest side of tiles that is at least that of the largest source.
 *
 * @param tiles number of work tiles of `tileSize` metres
 */
export const tileSizeHint = (
  sources: readonly Pick<CatalogueSource, "box">[],
  tiles: number,
  tileSize: number,
): string | undefined => {
  const filled = unionArea(sources.map(({ box }) => box)) / (tiles * tileSize * tileSize)
  const widest = sources.reduce((most, { box }) => Math.max(most, box[2] - box[0], box[3] - box[1]), 0)
  const fitting = tileSizes.findLast((side) => side >= widest - 1)
  if (!(filled < LEAST_FILLED) || fitting === undefined || fitting >= tileSize) return undefined
  const share = `${Number((100 * filled).toPrecision(2))} %`
  return `the points fill ${share} of their tiles of ${tileSize} m. For tiles that fit them: --tile-size ${fitting}`
}

/**
 * Area that boxes cover together, by a sweep from west to east. A tree over the heights at which
 * boxes begin and end holds how often each stretch is covered (Bentley 1977). O(n log n).
 */
export const unionArea = (boxes: readonly Box2[]): number => {
  const heights = Float64Array.from(new Set(boxes.flatMap(([, minY, , maxY]) => [minY, maxY]))).sort()
  const stretches = heights.length - 1
  if (stretches < 1) return 0
  const covers = new Int32Array(4 * stretches)
  const lengths = new Float64Array(4 * stretches)
  const add = (node: number, from: number, to: number, [low, high]: readonly [number, number], times: 1 | -1): void => {
    if (low >= to || high <= from) return
    const middle = (from + to) >> 1
    if (low <= from && to <= high) covers[node]! += times
    else {
      add(2 * node, from, middle, [low, high], times)
      add(2 * node + 1, middle, to, [low, high], times)
    }
    const inner = to - from === 1 ? 0 : lengths[2 * node]! + lengths[2 * node + 1]!
    lengths[node] = covers[node]! > 0 ? heights[to]! - heights[from]! : inner
  }
  const xOf = (side: number): number => elementAt(boxes, side >> 1)[side % 2 === 0 ? 0 : 2]
  const sides = Uint32Array.from({ length: 2 * boxes.length }, (_, side) => side).sort((a, b) => xOf(a) - xOf(b))
  let [area, last] = [0, 0]
  for (const side of sides) {
    const [, minY, , maxY] = elementAt(boxes, side >> 1)
    area += lengths[1]! * (xOf(side) - last)
    last = xOf(side)
    add(1, 0, stretches, [lowerBound(heights, minY), lowerBound(heights, maxY)], side % 2 === 0 ? 1 : -1)
  }
  return area
}
