import type { PointColumns } from "../../../../engine/formats/las/columns.js"
import type { AttributeName } from "../../../../engine/kernel.js"

/** All that an iterable gives. */
export const collect = async <T>(from: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const one of from) all.push(one)
  return all
}

const FIELDS = ["x", "y", "z", "classification", "returnNumber", "numberOfReturns", "intensity", "gpsTime"] as const

/** Points as rows of x, y, z, class, return number, number of returns, intensity, GPS time. */
export const rowsOf = (chunks: readonly Omit<PointColumns, "extra">[]): number[][] =>
  chunks.flatMap((chunk) => Array.from({ length: chunk.count }, (_, i) => FIELDS.map((field) => chunk[field][i]!)))

/** The rows that stored points should give. */
export const rowsStored = (points: readonly StoredPoint[], { scaleMm = 10, time = true } = {}): number[][] =>
  points.map((point) =>
    FIELDS.map((field, i) => (i < 3 ? point[field] * scaleMm : field === "gpsTime" && !time ? 0 : point[field])),
  )

/** One point as stored. */
export interface StoredPoint extends Record<AttributeName, number> {
  readonly x: number
  readonly y: number
  readonly z: number
}

/** What {@link lasBytes} writes. */
export interface LasFacts {
  readonly minor?: number
  readonly pointFormat?: number
  readonly extraBytes?: number
  readonly scale?: number
  readonly offset?: readonly [number, number, number]
  readonly vlrs?: readonly { userId: string; recordId: number; data: Uint8Array }[]
  readonly points: readonly StoredPoint[]
}

const RECORDS = [20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67]

/** A LAS file of any version and point format, written straight from the specification's tables. */
export const lasBytes = ({
  minor = 4,
  pointFormat = 6,
  extraBytes = 0,
  scale = 0.01,
  offset = [0, 0, 0],
  vlrs = [],
  points,
}: LasFacts): Uint8Array => {
  const headerBytes = minor === 4 ? 375 : minor === 3 ? 235 : 227
  const vlrBytes = vlrs.reduce((sum, vlr) => sum + 54 + vlr.data.length, 0)
  const recordLength = RECORDS[pointFormat]! + extraBytes
  const start = headerBytes + vlrBytes
  const bytes = new Uint8Array(start + points.length * recordLength)
  const view = new DataView(bytes.buffer)
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at)
  text(0, "LASF")
  bytes[24] = 1
  bytes[25] = minor
  view.setUint16(94, headerBytes, true)
  view.setUint32(96, start, true)
  view.setUint32(100, vlrs.length, true)
  bytes[104] = pointFormat
  view.setUint16(105, recordLength, true)
  if (pointFormat < 6) view.setUint32(107, points.length, true)
  if (minor === 4) view.setBigUint64(247, BigInt(points.length), true)
  const axes = ["x", "y", "z"] as const
  axes.forEach((axis, i) => {
    const values = points.map((point) => point[axis] * scale + offset[i]!)
    view.setFloat64(131 + i * 8, scale, true)
    view.setFloat64(155 + i * 8, offset[i]!, true)
    view.setFloat64(179 + i * 16, Math.max(...values), true)
    view.setFloat64(187 + i * 16, Math.min(...values), true)
  })
  let at = headerBytes
  for (const vlr of vlrs) {
    text(at + 2, vlr.userId)
    view.setUint16(at + 18, vlr.recordId, true)
    view.setUint16(at + 20, vlr.data.length, true)
    bytes.set(vlr.data, at + 54)
    at += 54 + vlr.data.length
  }
  for (const point of points) {
    axes.forEach((axis, i) => {
      view.setInt32(at + i * 4, point[axis], true)
    })
    view.setUint16(at + 12, point.intensity, true)
    const wide = pointFormat >= 6
    view.setUint8(at + 14, point.returnNumber | (point.numberOfReturns << (wide ? 4 : 3)))
    // Legacy: the three high bits are flags; they must not reach the class.
    view.setUint8(at + (wide ? 16 : 15), point.classification | (wide ? 0 : 0xa0))
    const time = wide ? 22 : [1, 3, 4, 5].includes(pointFormat) ? 20 : -1
    if (time > 0) view.setFloat64(at + time, point.gpsTime, true)
    for (let i = 0; i < extraBytes; i++) bytes[at + RECORDS[pointFormat]! + i] = i + 1
    at += recordLength
  }
  return bytes
}

/**
 * `count` random points: x, y within `side` steps, all fields within the bounds that every point
 * format holds.
 */
export const randomPoints = (random: () => number, count: number, side = 5000): StoredPoint[] => {
  const below = (n: number): number => Math.floor(random() * n)
  return Array.from({ length: count }, () => ({
    x: below(side),
    y: below(side),
    z: below(3000),
    classification: below(32),
    returnNumber: below(8),
    numberOfReturns: below(8),
    intensity: below(65536),
    gpsTime: below(1e9) / 8,
  }))
}
