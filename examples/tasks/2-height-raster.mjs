/**
 * Makes a raster of heights from the ground points of a box, with cells of 1 m:
 *
 *     node 2-height-raster.mjs tile.copc.laz dtm.tif MINX MINY MAXX MAXY
 */
import { runKernel } from "maille/kernels"
import { openPoints } from "maille/las"
import { writeCog } from "maille/raster"

const [path, out, ...corners] = process.argv.slice(2)
const box = corners.map(Number)
const cloud = await openPoints(path)
const ground = await cloud.read({ box, classes: [2, 9, 66] })
const { dtm } = await runKernel("raster.dtm", { ground }, { box, options: { cell: 1 } })
await writeCog(out, dtm, { epsg: cloud.epsg })
await cloud.close()
console.log(JSON.stringify({ width: dtm.width, height: dtm.height }))
