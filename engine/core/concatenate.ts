/** Concatenates typed arrays. */

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
