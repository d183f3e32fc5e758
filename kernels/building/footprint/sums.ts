/**
 * Sums over a building's cells, additive in any order and grouping, and the rules by which tiles
 * and joins make buildings.
 */
import { noHeight } from "../../grid/cell-grid.js"
import { addHistograms } from "../../handover/histogram.js"
import { addDetails, type BuildingDetail } from "./detail.js"

/** How cells form buildings. Every blob contains them, so that tiles and job agree. */
export interface BuildingRules {
  /** Side of a cell, metres. */
  readonly cell: number
  /** Objects of a smaller area, m², are dropped. */
  readonly minArea: number
  /** Holes of a smaller area, m², are filled; never above `minArea`. */
  readonly minHole: number
  /** Tolerance when traced outlines are simplified, metres; 0 leaves outlines as traced. */
  readonly tolerance: number
}

/**
 * Sums over the cells of a building: integers and extremes, which add up in any order and grouping.
 */
export interface BuildingSums {
  readonly points: number
  /** Lowest DTM cell, mm; `noHeight` without one. */
  readonly groundMm: number
  /** Highest and lowest point, mm; `noHeight` without points. */
  readonly roofMm: number
  readonly lowestMm: number
  /** Heights of points above the DTM: occupied bins of 0.1 m, ascending, as pairs bin, count. */
  readonly histogram: Int32Array
  readonly detail: BuildingDetail
  /** True if it meets the end of the data, and may continue beyond. */
  readonly atEnd: boolean
}

export const addSums = (parts: readonly BuildingSums[]): BuildingSums => {
  let [points, groundMm, roofMm, lowestMm] = [0, noHeight, noHeight, noHeight]
  for (const part of parts) {
    points += part.points
    groundMm = Math.min(groundMm, part.groundMm)
    lowestMm = Math.min(lowestMm, part.lowestMm)
    if (part.roofMm !== noHeight) roofMm = roofMm === noHeight ? part.roofMm : Math.max(roofMm, part.roofMm)
  }
  const histogram = addHistograms(parts.map((part) => part.histogram))
  const atEnd = parts.some((part) => part.atEnd)
  return { points, groundMm, roofMm, lowestMm, histogram, detail: addDetails(parts.map((part) => part.detail)), atEnd }
}

/** Converts millimetres to metres; NaN for `noHeight`. */
export const metres = (mm: number): number => (mm === noHeight ? Number.NaN : mm / 1000)
