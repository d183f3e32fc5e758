/** Converts point records of older formats to formats 6 to 8 of LAS 1.4, with the CRS as WKT. */
import { EngineError } from "../../../errors.js"
import type { CrsDescription } from "../../../grid/crs.js"
import { RECORD_BYTES } from "../header.js"
import type { RecordBlock } from "../read-records.js"
import { baseRecordBytes, type RecordSpec, type VlrToWrite } from "./record-spec.js"
import type { StoredSpec } from "./stored-spec.js"
import { hasWkt, wktOf, wktVlr } from "./wkt.js"

/** How a file's records become those of LAS 1.4 format 6, 7 or 8. */
export interface Upgrade {
  readonly spec: RecordSpec
  /** Records in the new format; good until the next call. Those of formats 6–8 come back as they are. */
  readonly convert: (block: RecordBlock) => RecordBlock
  /** What changed on the way, and what the file lacks. */
  readonly notes: readonly string[]
}

/** A file to upgrade, and what the user says of it. */
export interface UpgradeInput {
  readonly path: string
  readonly stored: StoredSpec
  readonly crs: CrsDescription
  /** EPSG code for a file that states no CRS. */
  readonly epsg?: number | undefined
  readonly generatingSoftware?: string
}

/** New format of 0–3. */
const UPGRADED: Readonly<Record<number, 6 | 7>> = { 0: 6, 1: 6, 2: 7, 3: 7 }
/** A legacy scan angle is whole degrees, a new one counts 0.006. */
const ANGLE_STEPS = 1 / 0.006
const OVERLAP_CLASS = 12

/**
 * Brings what a file holds to point format 6 (from 0, 1), 7 (from 2, 3), or leaves it in 6, 7, 8, with the CRS as WKT.
 * Classification flags, returns, scan direction, edge of flight line, user data, source, colours and extra bytes are kept; scan angles go from
 * degrees to 0.006 degrees; formats 0 and 2 have no GPS time: it becomes 0. Class 12 (overlap) stays and sets the overlap flag.
 *
 * @throws EngineError `E_INPUT` for formats with wave packets, and where `epsg` is no code that maille has a WKT for
 */
export const upgradeRecords = ({ path, stored, crs, epsg, generatingSoftware }: UpgradeInput): Upgrade => {
  const { pointFormat: from } = stored
  const to = from === 6 || from === 7 || from === 8 ? from : UPGRADED[from]
  if (to === undefined) {
    throw new EngineError(
      "E_INPUT",
      `${path}: has wave packets (point format ${from}), which formats 6, 7 and 8 cannot hold. Write it without them first (pdal translate IN OUT --writers.las.dataformat_id=6).`,
      { file: path },
    )
  }
  const notes: string[] = []
  const { pointFormat: _, ...rest } = stored
  const extraBytes = stored.recordLength - RECORD_BYTES[from]!
  const spec: RecordSpec = {
    ...rest,
    ...withWkt(stored, crs, epsg, path, notes),
    pointFormat: to,
    recordLength: baseRecordBytes(to) + extraBytes,
    // Wave packets (bits 1, 2) are none; the CRS is WKT (bit 4).
    globalEncoding: (stored.globalEncoding & ~6) | 16,
    ...(generatingSoftware === undefined ? {} : { generatingSoftware }),
  }
  if (from === to) return { spec, convert: (block) => block, notes }
  const time = from === 1 || from === 3 ? "" : "; it has no GPS time, which becomes 0"
  notes.push(`point format ${from} became ${to}${time}`)
  return { spec, convert: converter(from, stored.recordLength, spec), notes }
}

