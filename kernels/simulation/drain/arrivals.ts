/**
 * The streams that flow together in a cell, in one byte, and the order of the stream below
 * (Strahler 1957): 1 at its source; where two of the highest order meet, one more.
 */

const COUNT = 3
const TIE = 4
const ORDER = 8

/** Adds a stream of an order to those that arrive. The sequence does not matter. */
export const addArrival = (arrivals: number, order: number): number => {
  const count = Math.min(2, (arrivals & COUNT) + 1)
  const highest = Math.floor(arrivals / ORDER)
  if (order > highest) return ORDER * order + count
  return ORDER * highest + (order === highest ? TIE : arrivals & TIE) + count
}

/** Order of the stream that begins or continues in the cell. */
export const orderOf = (arrivals: number): number =>
  arrivals === 0 ? 1 : Math.floor(arrivals / ORDER) + ((arrivals & TIE) === 0 ? 0 : 1)

/** True where a reach begins: at a source or a confluence. */
export const beginsReach = (arrivals: number): boolean => (arrivals & COUNT) !== 1
