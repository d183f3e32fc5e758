/** Writes counts in texts for people: grouped digits, and the right plural. */

/** 12345678 → "12 345 678". */
export const grouped = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, " ")

/** 1 → "1 tile", 1234 → "1 234 tiles". `many`: a plural that is not `one` and "s". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`
