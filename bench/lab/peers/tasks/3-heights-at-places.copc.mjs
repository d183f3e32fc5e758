/** Task 3 with geotiff.js: bilinear heights at places. */
import { fromFile } from "geotiff"

const [path, ...texts] = process.argv.slice(2)
const tiff = await fromFile(path)
const image = await tiff.getImage()
const [minX, maxY] = image.getOrigin()
const [cell] = image.getResolution()
const noData = image.getGDALNoData()
const heights = []
for (const text of texts) {
  const [x, y] = text.split(",").map(Number)
  const [across, down] = [(x - minX) / cell - 0.5, (maxY - y) / cell - 0.5]
  const [column, row] = [Math.floor(across), Math.floor(down)]
  const [values] = await image.readRasters({ window: [column, row, column + 2, row + 2] })
  const [a, b, c, d] = Array.from(values, (value) => (value === noData ? Number.NaN : value))
  const [u, v] = [across - column, down - row]
  heights.push((a * (1 - u) + b * u) * (1 - v) + (c * (1 - u) + d * u) * v)
}
tiff.close()
console.log(JSON.stringify(heights))
