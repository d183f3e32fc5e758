/** Converts point records of older formats to formats 6 to 8 of LAS 1.4, with the CRS as WKT. */
import { EngineError } from "../../errors.js"
import type { CrsDescription } from "../../grid/crs.js"
import type { RecordBlock } from "../las/columns.js"
import { RECORD_BYTES } from "../las/header.js"
import { baseRecordBytes, type RecordSpec, type VlrToWrite } from "../las/write/record-spec.js"
import type { StoredSpec } from "../las/write/stored-spec.js"
import { hasWkt, wktVlr, writeWkt } from "../las/write/wkt.js"

/** Conversion of a file's records to LAS 1.4 format 6, 7 or 8. */
export interface Upgrade {
  readonly spec: RecordSpec
  /** Records in the new format, valid until the next call. Formats 6–8 are returned unchanged. */
  readonly convert: (block: RecordBlock) => RecordBlock
  /** Messages on what changed and on what the file lacks. */
  readonly notes: readonly string[]
}

/** A file to upgrade, and what the user states about it. */
export interface UpgradeInput {
  readonly path: string
  readonly stored: StoredSpec
  readonly crs: CrsDescription
  /** EPSG code for a file that states no CRS. */
  readonly epsg?: number | undefined
  /** WKT of the CRS that the records will be reprojected to: it replaces what the file states. */
  readonly wkt?: string | undefined
  readonly generatingSoftware?: string
}

/** New formats for 0–3. */
const UPGRADED: Readonly<Record<number, 6 | 7>> = { 0: 6, 1: 6, 2: 7, 3: 7 }
/** Legacy scan angles are whole degrees; new ones are units of 0.006 degrees. */
const ANGLE_STEPS = 1 / 0.006
const OVERLAP_CLASS = 12

/**
 * Converts records to point format 6 (from 0, 1) or 7 (from 2, 3), with the CRS as WKT; formats 6,
 * 7 and 8 are unchanged.
 *
 * Classification flags, returns, scan direction, edge of flight line, user data, source, colours
 * and extra bytes are preserved. Scan angles are converted from degrees to units of 0.006 degrees.
 * Formats 0 and 2 have no GPS time: it becomes 0. Points of class 12 (overlap) retain it and
 * receive the overlap flag.
 *
 * @throws EngineError `E_INPUT` for formats with wave packets, and if maille has no WKT for `epsg`
 */
export const upgradeRecords = ({ path, stored, crs, epsg, wkt, generatingSoftware }: UpgradeInput): Upgrade => {
  const { pointFormat: from } = stored
  const to = from === 6 || from === 7 || from === 8 ? from : UPGRADED[from]
  if (to === undefined) {
    const remedy = "Write it without them first (pdal translate IN OUT --writers.las.dataformat_id=6)."
    const text = `${path}: point format ${from} has wave packets, which formats 6 to 8 do not support. ${remedy}`
    throw new EngineError("E_INPUT", text, { file: path })
  }
  const notes: string[] = []
  const { pointFormat: _, ...rest } = stored
  const extraBytes = stored.recordLength - RECORD_BYTES[from]!
  const spec: RecordSpec = {
    ...rest,
    ...(wkt === undefined ? withWkt(stored, crs, epsg, path, notes) : withOnly(stored, wkt)),
    pointFormat: to,
    recordLength: baseRecordBytes(to) + extraBytes,
    // No wave packets (bits 1, 2); the CRS is WKT (bit 4).
    globalEncoding: (stored.globalEncoding & ~6) | 16,
    ...(generatingSoftware === undefined ? {} : { generatingSoftware }),
  }
  if (from === to) return { spec, convert: (block) => block, notes }
  const time = from === 1 || from === 3 ? "" : "; the missing GPS time became 0"
  notes.push(`point format ${from} became ${to}${time}`)
  return { spec, convert: converter(from, stored.recordLength, spec), notes }
}

/** VLRs and EVLRs with one statement of the CRS. */
const withOnly = ({ vlrs, evlrs }: StoredSpec, wkt: string): Pick<RecordSpec, "vlrs" | "evlrs"> => {
  const statesNoCrs = ({ userId, recordId }: VlrToWrite): boolean =>
    !(userId === "LASF_Projection" || (userId === "liblas" && recordId === 2112))
  return { vlrs: [wktVlr(wkt), ...vlrs.filter(statesNoCrs)], evlrs: evlrs.filter(statesNoCrs) }
}

/** VLRs with the CRS as WKT, if the file has one or one can be made. */
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
    notes.push(`its EPSG:${crs.epsg} is retained; --crs EPSG:${epsg} applies only to files without a CRS`)
  }
  if ([...vlrs, ...evlrs].some(isWkt)) return { vlrs }
  // The code's WKT has metric heights: it would turn heights in feet into metres.
  const code = crs.unit === "foot" ? undefined : (crs.epsg ?? epsg)
  if (code === undefined || !hasWkt(code)) {
    if (code !== undefined && code === epsg) {
      throw new EngineError("E_INPUT", `${path}: no built-in WKT for EPSG:${code}. Give another --crs, or none.`, {
        file: path,
      })
    }
    const found =
      code === undefined
        ? crs.name === ""
          ? "no CRS in the file"
          : `a CRS without a known code (${crs.name})`
        : `no built-in WKT for EPSG:${code}`
    notes.push(`${found}; written without a CRS. Give it with --crs EPSG:n.`)
    return { vlrs }
  }
  const geoKeys = ({ userId, recordId }: VlrToWrite): boolean =>
    userId === "LASF_Projection" && recordId >= 34735 && recordId <= 34737
  // GeoTIFF keys would state the CRS twice; formats 6 to 8 use the WKT.
  const others = vlrs.filter((vlr) => !geoKeys(vlr))
  if (others.length < vlrs.length) notes.push(`its GeoTIFF keys became the WKT of EPSG:${code}`)
  return { vlrs: [wktVlr(writeWkt(code)), ...others] }
}

/**
 * Legacy record: 14 return number (3 bits), number of returns (3), scan direction, edge. Byte 15:
 * class (5 bits), synthetic, key point, withheld. Then 16 scan angle (i8), 17 user data, 18 source
 * (u16), 20 GPS time (1, 3). Colours (2, 3) and extra bytes follow.
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
