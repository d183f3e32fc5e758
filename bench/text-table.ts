/** Formats figures and tables as plain text. */

/** 12345.6 → "12 300", 0.01234 → "0.0123": `digits` significant digits, at most three decimals. */
export const shortFigure = (value: number, digits = 3): string => {
  const rounded = Number(value.toPrecision(digits))
  return rounded >= 1000
    ? String(Math.round(rounded)).replaceAll(/\B(?=(\d{3})+$)/g, " ")
    : String(Number(rounded.toPrecision(3)))
}

/**
 * Columns aligned by spaces. The first one is aligned to the left, and with `lastLeft` the last one
 * too.
 */
export const textTable = (rows: readonly (readonly string[])[], lastLeft = true): string => {
  const columns = rows[0]?.length ?? 0
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const aligned = (cell: string, column: number): string => {
    const width = widths[column] ?? 0
    return column === 0 || (lastLeft && column === columns - 1) ? cell.padEnd(width) : cell.padStart(width)
  }
  return rows.map((row) => row.map(aligned).join("  ").trimEnd()).join("\n")
}
