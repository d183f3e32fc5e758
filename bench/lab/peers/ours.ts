/**
 * maille's side of the comparisons: algorithms of kernels on one raster, without tiles and
 * neighbours.
 */

import { objectId } from "../../../engine/core/hash.js"
import { elementAt } from "../../../engine/core/lists.js"
import type { Features, Raster } from "../../../engine/kernel.js"
import { contourFeatures } from "../../../kernels/contour/lines/line.js"
import { chooseRuns, connectRuns, groupRuns, runsOfMask } from "../../../kernels/grid/cell-runs.js"
import { placePiece, traceContours } from "../../../kernels/grid/marching-squares.js"
import { type GridRing, tracePatch } from "../../../kernels/grid/trace-patches.js"

/** All contours of a raster, with every line and vertex, as `vector.contour` traces them. */
export const traceRaster = ({ width, height, minX, maxY, cellSize, data }: Raster, interval: number): Features => {
  // The raster's cells and a ring of void cells around them.
  const columns = width + 2
  const heights = new Float32Array(columns * (height + 2)).fill(Number.NaN)
  for (let row = 0; row < height; row++) {
    heights.set(data.subarray(row * width, (row + 1) * width), (height - row) * columns + 1)
  }
  const column = Math.round(minX / cellSize) - 1
  const row = Math.round(maxY / cellSize) - height - 1
  const grid = { cell: cellSize, column, row, columns, rows: height + 2, heights }
  const traced = traceContours(grid, interval)
  const lines = Array.from(traced.levels, (level, p) => ({ level, xy: placePiece(grid, traced, p, interval) }))
  return contourFeatures(lines, { interval, index: 5, minLength: 0, tolerance: 0, smooth: 0 }).features
}

/**
 * Exact outlines of a mask, 4-connected and with holes: as `vector.building` traces them, before it
 * simplifies.
 */
export const traceOutlines = ({ width, height, minX, maxY, cellSize, data }: Raster): Features => {
  const mask = new Uint8Array(width * height)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      mask[(height - 1 - row) * width + column] = data[row * width + column]! > 0 ? 1 : 0
    }
  }
  const place = { column: Math.round(minX / cellSize), row: Math.round(maxY / cellSize) - height }
  const runs = runsOfMask(mask, width, { column: 0, row: 0, columns: width, rows: height }, place)
  const { members, groupEnds } = groupRuns(connectRuns(runs))
  const objects = Array.from(groupEnds, (end, g) =>
    tracePatch(chooseRuns(runs, members.subarray(g > 0 ? groupEnds[g - 1] : 0, end))),
  )
  return toPolygons(objects, cellSize)
}

const toPolygons = (objects: readonly (readonly GridRing[])[], cell: number): Features => {
  const rings = objects.flat()
  const coordinates = new Float64Array(rings.reduce((sum, ring) => sum + ring.length + 2, 0))
  let at = 0
  const ringEnds = new Uint32Array(rings.length)
  for (const [r, ring] of rings.entries()) {
    for (let i = 0; i < ring.length; i++) coordinates[at++] = ring[i]! * cell
    coordinates[at++] = ring[0]! * cell
    coordinates[at++] = ring[1]! * cell
    ringEnds[r] = at / 2
  }
  let ringCount = 0
  const partEnds = Uint32Array.from(objects, (object) => {
    ringCount += object.length
    return ringCount
  })
  // No two objects share the westernmost, then southernmost vertex.
  const ids = objects.map((object) => {
    const outer = elementAt(object, 0)
    return objectId("outline", outer[0]! * cell, outer[1]! * cell)
  })
  return { geometry: "Polygon", dimension: 2, coordinates, ringEnds, partEnds, ids, columns: {} }
}
