/** Dates of acquisition from the GPS times of points (LAS 1.4 R15, global encoding bit 0). */

const epochDay = Date.UTC(1980, 0, 6) / 86_400_000
const secondsPerWeek = 604_800

/**
 * Days since 1970-01-01 of an adjusted standard GPS time: seconds since 1980-01-06 minus 10⁹.
 * Delivered LiDAR HD uses this time even where its header bit is unset. Leap seconds are ignored.
 *
 * @returns undefined for times within one week: GPS week time, or none, has no date
 */
export const gpsDay = (seconds: number): number | undefined =>
  seconds > secondsPerWeek ? epochDay + Math.floor((seconds + 1e9) / 86_400) : undefined

/** A day, counted from 1970-01-01, as `YYYY-MM-DD`. */
export const dayText = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10)

/**
 * Days of acquisition, `YYYY-MM-DD` or `YYYY-MM-DD/YYYY-MM-DD`, from the first and last GPS time as
 * {@link gpsDay} reads them; "unknown" without a date.
 */
export const acquisition = (time: readonly [number, number]): string => {
  const [first, last] = [gpsDay(time[0]), gpsDay(time[1])]
  if (first === undefined || last === undefined) return "unknown"
  return first === last ? dayText(first) : `${dayText(first)}/${dayText(last)}`
}
