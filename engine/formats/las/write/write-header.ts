/** Encodes the LAS 1.4 header and variable length records, for the LAS, LAZ and COPC writers. */
import type { LasHeader } from "../header.js"
import type { RecordSpec, RecordTotals, VlrToWrite } from "./record-spec.js"

/** Size of the LAS 1.4 header. */
export const HEADER_BYTES = 375
const VLR_HEADER_BYTES = 54
const EVLR_HEADER_BYTES = 60

/** Offsets and counts of a file's parts, and the totals of its points. */
export interface LasLayout
  extends Pick<LasHeader, "compressed" | "pointOffset" | "vlrCount" | "evlrOffset" | "evlrCount"> {
  readonly totals: RecordTotals
}

const writeText = (view: DataView, at: number, text: string, most: number): void => {
  for (let i = 0; i < Math.min(text.length, most); i++) view.setUint8(at + i, text.charCodeAt(i))
}

/**
 * Header of a LAS 1.4 file (ASPRS LAS 1.4 R15, table 3). Legacy counts are 0, as point formats
 * above 5 require. The box is that of the stored integers, or zeros without points.
 *
 * Offsets: 0 `LASF`, 4 file source id, 6 global encoding, 8 GUID, 24 version, 26 system id (32), 58
 * generating software (32). Then 90 day, 92 year, 94 header size, 96 offset of points, 100 VLR
 * count, 104 point format (bit 7: LASzip). Then 105 record length, 131 scales, 155 offsets, 179
 * max/min of x, y, z. Then 235 EVLR offset (u64), 243 EVLR count, 247 count (u64), 255 counts by
 * return (15 u64).
 */
export const writeLasHeader = (spec: RecordSpec, layout: LasLayout): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  const { totals } = layout
  writeText(view, 0, "LASF", 4)
  view.setUint16(4, spec.fileSourceId ?? 0, true)
  view.setUint16(6, spec.globalEncoding, true)
  if (spec.guid !== undefined) bytes.set(spec.guid.subarray(0, 16), 8)
  view.setUint8(24, 1)
  view.setUint8(25, 4)
  writeText(view, 26, spec.systemId ?? "OTHER", 32)
  writeText(view, 58, spec.generatingSoftware ?? "maille", 32)
  view.setUint16(90, spec.creation?.day ?? 0, true)
  view.setUint16(92, spec.creation?.year ?? 0, true)
  view.setUint16(94, HEADER_BYTES, true)
  view.setUint32(96, layout.pointOffset, true)
  view.setUint32(100, layout.vlrCount, true)
  view.setUint8(104, spec.pointFormat | (layout.compressed ? 128 : 0))
  view.setUint16(105, spec.recordLength, true)
  for (let axis = 0; axis < 3; axis++) {
    const scale = spec.scale[axis] as number
    const offset = spec.offset[axis] as number
    view.setFloat64(131 + axis * 8, scale, true)
    view.setFloat64(155 + axis * 8, offset, true)
    if (totals.count === 0) continue
    view.setFloat64(179 + axis * 16, (totals.max[axis] as number) * scale + offset, true)
    view.setFloat64(187 + axis * 16, (totals.min[axis] as number) * scale + offset, true)
  }
  view.setBigUint64(235, BigInt(layout.evlrOffset), true)
  view.setUint32(243, layout.evlrCount, true)
  view.setBigUint64(247, BigInt(totals.count), true)
  for (let i = 0; i < 15; i++) view.setBigUint64(255 + i * 8, BigInt(totals.returns[i] ?? 0), true)
  return bytes
}

/**
 * Encodes a VLR: 2 user id (16), 18 record id (u16), 20 length (u16), 22 description (32), 54 data.
 */
export const encodeVlr = (vlr: VlrToWrite): Uint8Array => {
  const bytes = new Uint8Array(VLR_HEADER_BYTES + vlr.data.length)
  const view = new DataView(bytes.buffer)
  writeText(view, 2, vlr.userId, 16)
  view.setUint16(18, vlr.recordId, true)
  view.setUint16(20, vlr.data.length, true)
  writeText(view, 22, vlr.description ?? "", 32)
  bytes.set(vlr.data, VLR_HEADER_BYTES)
  return bytes
}

/**
 * Encodes the header of an EVLR: 2 user id (16), 18 record id (u16), 20 length (u64), 28
 * description (32).
 */
export const encodeEvlrHeader = (evlr: Omit<VlrToWrite, "data">, length: number): Uint8Array => {
  const bytes = new Uint8Array(EVLR_HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  writeText(view, 2, evlr.userId, 16)
  view.setUint16(18, evlr.recordId, true)
  view.setBigUint64(20, BigInt(length), true)
  writeText(view, 28, evlr.description ?? "", 32)
  return bytes
}
