/** Prints statistics of zones. */
import { describeZones, type ZonalResult } from "../engine/compare/zonal.js"
import { counted, formatTable, printLine } from "./print.js"

/** Zones that the table shows. */
const SHOWN = 20

/** @param out the file that has all of them, if one was written */
export const printZones = (result: ZonalResult, out: string | undefined): void => {
  const { values: rows, columns } = describeZones(result)
  const count = counted(rows.length, "zone")
  if (out !== undefined) {
    printLine(`${out}: ${count}, ${columns.join(", ")}`)
    return
  }
  const textOf = (value: string | number | null | undefined): string =>
    typeof value === "number" ? String(Number(value.toPrecision(6))) : ""
  const table = rows.slice(0, SHOWN).map((row) => [String(row["id"]), ...columns.map((name) => textOf(row[name]))])
  printLine(formatTable([["zone", ...columns], ...table]))
  if (rows.length > SHOWN) printLine(`${count}; all of them with --out FILE or --json`)
}
