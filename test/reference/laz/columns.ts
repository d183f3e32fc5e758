/**
 * Work on whole columns where they lie, value by value: the reference implementation of
 * `assembly/columns.ts`.
 */
import type { ColumnWork } from "../../../engine/formats/laz/wasm/chunk.js"

/** The twin's work on columns: any arrays, not only those that a decoder gave. */
export const twinColumns: ColumnWork = {
  range: (column) => {
    let [least, most] = [column[0] ?? 0, column[0] ?? 0]
    for (let i = 1; i < column.length; i++) {
      const value = column[i]
      if (value < least) least = value
      if (value > most) most = value
    }
    return [least, most]
  },
  place: (column, scale, offset) => {
    for (let i = 0; i < column.length; i++) column[i] = (Math.imul(column[i], scale) + offset) | 0
  },
  settle: (times) => {
    for (let i = 0; i < times.length; i++) times[i] = Number.isNaN(times[i]) ? Number.NaN : times[i] + 0
  },
}
