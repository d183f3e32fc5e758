/**
 * Runs a kernel of its own on arrays: the standard deviation of the heights in each cell. The same
 * kernel, as the default export of a module, runs in a job: `maille run … --kernel FILE`.
 *
 *     node 6-own-kernel.mjs tile.copc.laz MINX MINY MAXX MAXY
 */
import { defineKernel, runKernel } from "maille/kernels"
import { openPoints } from "maille/las"

const roughness = defineKernel({
  id: "own.roughness",
  version: 1,
  summary: "Standard deviation of the ground's heights in each cell",
  inputs: { ground: { kind: "points", classes: [2] } },
  outputs: { roughness: { kind: "raster", type: "float" } },
  options: { cell: { type: "number", default: 2, unit: "m", min: 0.5, help: "side of the cells" } },
  halo: () => 0,
  memory: ({ areaM2 }) => 28 * areaM2,
  run({ core: [minX, minY, maxX, maxY] }, { ground }, { cell }) {
    const [west, north] = [Math.floor(minX / cell), Math.ceil(maxY / cell)]
    const [width, height] = [Math.ceil(maxX / cell) - west, north - Math.floor(minY / cell)]
    const [count, sum, squares] = [0, 1, 2].map(() => new Float64Array(width * height))
    for (let i = 0; i < ground.count; i++) {
      const column = Math.floor((ground.origin[0] + ground.x[i] / 1000) / cell) - west
      const row = north - 1 - Math.floor((ground.origin[1] + ground.y[i] / 1000) / cell)
      const at = row * width + column
      count[at]++
      sum[at] += ground.z[i] / 1000
      squares[at] += (ground.z[i] / 1000) ** 2
    }
    const data = Float32Array.from(count, (n, at) => Math.sqrt(Math.max(0, squares[at] / n - (sum[at] / n) ** 2)))
    return { roughness: { data, width, height, minX: west * cell, maxY: north * cell, cellSize: cell } }
  },
})

const [path, ...corners] = process.argv.slice(2)
const box = corners.map(Number)
const cloud = await openPoints(path)
const { roughness: made } = await runKernel(roughness, { ground: await cloud.read({ box }) }, { box })
await cloud.close()
const known = made.data.filter((value) => !Number.isNaN(value))
console.log(JSON.stringify({ cells: known.length, mean: known.reduce((sum, value) => sum + value, 0) / known.length }))
