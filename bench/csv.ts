/** A line of a CSV file (RFC 4180), without its end. */
export const csvLine = (cells: readonly (string | number)[]): string =>
  cells
    .map(String)
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(",")

/** The rows of a CSV file (RFC 4180), blank lines left out. */
export const parseCsv = (text: string): string[][] => {
  const rows: string[][] = []
  let row: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text)
    if (match === null) throw new Error(`not CSV after ${rows.length} rows: a quotation mark is missing`)
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "")
    if (match[3] === ",") {
      if (cell.lastIndex === text.length) row.push("")
      else continue
    }
    if (row.length > 1 || row[0] !== "") rows.push(row)
    row = []
  }
  return rows
}
