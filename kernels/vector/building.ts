import type { Box2 } from "../../engine/core/box.js"
import { defineKernel, type Points, type Raster } from "../../engine/kernel.js"
import {
  type BuildingObject,
  type BuildingRules,
  type BuildingSums,
  buildingFeatures,
  heightBins,
  noHeight,
} from "../lib/building-object.js"
import { encodeBuildingParts } from "../lib/building-part.js"
import { type CellRuns, chooseRuns, connectRuns, groupRuns, runsOfMask } from "../lib/cell-runs.js"
import { closeMask } from "../lib/close-mask.js"

/**
 * Building footprints from class 6.
 *
 * Cells of a grid fixed in the CRS that hold a point are set, small gaps closed, and 4-connected cells made objects. Objects inside the work tile come out
 * as outlines; what touches the border of its cells goes to `vector.building-join`, which makes each object whole. A cell's state depends only on points
 * within the halo, sums are integers, and areas are judged on whole objects, so that the layer is the same for every tiling.
 *
 * Does not regularise outlines, and takes what class 6 holds for buildings. Outlines of buildings less than a few cells apart may overlap by up
 * to the tolerance. Memory: 6 bytes a cell and 6 a point. Time: linear.
 */
export default defineKernel({
  id: "vector.building",
  version: 1,
  summary: "Building footprints from class 6, holes kept, with heights and area",
  inputs: {
    "building-points": { kind: "points", classes: [6] },
    dtm: { kind: "raster", type: "float" },
  },
  outputs: {
    building: { kind: "features", geometry: "Polygon", help: "building footprints: area, height, ground, roof_max" },
    "building-part": { kind: "blob" },
    "building-quality": { kind: "metrics" },
  },
  options: {
    cell: { type: "number", default: 0.5, unit: "m", min: 0.1, max: 5, help: "side of the cells that outlines follow" },
    close: { type: "number", default: 1, unit: "cells", min: 0, max: 20, help: "gaps up to twice as wide are closed" },
    minArea: { type: "number", default: 10, unit: "m²", min: 0, max: 10000, help: "smaller objects are dropped" },
    minHole: { type: "number", default: 4, unit: "m²", min: 0, max: 10000, help: "smaller holes are filled" },
    tolerance: { type: "number", default: 0.7, unit: "m", min: 0, max: 10, help: "simplification; 0 keeps every step" },
  },
  halo: (options) => (2 * Math.round(options.close) + 1) * options.cell,
  memory: ({ points, areaM2 }, { cell }) => 8 * points + 16 * (areaM2 / (cell * cell)) + 1e6,
  run(tile, input, { cell, close, minArea, minHole, tolerance }, scratch) {
    const rules = { cell: Math.round(cell * 1000) / 1000, minArea, minHole, tolerance }
    const window = cellsOwned(tile.cell, rules.cell)
    const [column, row, endColumn, endRow] = window
    const radius = Math.round(close)
    const margin = 2 * radius
    const width = endColumn - column + 2 * margin
    const height = endRow - row + 2 * margin
    const mask = scratch.uint8(width * height)
    const points = input["building-points"]
    const cells = cellsOfPoints(
      points,
      rules.cell,
      [column - margin, row - margin, width, height],
      scratch.int32(points.count),
    )
    for (const index of cells) if (index >= 0) mask[index] = 1
    closeMask(mask, scratch.uint8(mask.length), width, height, radius)
    const inner = { column: margin, row: margin, columns: endColumn - column, rows: endRow - row }
    const runs = runsOfMask(mask, width, inner, { column, row })
    const component = connectRuns(runs)
    const { members, groupEnds } = groupRuns(component)
    const groups = Array.from(groupEnds, (end, g) =>
      chooseRuns(runs, members.subarray(g > 0 ? groupEnds[g - 1] : 0, end)),
    )
    const label = scratch.int32(mask.length)
    groups.forEach((group, g) => {
      for (let k = 0; k < group.rows.length; k++) {
        const base = (group.rows[k] - row + margin) * width - column + margin
        label.fill(g + 1, base + group.starts[k], base + group.ends[k])
      }
    })
    const sums = sumsOf(points, cells, label, groups, input.dtm, rules)
    const objects = groups.map((group, g): BuildingObject => ({ runs: group, truncated: false, ...sums[g] }))
    const whole = objects.filter((object) => !touches(object.runs, window))
    const parts = objects.filter((object) => touches(object.runs, window))
    const { features, counts } = buildingFeatures(whole, rules)
    return {
      building: features,
      "building-part": encodeBuildingParts({ rules, window, parts }),
      "building-quality": {
        buildings: features.ids.length,
        parts: parts.length,
        dropped: counts.dropped,
        unsimplifiedRings: counts.unsimplified,
      },
    }
  },
})

type Window = readonly [column: number, row: number, endColumn: number, endRow: number]

