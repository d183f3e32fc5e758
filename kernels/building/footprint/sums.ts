/**
 * Sums over a building's cells, additive in any order and grouping, and the rules by which tiles
 * and joins make buildings.
 */
import { noHeight } from "../../grid/sample-raster.js"
import { addHistograms } from "../../handover/histogram.js"
import { addDetails, type BuildingDetail } from "./detail.js"

/** How building objects are made of cells; part of every blob, so that tiles and job agree. */
export interface BuildingRules {
  /** Side of a cell, metres. */
  readonly cell: number
  /** Objects of a smaller area are dropped, m². */
  readonly minArea: number
  /** Holes of a smaller area are filled, m²; never above `minArea`. */
  readonly minHole: number
  /** Tolerance of the traced outline's simplification, metres; 0: outlines stay as traced. */
  readonly tolerance: number
}

/** Sums over the cells of a building that can be added up in any order and grouping: integers and extremes. */
export interface BuildingSums {
  readonly points: number
  /** Lowest DTM cell, mm; `noHeight` when there is none. */
  readonly groundMm: number
  /** Highest and lowest point, mm; `noHeight` without points. */
  readonly roofMm: number
  readonly lowestMm: number
  /** Heights of points above the DTM: occupied bins of 0.1 m, ascending, as pairs bin, count. */
  readonly histogram: Int32Array
  readonly detail: BuildingDetail
  /** True where it comes to the end of the data, and may go on beyond. */
  readonly atEnd: boolean
}

/** The sums of several parts of one building. */
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

/** Millimetres as metres; NaN where nothing is known. */
export const metres = (mm: number): number => (mm === noHeight ? Number.NaN : mm / 1000)
