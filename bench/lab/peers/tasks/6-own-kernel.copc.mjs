/** Task 6 with copc.js: the standard deviation of the ground's heights in each cell of 2 m. */
import { Copc } from "copc"

const [path, ...corners] = process.argv.slice(2)
const [minX, minY, maxX, maxY] = corners.map(Number)
const copc = await Copc.create(path)
const [x0, y0, , x1] = copc.info.cube
const pages = [copc.info.rootHierarchyPage]
const nodes = {}
for (const page of pages) {
  const { nodes: own, pages: below } = await Copc.loadHierarchyPage(path, page)
  Object.assign(nodes, own)
  pages.push(...Object.values(below))
}
const [west, south] = [Math.floor(minX / 2), Math.floor(minY / 2)]
const [width, height] = [Math.ceil(maxX / 2) - west, Math.ceil(maxY / 2) - south]
const [count, sum, squares] = [0, 1, 2].map(() => new Float64Array(width * height))
for (const [key, node] of Object.entries(nodes)) {
  const [depth, column, row] = key.split("-").map(Number)
  const side = (x1 - x0) / 2 ** depth
  const [nodeX, nodeY] = [x0 + column * side, y0 + row * side]
  if (nodeX >= maxX || nodeY >= maxY || nodeX + side < minX || nodeY + side < minY || node.pointCount === 0) continue
  const view = await Copc.loadPointDataView(path, copc, node)
  const [x, y, z, code] = ["X", "Y", "Z", "Classification"].map((name) => view.getter(name))
  for (let i = 0; i < view.pointCount; i++) {
    if (code(i) !== 2 || x(i) < minX || x(i) >= maxX || y(i) < minY || y(i) >= maxY) continue
    const at = (Math.floor(y(i) / 2) - south) * width + Math.floor(x(i) / 2) - west
    count[at]++
    sum[at] += z(i)
    squares[at] += z(i) ** 2
  }
}
const made = Float64Array.from(count, (n, at) => Math.sqrt(Math.max(0, squares[at] / n - (sum[at] / n) ** 2)))
const known = made.filter((value) => !Number.isNaN(value))
console.log(JSON.stringify({ cells: known.length, mean: known.reduce((all, value) => all + value, 0) / known.length }))
