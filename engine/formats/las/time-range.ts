/** First and last GPS time of points, which give the days of acquisition. */
import type { MmBox, PointColumns } from "./columns.js"

/** First and last GPS time of some points. Times that are none (0 of virtual points, NaN) do not count; nor does noise, which callers leave out. */
export class TimeRange {
  first = Infinity
  last = -Infinity

  /** Widens the range by another one; an empty one is [Infinity, −Infinity]. */
  widen(first: number, last: number): void {
    if (first < this.first) this.first = first
    if (last > this.last) this.last = last
  }

  /** Widens the range by the times of the points in a box: those of the places `chosen`, all when absent. */
  addPoints({ count, x, y, gpsTime }: PointColumns, { minX, minY, maxX, maxY }: MmBox, chosen?: Uint32Array): void {
    let [first, last] = [this.first, this.last]
    const most = chosen?.length ?? count
    for (let k = 0; k < most; k++) {
      const i = chosen === undefined ? k : chosen[k]!
      const px = x[i]!
      const py = y[i]!
      if (!(px >= minX && px < maxX && py >= minY && py < maxY)) continue
      const time = gpsTime[i]!
      if (time > 0 && time < first) first = time
      if (time > 0 && time > last) last = time
    }
    this.first = first
    this.last = last
  }

  /** Undefined where no point has a time. */
  get range(): readonly [first: number, last: number] | undefined {
    return this.first <= this.last ? [this.first, this.last] : undefined
  }
}
