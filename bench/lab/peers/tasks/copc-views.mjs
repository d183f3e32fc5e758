/** Reads with copc.js what several tasks need: the points of the nodes that meet a box. */
import { Copc } from "copc"

/** Getters of the named columns, node by node, with the number of points. */
export async function* copcViews(path, [minX, minY, maxX, maxY], names) {
  const copc = await Copc.create(path)
  const [x0, y0, , x1] = copc.info.cube
  const pages = [copc.info.rootHierarchyPage]
  const nodes = {}
  for (const page of pages) {
    const { nodes: own, pages: below } = await Copc.loadHierarchyPage(path, page)
    Object.assign(nodes, own)
    pages.push(...Object.values(below))
  }
  for (const [key, node] of Object.entries(nodes)) {
    const [depth, column, row] = key.split("-").map(Number)
    const side = (x1 - x0) / 2 ** depth
    const [west, south] = [x0 + column * side, y0 + row * side]
    if (west >= maxX || south >= maxY || west + side < minX || south + side < minY || node.pointCount === 0) continue
    const view = await Copc.loadPointDataView(path, copc, node)
    yield [view.pointCount, ...names.map((name) => view.getter(name))]
  }
}