/** Cells whose south-west corner the box owns. */
const cellsOwned = (box: Box2, cell: number): Window => {
  const first = (value: number): number => Math.ceil(value / cell - 1e-9)
  return [first(box[0]), first(box[1]), first(box[2]), first(box[3])]
}

/** Mask index of each point's cell, −1 outside. In whole millimetres, so that both sides of a border agree. */
const cellsOfPoints = (
  points: Points,
  cell: number,
  [column, row, width, height]: readonly [number, number, number, number],
  cells: Int32Array,
): Int32Array => {
  const cellMm = Math.round(cell * 1000)
  const originX = Math.round(points.origin[0] * 1000)
  const originY = Math.round(points.origin[1] * 1000)
  for (let i = 0; i < points.count; i++) {
    const c = Math.floor((originX + points.x[i]) / cellMm) - column
    const r = Math.floor((originY + points.y[i]) / cellMm) - row
    cells[i] = c >= 0 && c < width && r >= 0 && r < height ? r * width + c : -1
  }
  return cells.subarray(0, points.count)
}

const touches = ({ rows, starts, ends }: CellRuns, [column, row, endColumn, endRow]: Window): boolean => {
  if (rows[0] === row || rows[rows.length - 1] === endRow - 1) return true
  for (let k = 0; k < rows.length; k++) if (starts[k] === column || ends[k] === endColumn) return true
  return false
}

/** Value of a raster at a point, all in millimetres of the CRS; `noHeight` outside and in voids. Half-open from the south-west, like the tiles. */
const sampleMm = ({ data, width, height, minX, maxY, cellSize }: Raster, xMm: number, yMm: number): number => {
  const cellMm = Math.round(cellSize * 1000)
  const column = Math.floor((xMm - Math.round(minX * 1000)) / cellMm)
  const row = height - 1 - Math.floor((yMm - Math.round(maxY * 1000) + height * cellMm) / cellMm)
  if (column < 0 || column >= width || row < 0 || row >= height) return noHeight
  const value = data[row * width + column]
  return Number.isNaN(value) ? noHeight : Math.round(value * 1000)
}

const sumsOf = (
  points: Points,
  cells: Int32Array,
  label: Int32Array,
  groups: readonly CellRuns[],
  dtm: Raster,
  rules: BuildingRules,
): BuildingSums[] => {
  const counts = new Int32Array(groups.length + 1)
  for (const index of cells) if (index >= 0) counts[label[index]]++
  const next = new Int32Array(groups.length + 1)
  for (let g = 1; g < next.length; g++) next[g] = next[g - 1] + (g > 1 ? counts[g - 1] : 0)
  const starts = next.slice()
  // Bins of each group's points side by side; 65535 = no DTM there.
  const bins = new Uint16Array(points.count)
  const roofs = new Int32Array(groups.length + 1).fill(noHeight)
  const [originX, originY, originZ] = points.origin.map((value) => Math.round(value * 1000))
  for (let i = 0; i < points.count; i++) {
    const g = cells[i] < 0 ? 0 : label[cells[i]]
    if (g === 0) continue
    const z = originZ + points.z[i]
    if (roofs[g] === noHeight || z > roofs[g]) roofs[g] = z
    const ground = sampleMm(dtm, originX + points.x[i], originY + points.y[i])
    const bin = Math.floor((z - ground) / 100)
    bins[next[g]++] = ground === noHeight ? 0xffff : Math.min(heightBins - 1, Math.max(0, bin))
  }
  const dense = new Int32Array(heightBins)
  return groups.map((group, g) => ({
    points: counts[g + 1],
    groundMm: lowestGround(group, dtm, rules.cell),
    roofMm: roofs[g + 1],
    histogram: histogramOf(bins.subarray(starts[g + 1], next[g + 1]), dense),
  }))
}

/** Occupied bins as pairs; `dense` is left zeroed. */
const histogramOf = (bins: Uint16Array, dense: Int32Array): Int32Array => {
  const occupied: number[] = []
  for (const bin of bins) {
    if (bin === 0xffff) continue
    if (dense[bin] === 0) occupied.push(bin)
    dense[bin]++
  }
  occupied.sort((a, b) => a - b)
  const pairs = new Int32Array(2 * occupied.length)
  occupied.forEach((bin, i) => {
    pairs[2 * i] = bin
    pairs[2 * i + 1] = dense[bin]
    dense[bin] = 0
  })
  return pairs
}

const lowestGround = ({ rows, starts, ends }: CellRuns, dtm: Raster, cell: number): number => {
  const cellMm = Math.round(cell * 1000)
  let lowest = noHeight
  for (let k = 0; k < rows.length; k++) {
    for (let c = starts[k]; c < ends[k]; c++) {
      const ground = sampleMm(dtm, (c + 0.5) * cellMm, (rows[k] + 0.5) * cellMm)
      if (ground < lowest) lowest = ground
    }
  }
  return lowest
}
