const gpsEpochMs = Date.UTC(1980, 0, 6)
const secondsPerWeek = 604_800

/**
 * Days of acquisition, `YYYY-MM-DD` or `YYYY-MM-DD/YYYY-MM-DD`, from the first and last GPS time.
 *
 * Times are adjusted standard GPS time (seconds since 1980-01-06 minus 10^9; LAS 1.4 R15, global encoding bit 0) even in delivered LiDAR HD
 * files that leave the bit unset. A time within one week is GPS week time, which tells no date.
 */
export const acquisition = (time: readonly [number, number]): string => {
  if (time[0] <= secondsPerWeek) return "unknown"
  const day = (seconds: number): string => new Date(gpsEpochMs + (seconds + 1e9) * 1000).toISOString().slice(0, 10)
  const [first, last] = [day(time[0]), day(time[1])]
  return first === last ? first : `${first}/${last}`
}
