/**
 * Exact test for edges that touch other than at a common vertex, for arrangements and roof plans.
 */

/** True if segments a–b and c–d (vertices) touch other than at a common end vertex. */
export const edgesMeet = (
  { x, y }: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> },
  a: number,
  b: number,
  c: number,
  d: number,
): boolean => {
  if (Math.max(x[a], x[b]) < Math.min(x[c], x[d]) || Math.max(x[c], x[d]) < Math.min(x[a], x[b])) return false
  if (Math.max(y[a], y[b]) < Math.min(y[c], y[d]) || Math.max(y[c], y[d]) < Math.min(y[a], y[b])) return false
  const side = (p: number, q: number, r: number): number =>
    Math.sign((x[q] - x[p]) * (y[r] - y[p]) - (x[r] - x[p]) * (y[q] - y[p]))
  const along = (p: number, q: number, r: number): boolean =>
    (x[r] - x[p]) * (x[r] - x[q]) + (y[r] - y[p]) * (y[r] - y[q]) <= 0
  if (a === c || a === d || b === c || b === d) {
    const shared = a === c || a === d ? a : b
    const [p, q] = [shared === a ? b : a, shared === c ? d : c]
    if (p === q) return true
    // Two edges from one vertex overlap only if they run in the same direction.
    const same = (x[p] - x[shared]) * (x[q] - x[shared]) + (y[p] - y[shared]) * (y[q] - y[shared]) > 0
    return side(shared, p, q) === 0 && same
  }
  const [c1, d1, a1, b1] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)]
  if (c1 * d1 < 0 && a1 * b1 < 0) return true
  return (
    (c1 === 0 && along(a, b, c)) ||
    (d1 === 0 && along(a, b, d)) ||
    (a1 === 0 && along(c, d, a)) ||
    (b1 === 0 && along(c, d, b))
  )
}
