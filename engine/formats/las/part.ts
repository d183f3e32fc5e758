/** Splits a point file into parts that can be decoded independently. */
import type { Chunk } from "../laz/laszip.js"

/** A share of a file: part `index` of `of` parts, which joined in order are the whole. Some may be empty. */
export interface Part {
  readonly index: number
  readonly of: number
}

/** The chunks of a part: balanced by their points, in their order; each chunk lies in exactly one part. */
export const chunksOfPart = (chunks: readonly Chunk[], part: Part | undefined): readonly Chunk[] => {
  if (part === undefined) return chunks
  const total = chunks.reduce((sum, { count }) => sum + count, 0)
  const [begin, end] = recordsOfPart(total, part)
  let before = 0
  return chunks.filter(({ count }) => {
    // A chunk belongs where its middle lies; that of the last is below the total.
    const middle = before + count / 2
    before += count
    return middle >= begin && middle < end
  })
}

/** The records `[begin, end)` of a part of `count`. */
export const recordsOfPart = (count: number, part: Part | undefined): readonly [begin: number, end: number] => {
  if (part === undefined) return [0, count]
  const { index, of } = part
  if (!(Number.isInteger(index) && Number.isInteger(of) && index >= 0 && index < of)) {
    throw new RangeError(`part ${index} of ${of}: a whole number from 0 to ${of - 1} is expected`)
  }
  return [Math.floor((count * index) / of), Math.floor((count * (index + 1)) / of)]
}
