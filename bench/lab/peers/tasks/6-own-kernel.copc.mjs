/** Task 6 with copc.js: the standard deviation of the ground's heights in each cell of 2 m. */
import { copcViews } from "./copc-views.mjs"

const [path, ...corners] = process.argv.slice(2)
const [minX, minY, maxX, maxY] = corners.map(Number)
const [west, south] = [Math.floor(minX / 2), Math.floor(minY / 2)]
const [width, height] = [Math.ceil(maxX / 2) - west, Math.ceil(maxY / 2) - south]
const [counts, sums, squares] = [0, 1, 2].map(() => new Float64Array(width * height))
for await (const [count, x, y, z, code] of copcViews(
  path,
  [minX, minY, maxX, maxY],
  ["X", "Y", "Z", "Classification"],
)) {
  for (let i = 0; i < count; i++) {
    if (code(i) !== 2 || x(i) < minX || x(i) >= maxX || y(i) < minY || y(i) >= maxY) continue
    const at = (Math.floor(y(i) / 2) - south) * width + Math.floor(x(i) / 2) - west
    counts[at]++
    sums[at] += z(i)
    squares[at] += z(i) ** 2
  }
}
const made = Float64Array.from(counts, (n, at) => Math.sqrt(Math.max(0, squares[at] / n - (sums[at] / n) ** 2)))
const known = made.filter((value) => !Number.isNaN(value))
console.log(JSON.stringify({ cells: known.length, mean: known.reduce((all, value) => all + value, 0) / known.length }))
