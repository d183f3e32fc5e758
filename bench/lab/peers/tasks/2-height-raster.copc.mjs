/**
 * Task 2 with copc.js and geotiff.js: the mean height of the ground points in each cell of 1 m.
 * Cells without a point stay empty: neither package interpolates.
 */
import { writeFileSync } from "node:fs"
import { writeArrayBuffer } from "geotiff"
import { copcViews } from "./copc-views.mjs"

const [path, out, ...corners] = process.argv.slice(2)
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
