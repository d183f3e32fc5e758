/** Formats figures and tables as Markdown. */

/**
 * A table whose first row is the heading.
 *
 * @param right indexes of the columns aligned to the right
 */
export const markdownTable = (rows: readonly (readonly string[])[], right: readonly number[] = []): string => {
  const [heading = [], ...body] = rows
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`
  return [line(heading), line(heading.map((_, i) => (right.includes(i) ? "--:" : "---"))), ...body.map(line)].join("\n")
}

/** 12345678 → "12 345 678". */
export const grouped = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, " ")

/** Three significant digits. */
export const milliseconds = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)

/** A quotient as a difference: "+0.120 %". */
export const shareText = (quotient: number): string => {
  const difference = 100 * (quotient - 1)
  return Math.abs(difference) < 0.0005 ? "equal" : `${difference > 0 ? "+" : "−"}${Math.abs(difference).toFixed(3)} %`
}
