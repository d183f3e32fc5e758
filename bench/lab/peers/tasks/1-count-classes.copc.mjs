/** Task 1 with copc.js: counts the points of each class in a box of a COPC. */
import { copcViews } from "./copc-views.mjs"

const [path, ...corners] = process.argv.slice(2)
const [minX, minY, maxX, maxY] = corners.map(Number)
const counts = {}
for await (const [count, x, y, code] of copcViews(path, [minX, minY, maxX, maxY], ["X", "Y", "Classification"])) {
  for (let i = 0; i < count; i++) {
    if (x(i) < minX || x(i) >= maxX || y(i) < minY || y(i) >= maxY) continue
    counts[code(i)] = (counts[code(i)] ?? 0) + 1
  }
}
console.log(JSON.stringify(counts))
