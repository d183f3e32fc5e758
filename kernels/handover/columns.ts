/** Columns of layers and tables, from rows of named values. */
import type { Column, ColumnFacts } from "../../engine/kernel.js"

/**
 * One column for each fact, in their order. A missing value becomes NaN, 0 (integer) or the empty
 * string.
 */
export const columnsByName = (
  facts: Readonly<Record<string, Pick<ColumnFacts, "type">>>,
  rows: readonly Readonly<Record<string, number | string>>[],
): Record<string, Column> =>
  Object.fromEntries(
    Object.entries(facts).map(([name, { type }]): [string, Column] => {
      const values = rows.map((row) => row[name])
      if (type === "string") return [name, { type, values: values.map((value) => String(value ?? "")) }]
      if (type === "integer") return [name, { type, values: Int32Array.from(values, (value) => Number(value ?? 0)) }]
      return [name, { type, values: Float64Array.from(values, (value) => Number(value ?? Number.NaN)) }]
    }),
  )
