/** Kernel `texture.views`: paints walls from the oriented images that see them. */
import { distortionMaps } from "../../engine/core/camera/distortion.js"
import { Box2 } from "../../engine/core/geometry/box.js"
import { defineKernel, type Mesh, type TextureChart, type View } from "../../engine/kernel.js"
import { wallCharts } from "./charts/charts.js"
import { paintChart } from "./charts/choose-views.js"
import { columnMesh } from "./charts/column-mesh.js"
import { wallTextures } from "./charts/facade-walls.js"
import { type ChartSamples, sampleChart } from "./charts/samples.js"
import { drawDepth } from "./visibility/view-depth.js"
import { viewWeights } from "./visibility/view-weights.js"

/** Side of the columns that represent the surroundings of the tile, metres. */
const COLUMN = 1

/**
 * Paints the walls of a mesh from oriented images: a chart a wall, its texels from the images that
 * see them.
 *
 * Depth buffers, one view at a time, find occluders in the tile's own mesh and in columns of points
 * around it. Texels that no view sees have alpha 0, and `texture.drape` fills them; walls that none
 * sees have no chart. The port `facade` has the walls at half their size, for the parent.
 *
 * Time: views · (faces + pixels) + texels · views. Memory: the windows, one depth buffer, 13 bytes
 * a texel and view that sees it.
 */
export default defineKernel({
  id: "texture.views",
  version: 3,
  summary: "Wall textures, painted from the oriented images that see each wall",
  stages: ["model"],
  inputs: {
    mesh: { kind: "mesh" },
    around: { kind: "points", classes: [3, 4, 5, 6, 64, 67], spacing: () => COLUMN },
    views: {
      kind: "views",
      resolution: (_, options) => Number(options["wallTexel"]),
      most: (options) => Number(options["views"]),
      mostPixels: (options) => Number(options["maxWindow"]) ** 2,
    },
  },
  outputs: { oriented: { kind: "texture" }, facade: { kind: "texture" }, "views-quality": { kind: "metrics" } },
  options: {
    wallTexel: { type: "number", default: 0.2, unit: "m", min: 0.02, max: 10, help: "size of a texel on walls" },
    views: {
      type: "number",
      default: 12,
      min: 1,
      max: 64,
      help: "most oriented images per 250 m square of the CRS",
    },
    maxWindow: {
      type: "number",
      default: 2048,
      min: 64,
      max: 16384,
      help: "size limit of an image's window over a tile: about maxWindow² pixels; larger windows are read at a coarser resolution",
    },
    around: {
      type: "number",
      default: 40,
      unit: "m",
      min: 0,
      max: 200,
      help: "how far beyond the tile objects can hide its walls from oriented images",
    },
    outlier: {
      type: "number",
      default: 24,
      min: 1,
      max: 255,
      help: "largest mean difference from the other images around a texel (0 to 255); an image beyond it is left out there",
    },
  },
  halo: (options) => options.around,
  // A depth buffer, the charts' samples (walls at most about as large as the tile's ground, half
  // the views), columns around.
  memory: (counts, options) => {
    const texels = counts.areaM2 / options.wallTexel ** 2
    return 4 * options.maxWindow ** 2 + 7 * options.views * texels + 220 * Math.min(counts.points, counts.areaM2)
  },
  run(tile, { mesh, around, views }, options) {
    const nothing = {
      oriented: undefined,
      facade: undefined,
      "views-quality": { walls: 0, views: views.length, paintedShare: 0 },
    }
    if (views.length === 0 || mesh.triangles.length === 0) return nothing
    const charts = wallCharts(mesh, { texel: options.wallTexel })
    const columns = columnMesh(around, COLUMN, tile.cell, objectBoxes(mesh))
    const samples: ChartSamples[][] = charts.map(() => [])
    for (const [index, view] of views.entries()) {
      const counted = [...charts.entries()].filter(([, chart]) => viewWeights(chart, mesh.origin, view) !== undefined)
      if (counted.length === 0) continue
      const depth = drawDepth([mesh], view.shot, idealBox(view), 1, [columns])
      for (const [k, chart] of counted) {
        const seen = sampleChart(chart, mesh.origin, view, index, depth)
        if (seen !== undefined) samples[k].push(seen)
      }
    }
    const painted: TextureChart[] = []
    let [texels, shown, outliers] = [0, 0, 0]
    for (const [k, chart] of charts.entries()) {
      const { data, painted: count, outliers: off } = paintChart(chart, samples[k], { outlier: options.outlier })
      samples[k] = []
      texels += chart.width * chart.height
      shown += count
      outliers += off
      if (count > 0) painted.push({ ...chart, data })
    }
    const quality = {
      walls: charts.length,
      views: views.length,
      paintedShare: texels === 0 ? 0 : shown / texels,
      outliers,
    }
    if (painted.length === 0) return { ...nothing, "views-quality": quality }
    return { ...wallTextures(mesh, painted), "views-quality": quality }
  },
})

/** Boxes around the mesh's objects without the ground, a column wider, CRS metres. */
const objectBoxes = ({ origin, positions, triangles, owners, objects }: Mesh): Box2[] => {
  const boxes = Array.from(objects?.ids ?? [], (): [number, number, number, number] => [
    Infinity,
    Infinity,
    -Infinity,
    -Infinity,
  ])
  for (let t = 0; owners !== undefined && t < owners.length; t++) {
    const box = boxes[owners[t]]
    for (let k = 0; owners[t] > 0 && k < 3; k++) {
      const v = 3 * triangles[3 * t + k]
      const [x, y] = [origin[0] + positions[v] / 1000, origin[1] + positions[v + 1] / 1000]
      box[0] = Math.min(box[0], x)
      box[1] = Math.min(box[1], y)
      box[2] = Math.max(box[2], x)
      box[3] = Math.max(box[3], y)
    }
  }
  return boxes.filter(([minX]) => minX < Infinity).map((box) => Box2.grow(box, COLUMN))
}

/**
 * The part of the undistorted image that a window shows: its border mapped back through the lens,
 * at 16 places a side.
 */
const idealBox = ({ shot: { camera } }: View): [number, number, number, number] => {
  const { width, height } = camera
  const maps = distortionMaps(camera)
  const place = new Float64Array(2)
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i <= 16; i++) {
    const [x, y] = [(width * i) / 16, (height * i) / 16]
    for (const [column, line] of [
      [x, 0],
      [x, height],
      [0, y],
      [width, y],
    ]) {
      if (!maps.toIdeal(column, line, place)) continue
      box[0] = Math.min(box[0], place[0] - 2)
      box[1] = Math.min(box[1], place[1] - 2)
      box[2] = Math.max(box[2], place[0] + 2)
      box[3] = Math.max(box[3], place[1] + 2)
    }
  }
  return box[0] < box[2] ? box : [0, 0, width, height]
}
