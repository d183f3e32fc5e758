/** Metadata that a LAS 1.4 writer needs besides points, and the totals for its header. */

/** A variable length record to write. */
export interface VlrToWrite {
  /** At most 16 bytes of Latin-1 text. */
  readonly userId: string
  readonly recordId: number
  /** At most 32 bytes of Latin-1 text. */
  readonly description?: string
  /** At most 65,535 bytes as a VLR, any number as an EVLR. */
  readonly data: Uint8Array
}

/** Metadata of a LAS 1.4 file that a writer needs before the first point. */
export interface RecordSpec {
  readonly pointFormat: 6 | 7 | 8
  /** Bytes of a record: 30, 36 or 38 for format 6, 7 or 8, plus the extra bytes. */
  readonly recordLength: number
  /** Size of a step of the stored integers, CRS units. */
  readonly scale: readonly [number, number, number]
  readonly offset: readonly [number, number, number]
  /**
   * CRS, extra bytes and others, in the order to write. The writers add those of LASzip and COPC.
   */
  readonly vlrs: readonly VlrToWrite[]
  readonly evlrs: readonly VlrToWrite[]
  /**
   * Bit 0: GPS time is adjusted standard time; bit 4: the CRS is WKT (always, for these formats).
   */
  readonly globalEncoding: number
  readonly fileSourceId?: number
  /** 16 bytes; default zeros. */
  readonly guid?: Uint8Array
  /** At most 32 bytes of Latin-1 text; default `OTHER`. */
  readonly systemId?: string
  /** At most 32 bytes of Latin-1 text; default `maille`. */
  readonly generatingSoftware?: string
  /**
   * Day of the year and year of the file's creation. Default zeros: the clock must not change the
   * bytes.
   */
  readonly creation?: { readonly day: number; readonly year: number }
}

/** Summary of the points for the header; coordinates are stored integers. */
export interface RecordTotals {
  count: number
  readonly min: [number, number, number]
  readonly max: [number, number, number]
  /** Number of points by return number, 1–15; number 0 is not counted. */
  readonly returns: number[]
}

/** Bytes of a record of point format 6, 7 or 8 without extra bytes. */
export const baseRecordBytes = (pointFormat: 6 | 7 | 8): number => [30, 36, 38][pointFormat - 6] as number

export const emptyTotals = (): RecordTotals => ({
  count: 0,
  min: [2147483647, 2147483647, 2147483647],
  max: [-2147483648, -2147483648, -2147483648],
  returns: new Array<number>(15).fill(0),
})

/** Adds `count` raw records of formats 6–8 to totals. O(n). */
export const addToTotals = (totals: RecordTotals, records: Uint8Array, count: number, recordLength: number): void => {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  let [minX, minY, minZ] = totals.min
  let [maxX, maxY, maxZ] = totals.max
  const returns = new Uint32Array(16)
  for (let i = 0, at = 0; i < count; i++, at += recordLength) {
    const x = view.getInt32(at, true)
    const y = view.getInt32(at + 4, true)
    const z = view.getInt32(at + 8, true)
    if (x < minX) minX = x
    if (x > maxX) maxX = x
    if (y < minY) minY = y
    if (y > maxY) maxY = y
    if (z < minZ) minZ = z
    if (z > maxZ) maxZ = z
    const number = view.getUint8(at + 14) & 15
    returns[number] = (returns[number] as number) + 1
  }
  totals.count += count
  totals.min.splice(0, 3, minX, minY, minZ)
  totals.max.splice(0, 3, maxX, maxY, maxZ)
  for (let k = 1; k < 16; k++) totals.returns[k - 1] = (totals.returns[k - 1] as number) + (returns[k] as number)
}
