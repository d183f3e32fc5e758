/**
 * Task 4 with copc.js: the mean slope and area of each roof, from cells of 1 m with class 6 points.
 * Adjacent cells are one roof; slopes are gradients of the cells' mean heights.
 */
import { copcViews } from "./copc-views.mjs"

const [path, ...corners] = process.argv.slice(2)
const [minX, minY, maxX, maxY] = corners.map(Number)
const [width, height] = [maxX - minX, maxY - minY]
const sums = new Float64Array(width * height)
const counts = new Uint32Array(width * height)
for await (const [count, x, y, z, code] of copcViews(
  path,
  [minX, minY, maxX, maxY],
  ["X", "Y", "Z", "Classification"],
)) {
  for (let i = 0; i < count; i++) {
    if (code(i) !== 6 || x(i) < minX || x(i) >= maxX || y(i) < minY || y(i) >= maxY) continue
    const at = Math.floor(y(i) - minY) * width + Math.floor(x(i) - minX)
    sums[at] += z(i)
    counts[at]++
  }
}
const z = Float64Array.from(sums, (sum, at) => sum / counts[at])
const seen = new Uint8Array(z.length)
const roofs = []
for (let start = 0; start < z.length; start++) {
  if (seen[start] || Number.isNaN(z[start])) continue
  seen[start] = 1
  const cells = [start]
  for (const at of cells)
    for (const next of [at - 1, at + 1, at - width, at + width])
      if (next >= 0 && next < z.length && !seen[next] && !Number.isNaN(z[next])) {
        seen[next] = 1
        cells.push(next)
      }
  const gradients = cells
    .map((at) => Math.hypot(z[at + 1] - z[at - 1], z[at + width] - z[at - width]) / 2)
    .filter((gradient) => gradient >= 0)
  if (gradients.length < 10) continue
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const slope = mean(gradients.map((gradient) => (Math.atan(gradient) * 180) / Math.PI))
  roofs.push({ slope, area: cells.length * mean(gradients.map((gradient) => Math.hypot(1, gradient))) })
}
console.log(JSON.stringify(roofs))
