/** Task 1 with copc.js: counts the points of each class in a box of a COPC. */
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
const counts = {}
for (const [key, node] of Object.entries(nodes)) {
  const [depth, column, row] = key.split("-").map(Number)
  const side = (x1 - x0) / 2 ** depth
  const [west, south] = [x0 + column * side, y0 + row * side]
  if (west >= maxX || south >= maxY || west + side < minX || south + side < minY || node.pointCount === 0) continue
  const view = await Copc.loadPointDataView(path, copc, node)
  const [x, y, code] = ["X", "Y", "Classification"].map((name) => view.getter(name))
  for (let i = 0; i < view.pointCount; i++) {
    if (x(i) < minX || x(i) >= maxX || y(i) < minY || y(i) >= maxY) continue
    counts[code(i)] = (counts[code(i)] ?? 0) + 1
  }
}
console.log(JSON.stringify(counts))
