/** Works on many things, some at a time. */

/** Results of `work` on every item, at most `most` at one time, in the items' order. */
export const inParallel = async <T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> => {
  const results = new Array<R>(items.length)
  const queue = items.entries()
  let failed = false
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) {
      // After a failure the result is lost: no lane begins another item.
      if (failed) return
      results[index] = await work(item).catch((error: unknown) => {
        failed = true
        throw error
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane))
  return results
}
