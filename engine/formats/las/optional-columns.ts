import type { FieldName, PointColumns } from "./columns.js"

/** Of the columns that do not tell points apart, those that are there: decoded and held where something asks for them. */
export interface Further {
  readonly intensity: boolean
  readonly gpsTime: boolean
}

/** The further columns among some attributes; all when undefined. */
export const furtherOf = (attributes: readonly FieldName[] | undefined): Further => ({
  intensity: attributes === undefined || attributes.includes("intensity"),
  gpsTime: attributes === undefined || attributes.includes("gpsTime"),
})

/**
 * Of duplicates one point is kept, with the least intensity and the least GPS time (NaN last) of them, each by itself: so that a column does not depend on
 * which others were read beside it. Columns that are not there (empty) stay so.
 */
export const keepLeast = (
  { intensity, gpsTime }: Pick<PointColumns, "intensity" | "gpsTime">,
  kept: number,
  other: number,
): void => {
  if (intensity.length > 0 && intensity[other]! < intensity[kept]!) intensity[kept] = intensity[other]!
  if (gpsTime.length > 0) gpsTime[kept] = leastTime(gpsTime[kept]!, gpsTime[other]!)
}

/** The lesser of two times, NaN only of two of them. */
export const leastTime = (a: number, b: number): number => (b < a || Number.isNaN(a) ? b : a)
