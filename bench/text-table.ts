/** Figures and tables as plain text, for what the laboratory prints. */

/** 12345.6 → "12 300", 0.01234 → "0.0123": `digits` that count, at most three behind the point. */
export const shortFigure = (value: number, digits = 3): string => {
  const kept = Number(value.toPrecision(digits))
  return kept >= 1000
    ? String(Math.round(kept)).replaceAll(/\B(?=(\d{3})+$)/g, " ")
    : String(Number(kept.toPrecision(3)))
}

/**
 * Columns aligned by spaces: the first and the last to the left (`lastLeft`), or the first alone.
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
