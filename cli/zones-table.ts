/** Prints statistics of zones. */
import type { ZonalResult } from "../engine/compare/zonal.js"
import { counted, formatTable, printLine } from "./print.js"

/** Zones that the table shows. */
const SHOWN = 20

/** Ids and statistics, in the order of the columns. */
export const listZones = ({ features: { ids, columns }, columns: names }: ZonalResult) =>
  ids.map((id, f) => ({ id, values: names.map((name) => Number(columns[name]?.values[f])) }))

/** @param out the file that has all of them, if one was written */
export const printZones = (result: ZonalResult, out: string | undefined): void => {
  const rows = listZones(result)
  const count = counted(rows.length, "zone")
  if (out !== undefined) {
    printLine(`${out}: ${count}, ${result.columns.join(", ")}`)
    return
  }
  const textOf = (value: number): string => (Number.isNaN(value) ? "" : String(Number(value.toPrecision(6))))
  const table = rows.slice(0, SHOWN).map(({ id, values }) => [id, ...values.map(textOf)])
  printLine(formatTable([["zone", ...result.columns], ...table]))
  if (rows.length > SHOWN) printLine(`${count}; all of them with --out FILE or --json`)
}
