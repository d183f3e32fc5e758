/**
 * Counts the points of each class in a box of a COPC, LAZ or LAS file:
 *
 *     node 1-count-classes.mjs tile.copc.laz MINX MINY MAXX MAXY
 */
import { openPoints } from "maille/las"

const [path, ...box] = process.argv.slice(2)
const cloud = await openPoints(path)
const counts = {}
for await (const { classification } of cloud.batches({ box: box.map(Number) }))
  for (const code of classification) counts[code] = (counts[code] ?? 0) + 1
await cloud.close()
console.log(JSON.stringify(counts))
