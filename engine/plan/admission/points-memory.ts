/** Bytes of points while they are read, ordered and stored for the ports of a chain. */
import { MOST_CELLS } from "../../formats/points/canonical-order.js"
import type { AttributeName, Counts, PointsPort } from "../../kernel.js"
import { extraOf } from "../chains/chain.js"

/** Bytes of a stored position. */
const placeBytes = 12
const attributeBytes: Readonly<Record<AttributeName, number>> = {
  classification: 1,
  returnNumber: 1,
  numberOfReturns: 1,
  intensity: 2,
  gpsTime: 8,
}

/** Bytes of each of the extra bytes that ports ask for: a double. */
const extraBytes = 8

/** How a tile's points are read: from COPC nodes in any order, or from bucket files row by row. */
export interface PointReading {
  /** All points read, before thinning. */
  readonly points: number
  /** Points of the densest row of blocks, if counted; default: an even density. */
  readonly row?: number
  readonly bucketed: boolean
  /** True if they are stored with all attributes because some are kept. */
  readonly everything: boolean
}

/** Bytes per point of a port's columns. */
export const portBytes = ({ attributes = [], extra = [] }: Pick<PointsPort, "attributes" | "extra">): number =>
  attributes.reduce((sum, name) => sum + attributeBytes[name], placeBytes) + extraBytes * extra.length

/**
 * Bytes per point that a tile stores for its ports: their columns, and the class that selects
 * points for a port.
 */
export const storedBytes = (ports: readonly PointsPort[]): number =>
  portBytes({
    attributes: [...new Set([...ports.flatMap(({ attributes = [] }) => attributes), "classification" as const])],
    extra: extraOf(ports),
  })

/**
 * Bytes of the points stored for the ports after reading; only classes whose ports request times
 * have them.
 */
export const holdingBytes = (ports: readonly PointsPort[], points: number, counted: Counts["classes"]): number => {
  const timed = timedPoints(ports, points, counted)
  const others = storedBytes(ports) - (timed === undefined ? 0 : attributeBytes.gpsTime)
  return others * points + attributeBytes.gpsTime * (timed ?? 0)
}

/** Upper bound of the points with stored times; undefined if no port requests times. */
const timedPoints = (ports: readonly PointsPort[], points: number, counted: Counts["classes"]): number | undefined => {
  const timed = ports.filter(({ attributes }) => attributes?.includes("gpsTime"))
  if (timed.length === 0) return undefined
  if (timed.some(({ classes }) => classes === undefined)) return points
  return portPoints({ classes: [...new Set(timed.flatMap(({ classes = [] }) => classes))] }, points, counted)
}

/** Upper bound of the classes in one cell of a spacing. */
const classesPerCell = 3

/** Upper bound of the points left in an area after thinning. */
export const thinnedPoints = (points: number, areaM2: number, spacing: number | undefined): number =>
  spacing === undefined ? points : Math.min(points, Math.ceil((classesPerCell * areaM2) / spacing ** 2))

/**
 * Upper bound of the points that a port gets: those of its classes if all of these were counted,
 * else all points.
 */
export const portPoints = (
  { classes }: Pick<PointsPort, "classes">,
  points: number,
  counted: Counts["classes"],
): number => {
  if (classes === undefined || counted === undefined) return points
  let sum = 0
  for (const code of classes) sum += counted[code] ?? points
  return Math.min(points, sum)
}

/** Bytes per point with every attribute, as read from files. */
export const everyByte = 25
/** Bytes per point sorted as a whole: the points as read, and as sorted. */
const sortingBytes = 2 * everyByte
/**
 * Size of columns ordered in place, relative to the plan: an eighth of spare room. If that is too
 * little, they grow by another eighth and the longest column exists twice.
 */
const roomFactor = 1.5
/** Bytes of nodes being read and decoded, and of uncollected ones. */
const nodesBytes = 64 * 1024 * 1024
/** Bytes per point of a bucket file, without times and intensities. */
const bucketBytes = 10
/** Side of a bucket file's blocks, metres. */
const blockSide = 50

/**
 * Peak bytes while points from bucket files are read and ordered. Beside all stored points there
 * are rows of blocks: two as read, one as ordered, and as much again uncollected. At the end, times
 * of single classes exist beside those of all points.
 */
export const readingBytes = (
  { points, row, bucketed, everything }: PointReading,
  ports: readonly PointsPort[],
  areaM2: number,
  counted: Counts["classes"],
): number => {
  const extra = extraOf(ports).length
  // Their points are sorted as a whole, from bucket files too.
  if (extra > 0) return (sortingBytes + 2 * roomFactor * extraBytes * extra) * points + nodesBytes
  if (!bucketed) return areaM2 > MOST_CELLS ? sortingBytes * points : inPlaceBytes(points, everything, ports, counted)
  const inRow = row ?? points * Math.min(1, (blockSide + 1) / Math.max(1, Math.sqrt(areaM2)))
  const column = everything ? everyByte : storedBytes(ports)
  // Bucket files may contain all other columns, since other stages request them.
  const rowBytes = 2 * (2 * (bucketBytes + attributeBytes.gpsTime + attributeBytes.intensity) + column)
  const picked = attributeBytes.gpsTime * (timedPoints(ports, points, counted) ?? 0)
  return column * points + Math.max(rowBytes * inRow, picked)
}

/** Attributes that distinguish points at one position: stored during reading, requested or not. */
const telling = ["classification", "returnNumber", "numberOfReturns"] as const

/**
 * Peak bytes while points of COPC, with or without bucket files, are read and ordered in place. At
 * the end, times of single classes exist beside those of all points.
 */
const inPlaceBytes = (
  points: number,
  everything: boolean,
  ports: readonly PointsPort[],
  counted: Counts["classes"],
): number => {
  const asked = portBytes({
    attributes: [...new Set([...ports.flatMap(({ attributes = [] }) => attributes), ...telling])],
  })
  const picked = attributeBytes.gpsTime * (timedPoints(ports, points, counted) ?? 0)
  return roomFactor * (everything ? everyByte : asked) * points + Math.max(nodesBytes, picked)
}
