/** Bounds of `Job.maxTriangles` and its default, with which a content stays below 1 MB, its image included. */
export const [leastTriangles, mostTriangles, defaultTriangles] = [100, 10_000_000, 50_000]
