import type { Columns } from "./peer.js"

/** What stands for a column that a reader does not give. */
const NONE = "-"

/**
 * Checksums of x, y, z, classification and return number, in that order: eight hexadecimal digits a column, joined by spaces. Each
 * depends on every value and on the order; `laszip-read.c` computes the same.
 */
export const columnsChecksum = ({ x, y, z, classification, returnNumber }: Columns): string =>
  [x, y, z, classification, returnNumber].map((column) => (column === undefined ? NONE : hashOf(column))).join(" ")

const hashOf = (column: Int32Array | Uint8Array): string => {
  let hash = 0
  for (let i = 0; i < column.length; i++) {
    hash = Math.imul(((hash << 13) | (hash >>> 19)) ^ (column[i] ?? 0), 0x85ebca6b)
  }
  return (hash >>> 0).toString(16).padStart(8, "0")
}

/** Whether two readers gave the same points, as far as both give a column. */
export const sameColumns = (a: string, b: string): boolean => {
  const [left, right] = [a.split(" "), b.split(" ")]
  return (
    left.length === right.length &&
    left.every((word, i) => word === right[i] || word === NONE || right[i] === NONE) &&
    left.some((word, i) => word !== NONE && word === right[i])
  )
}
