/** Bytes of points while they are read, ordered and held for the ports of a chain. */
import { MOST_CELLS } from "../../formats/las/order/cell-order.js"
import type { AttributeName, Counts, PointsPort } from "../../kernel.js"

/** Bytes of a point's place as it is held. */
const placeBytes = 12
const attributeBytes: Readonly<Record<AttributeName, number>> = {
  classification: 1,
  returnNumber: 1,
  numberOfReturns: 1,
  intensity: 2,
  gpsTime: 8,
}

/** How the points of a tile come: by nodes of COPC in any order, or out of bucket files, row by row. */
export interface PointReading {
  /** All that are read, before any thinning. */
  readonly points: number
  /** Of the densest row of a bucket file's blocks, where they were counted; else they are as dense everywhere. */
  readonly row?: number
  readonly bucketed: boolean
  /** True where they are held with all attributes, since some are kept for looking at. */
  readonly everything: boolean
}

/** Bytes a point of a port's columns. */
export const portBytes = ({ attributes = [] }: Pick<PointsPort, "attributes">): number =>
  attributes.reduce((sum, name) => sum + attributeBytes[name], placeBytes)

/** Bytes a point of what a tile holds for its ports: their columns and the class, by which it is dealt out. */
export const heldBytes = (ports: readonly PointsPort[]): number =>
  portBytes({
    attributes: [...new Set([...ports.flatMap(({ attributes = [] }) => attributes), "classification" as const])],
  })

/** Bytes of what a tile holds for its ports from then on, of so many points: times of the classes alone whose ports ask for them. */
export const holdingBytes = (ports: readonly PointsPort[], points: number, counted: Counts["classes"]): number => {
  const timed = timedPoints(ports, points, counted)
  const others = heldBytes(ports) - (timed === undefined ? 0 : attributeBytes.gpsTime)
  return others * points + attributeBytes.gpsTime * (timed ?? 0)
}

/** Most points whose times are held; undefined where no port asks for any. */
const timedPoints = (ports: readonly PointsPort[], points: number, counted: Counts["classes"]): number | undefined => {
  const timed = ports.filter(({ attributes }) => attributes?.includes("gpsTime"))
  if (timed.length === 0) return undefined
  if (timed.some(({ classes }) => classes === undefined)) return points
  return portPoints({ classes: [...new Set(timed.flatMap(({ classes = [] }) => classes))] }, points, counted)
}

/** Classes that the points of one cell of a spacing have, at most. */
const classesPerCell = 3

/** Most points that a spacing leaves of an area. */
export const thinnedPoints = (points: number, areaM2: number, spacing: number | undefined): number =>
  spacing === undefined ? points : Math.min(points, Math.ceil((classesPerCell * areaM2) / spacing ** 2))

/** Most points that a port gets: those of its classes where all of these were counted, else every one. */
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

/** Bytes a point with every attribute, as files are read. */
export const everyByte = 25
/** Of points that are sorted all together: as read, and as sorted. */
const sortingBytes = 2 * everyByte
/** Columns of points that are ordered where they lie, over what is planned: an eighth of room and, where that was not enough, another eighth and the longest column twice, while they grow. */
const roomFactor = 1.5
/** Bytes of nodes as they are read and decoded, and of those that are not collected yet. */
const nodesBytes = 64 * 1024 * 1024
/** Bytes a point of a bucket file, without times and intensities. */
const bucketBytes = 10
/** Side of a bucket file's blocks, metres. */
const blockSide = 50

/**
 * Peak bytes while the points are read and brought into order. Beside what is held of all of them, rows of blocks are read and ordered at a time: two as they came from the file, one as ordered; and as
 * much again that is not collected yet. In the end times of some classes stand beside those of all.
 */
export const readingBytes = (
  { points, row, bucketed, everything }: PointReading,
  ports: readonly PointsPort[],
  areaM2: number,
  counted: Counts["classes"],
): number => {
  if (!bucketed) return areaM2 > MOST_CELLS ? sortingBytes * points : inPlaceBytes(points, everything, ports, counted)
  const inRow = row ?? points * Math.min(1, (blockSide + 1) / Math.max(1, Math.sqrt(areaM2)))
  const column = everything ? everyByte : heldBytes(ports)
  // All further columns that there are may lie in the bucket files, since other stages ask for them.
  const rowBytes = 2 * (2 * (bucketBytes + attributeBytes.gpsTime + attributeBytes.intensity) + column)
  const picked = attributeBytes.gpsTime * (timedPoints(ports, points, counted) ?? 0)
  return column * points + Math.max(rowBytes * inRow, picked)
}

/** Attributes by which points of one place are told apart: held while points are read, whoever asks for them. */
const telling = ["classification", "returnNumber", "numberOfReturns"] as const

/** Peak bytes while points of COPC, or of it and bucket files, are read and ordered where they lie; in the end times of some classes stand beside those of all. */
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
