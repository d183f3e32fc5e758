/**
 * Prints the height at each of a list of places, from a raster of heights:
 *
 *     node 3-heights-at-places.mjs dtm.tif X,Y X,Y …
 */
import { openRaster } from "maille/raster"

const [path, ...texts] = process.argv.slice(2)
const places = texts.map((text) => text.split(",").map(Number))
const raster = await openRaster(path)
const heights = await raster.valuesAt(
  places.map(([x]) => x),
  places.map(([, y]) => y),
)
await raster.close()
console.log(JSON.stringify([...heights]))
