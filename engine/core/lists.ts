/** Lists: appends to one of a map, reads an element, concatenates, searches ascending values. */
import { EngineError } from "../errors.js"

export const addToList = <K, V>(lists: Map<K, V[]>, key: K, value: V): void => {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

/**
 * The element at an index that must exist. For lists of objects; loops over numbers read
 * `numbers[i]!`, which costs nothing.
 * @throws EngineError E_INTERNAL where there is none
 */
export const elementAt = <T>(list: readonly T[], index: number): T => {
  const element = list[index]
  if (element === undefined) throw new EngineError("E_INTERNAL", `No element ${index} in a list of ${list.length}.`)
  return element
}

/** Concatenates arrays into one of class `type`. O(values). */
export const concatenate = <T extends { set(from: ArrayLike<number>, at: number): void }>(
  type: new (length: number) => T,
  parts: readonly ArrayLike<number>[],
): T => {
  const all = new type(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

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
