/**
 * Task 2 with copc.js and geotiff.js: the mean height of the ground points in each cell of 1 m.
 * Cells without a point stay empty: neither package interpolates.
 */
import { writeFileSync } from "node:fs"
import { Copc } from "copc"
import { writeArrayBuffer } from "geotiff"

const [path, out, ...corners] = process.argv.slice(2)
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
const [width, height] = [maxX - minX, maxY - minY]
const sums = new Float64Array(width * height)
const counts = new Uint32Array(width * height)
for (const [key, node] of Object.entries(nodes)) {
  const [depth, column, row] = key.split("-").map(Number)
  const side = (x1 - x0) / 2 ** depth
  const [west, south] = [x0 + column * side, y0 + row * side]
  if (west >= maxX || south >= maxY || west + side < minX || south + side < minY || node.pointCount === 0) continue
  const view = await Copc.loadPointDataView(path, copc, node)
  const [x, y, z, code] = ["X", "Y", "Z", "Classification"].map((name) => view.getter(name))
  for (let i = 0; i < view.pointCount; i++) {
    if (![2, 9, 66].includes(code(i)) || x(i) < minX || x(i) >= maxX || y(i) < minY || y(i) >= maxY) continue
    const at = (height - 1 - Math.floor(y(i) - minY)) * width + Math.floor(x(i) - minX)
    sums[at] += z(i)
    counts[at]++
  }
}
const data = Float32Array.from(sums, (sum, at) => (counts[at] === 0 ? -9999 : sum / counts[at]))
const tags = {
  width,
  height,
  ModelPixelScale: [1, 1, 0],
  ModelTiepoint: [0, 0, 0, minX, maxY, 0],
  GTModelTypeGeoKey: 1,
  GTRasterTypeGeoKey: 1,
  ProjectedCSTypeGeoKey: 2154,
  GDAL_NODATA: "-9999",
  SampleFormat: [3],
  BitsPerSample: [32],
}
writeFileSync(out, Buffer.from(await writeArrayBuffer(data, tags)))
console.log(JSON.stringify({ width, height }))
