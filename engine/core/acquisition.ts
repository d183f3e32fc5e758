/** Writes when points were acquired, as products state it. */
import { dayText, gpsDay } from "./gps-day.js"

/**
 * Days of acquisition, `YYYY-MM-DD` or `YYYY-MM-DD/YYYY-MM-DD`, from the first and last GPS time.
 *
 * Times are adjusted standard GPS time (seconds since 1980-01-06 minus 10^9; LAS 1.4 R15, global encoding bit 0) even in delivered LiDAR HD
 * files that leave the bit unset. A time within one week is GPS week time, which tells no date.
 */
export const acquisition = (time: readonly [number, number]): string => {
  const [first, last] = [gpsDay(time[0]), gpsDay(time[1])]
  if (first === undefined || last === undefined) return "unknown"
  return first === last ? dayText(first) : `${dayText(first)}/${dayText(last)}`
}
