import { objectId } from "../../../engine/core/hash.js"
import type { Features, Raster } from "../../../engine/kernel.js"
import { chooseRuns, connectRuns, groupRuns, runsOfMask } from "../../../kernels/grid/cell-runs.js"
import { type GridRing, traceRegion } from "../../../kernels/grid/trace-regions.js"

/** Exact outlines of the set cells of a mask, 4-connected, holes kept: as `vector.building` traces them, before simplification. */
export const outlinesOf = ({ width, height, minX, maxY, cellSize, data }: Raster): Features => {
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
    traceRegion(chooseRuns(runs, members.subarray(g > 0 ? groupEnds[g - 1] : 0, end))),
  )
  return featuresOf(objects, cellSize)
}

const featuresOf = (objects: readonly (readonly GridRing[])[], cell: number): Features => {
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
  // The westernmost, then southernmost corner is no other object's.
  const ids = objects.map(([outer]) => objectId("outline", outer![0]! * cell, outer![1]! * cell))
  return { geometry: "Polygon", dimension: 2, coordinates, ringEnds, partEnds, ids, columns: {} }
}
