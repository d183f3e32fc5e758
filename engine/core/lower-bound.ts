/** Binary search. */

/**
 * Index of the first value in [from, to) that is not below `value`; `to` where all are. Values
 * ascend. O(log n).
 */
export const lowerBound = (values: ArrayLike<number>, value: number, from = 0, to: number = values.length): number => {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
