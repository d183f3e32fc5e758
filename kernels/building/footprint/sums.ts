/**
 * Sums over a building's cells, additive in any order and grouping, and the rules by which tiles
 * and joins make buildings.
 */
import { noHeight } from "../../grid/sample-raster.js"
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

/** Bins of 0.1 m: heights above 409 m count in the last, negative ones in the first. */
export const heightBins = 4096

/** The sums of several parts of one building. */
export const addSums = (parts: readonly BuildingSums[]): BuildingSums => {
  let [points, groundMm, roofMm, lowestMm] = [0, noHeight, noHeight, noHeight]
  const bins = new Map<number, number>()
  for (const part of parts) {
    points += part.points
    groundMm = Math.min(groundMm, part.groundMm)
    lowestMm = Math.min(lowestMm, part.lowestMm)
    if (part.roofMm !== noHeight) roofMm = roofMm === noHeight ? part.roofMm : Math.max(roofMm, part.roofMm)
    for (let i = 0; i < part.histogram.length; i += 2) {
      bins.set(part.histogram[i], (bins.get(part.histogram[i]) ?? 0) + part.histogram[i + 1])
    }
  }
  const histogram = Int32Array.from([...bins].sort(([a], [b]) => a - b).flat())
  const atEnd = parts.some((part) => part.atEnd)
  return { points, groundMm, roofMm, lowestMm, histogram, detail: addDetails(parts.map((part) => part.detail)), atEnd }
}

/** Middle, metres, of the bin that holds the share `above / of` of the counts; NaN without counts. */
export const percentile = (histogram: Int32Array, above: number, of: number): number => {
  let total = 0
  for (let i = 1; i < histogram.length; i += 2) total += histogram[i]
  let sum = 0
  for (let i = 0; i < histogram.length; i += 2) {
    sum += histogram[i + 1]
    if (sum * of >= total * above) return (2 * histogram[i] + 1) / 20
  }
  return Number.NaN
}

/** Millimetres as metres; NaN where nothing is known. */
export const metres = (mm: number): number => (mm === noHeight ? Number.NaN : mm / 1000)

/** Occupied bins as pairs; `dense` is left zeroed. */
export const histogramOf = (bins: Uint16Array, dense: Int32Array): Int32Array => {
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

/** Bin of a height above the DTM, 0xffff without DTM. Millimetres. */
export const heightBin = (zMm: number, groundMm: number): number =>
  groundMm === noHeight ? 0xffff : Math.min(heightBins - 1, Math.max(0, Math.floor((zMm - groundMm) / 100)))