/** The records of the CRS: a WKT where one is there or can be made. */
const withWkt = (
  { vlrs, evlrs }: StoredSpec,
  crs: CrsDescription,
  epsg: number | undefined,
  path: string,
  notes: string[],
): { readonly vlrs: readonly VlrToWrite[] } => {
  const isWkt = ({ userId, recordId, data }: VlrToWrite): boolean =>
    userId === "LASF_Projection" && recordId === 2112 && data.some((byte) => byte !== 0)
  if (epsg !== undefined && crs.epsg !== undefined && crs.epsg !== epsg) {
    notes.push(`states EPSG:${crs.epsg}, which is kept; EPSG:${epsg} is for files that state none`)
  }
  if ([...vlrs, ...evlrs].some(isWkt)) return { vlrs }
  // A WKT of the code alone would make metres of heights in feet.
  const code = crs.unit === "foot" ? undefined : (crs.epsg ?? epsg)
  if (code === undefined || !hasWkt(code)) {
    if (code !== undefined && code === epsg) {
      throw new EngineError("E_INPUT", `${path}: no WKT is built in for EPSG:${code}. Give another --crs, or none.`, {
        file: path,
      })
    }
    const found =
      code === undefined
        ? crs.name === ""
          ? "states no CRS"
          : `states a CRS without a known code (${crs.name})`
        : `states EPSG:${code}`
    notes.push(`${found}, of which no WKT can be made: written without one. Give --crs EPSG:n to state it.`)
    return { vlrs }
  }
  const geoKeys = ({ userId, recordId }: VlrToWrite): boolean =>
    userId === "LASF_Projection" && recordId >= 34735 && recordId <= 34737
  // Both would be two statements of one thing, of which these formats know the WKT.
  const others = vlrs.filter((vlr) => !geoKeys(vlr))
  if (others.length < vlrs.length) notes.push(`its GeoTIFF keys became the WKT of EPSG:${code}`)
  return { vlrs: [wktVlr(wktOf(code)), ...others] }
}

/**
 * Legacy record: 14 return number (3 bits), number of returns (3), scan direction, edge; 15 class (5), synthetic, key-point, withheld;
 * 16 scan angle (i8), 17 user data, 18 source (u16), 20 GPS time (1, 3), then colours (2, 3), then extra bytes.
 */
const converter = (from: number, length: number, { pointFormat, recordLength }: RecordSpec): Upgrade["convert"] => {
  const timeAt = from === 1 || from === 3 ? 20 : -1
  const colourAt = from === 2 ? 20 : from === 3 ? 28 : -1
  const extraFrom = RECORD_BYTES[from]!
  const extraTo = baseRecordBytes(pointFormat)
  let into = new Uint8Array(0)
  return ({ bytes, count }) => {
    if (into.length < count * recordLength) into = new Uint8Array(count * recordLength)
    const old = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const view = new DataView(into.buffer)
    for (let i = 0, a = 0, b = 0; i < count; i++, a += length, b += recordLength) {
      for (let k = 0; k < 12; k += 4) view.setInt32(b + k, old.getInt32(a + k, true), true)
      view.setUint16(b + 12, old.getUint16(a + 12, true), true)
      const returns = bytes[a + 14]!
      const code = bytes[a + 15]!
      const overlap = (code & 31) === OVERLAP_CLASS ? 8 : 0
      into[b + 14] = (returns & 7) | ((returns & 0x38) << 1)
      into[b + 15] = (code >> 5) | overlap | (returns & 0xc0)
      into[b + 16] = code & 31
      into[b + 17] = bytes[a + 17]!
      view.setInt16(b + 18, Math.round(old.getInt8(a + 16) * ANGLE_STEPS), true)
      view.setUint16(b + 20, old.getUint16(a + 18, true), true)
      for (let k = 0; k < 8; k += 4)
        view.setUint32(b + 22 + k, timeAt < 0 ? 0 : old.getUint32(a + timeAt + k, true), true)
      if (colourAt > 0) for (let k = 0; k < 6; k++) into[b + 30 + k] = bytes[a + colourAt + k]!
      for (let k = extraTo; k < recordLength; k++) into[b + k] = bytes[a + extraFrom + k - extraTo]!
    }
    return { bytes: into.subarray(0, count * recordLength), count }
  }
}
