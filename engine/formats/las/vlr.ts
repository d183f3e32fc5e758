/** Reads variable length records (LAS 1.4 R15 §2.5) and the CRS in them, as WKT or GeoTIFF keys. */
import { type GeoKeys, parseGeoKeys } from "../../grid/geo-keys.js"
import type { ByteSource } from "../../io/byte-source.js"
import type { LasHeader } from "./header.js"

/** A variable length record (LAS 1.4 R15 §2.5), or an extended one that the engine uses. */
export interface Vlr {
  readonly userId: string
  readonly recordId: number
  readonly data: Uint8Array
}

const VLR_HEADER = 54
const EVLR_HEADER = 60
/** Preamble bytes beyond this are not read: real VLRs end within 100 KB. */
const MOST_VLR_BYTES = 4 * 1024 * 1024
const MOST_EVLRS = 1000
const MOST_EVLR_PAYLOAD = 1024 * 1024

/** User ids of the extended records that are read. */
const WANTED: ReadonlySet<string> = new Set(["LASF_Projection", "liblas", "LASF_Spec"])

/** Latin-1 text of some bytes, up to the first zero. */
export const textOf = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0)
  return new TextDecoder("latin1").decode(end < 0 ? bytes : bytes.subarray(0, end))
}

/**
 * Bytes from the start of the file to the first point, at most 4 MiB. `head`: bytes already read.
 */
export const readPreamble = async (source: ByteSource, header: LasHeader, head: Uint8Array): Promise<Uint8Array> => {
  const end = Math.min(header.pointOffset, MOST_VLR_BYTES)
  return end <= head.length ? head.subarray(0, end) : source.read(0, end)
}

/**
 * The VLRs between header and points. A count or length that runs into the points is a fault and
 * ends the reading.
 *
 * Header of a VLR: 2 user id (16), 18 record id (u16), 20 length (u16), 22 description (32).
 */
export const parseVlrs = (preamble: Uint8Array, header: LasHeader, faults: string[]): Vlr[] => {
  const view = new DataView(preamble.buffer, preamble.byteOffset, preamble.byteLength)
  const vlrs: Vlr[] = []
  let at = header.headerBytes
  for (let i = 0; i < header.vlrCount; i++) {
    if (at + VLR_HEADER > preamble.length) {
      faults.push(`the header announces ${header.vlrCount} VLRs; ${i} fit before the points`)
      break
    }
    const length = view.getUint16(at + 20, true)
    const userId = textOf(preamble.subarray(at + 2, at + 18))
    const recordId = view.getUint16(at + 18, true)
    if (at + VLR_HEADER + length > preamble.length) {
      faults.push(`VLR ${userId}/${recordId} of ${length} bytes overlaps the points`)
      break
    }
    vlrs.push({ userId, recordId, data: preamble.slice(at + VLR_HEADER, at + VLR_HEADER + length) })
    at += VLR_HEADER + length
  }
  return vlrs
}

/**
 * The EVLRs that describe the CRS and extra bytes. A record outside the file is a fault and ends
 * the reading.
 *
 * Header of an EVLR: 2 user id (16), 18 record id (u16), 20 length (u64), 28 description (32).
 */
export const readEvlrs = async (source: ByteSource, header: LasHeader, faults: string[]): Promise<Vlr[]> => {
  const evlrs: Vlr[] = []
  let at = header.evlrOffset
  const count = Math.min(header.evlrCount, MOST_EVLRS)
  for (let i = 0; i < count; i++) {
    if (at < header.pointOffset || at + EVLR_HEADER > source.size) {
      faults.push(`EVLR ${i + 1} of ${header.evlrCount} is outside the file (byte ${at} of ${source.size})`)
      break
    }
    const head = await source.read(at, at + EVLR_HEADER)
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
    const userId = textOf(head.subarray(2, 18))
    const recordId = view.getUint16(18, true)
    const end = at + EVLR_HEADER + Number(view.getBigUint64(20, true))
    if (end > source.size) {
      faults.push(`EVLR ${userId}/${recordId} runs past the end of the file`)
      break
    }
    const wanted = WANTED.has(userId) && end - at - EVLR_HEADER <= MOST_EVLR_PAYLOAD
    if (wanted) evlrs.push({ userId, recordId, data: await source.read(at + EVLR_HEADER, end) })
    at = end
  }
  return evlrs
}

/** Texts of all WKT records (2112), those of `LASF_Projection` first; empty ones are omitted. */
export const wktTexts = (vlrs: readonly Vlr[]): string[] => {
  const texts = (userId: string) =>
    vlrs
      .filter((vlr) => vlr.recordId === 2112 && vlr.userId === userId)
      .map((vlr) => new TextDecoder().decode(vlr.data).replaceAll("\0", "").trim())
  return [...texts("LASF_Projection"), ...texts("liblas")].filter((text) => text !== "")
}

/** GeoTIFF keys of the records 34735 to 34737; undefined without a directory. */
export const readGeoKeys = (vlrs: readonly Vlr[], faults: string[]): GeoKeys | undefined => {
  const record = (id: number) => vlrs.find((vlr) => vlr.userId === "LASF_Projection" && vlr.recordId === id)?.data
  const [directory, doubles, texts] = [record(34735), record(34736), record(34737)]
  if (directory === undefined || directory.length < 8) return undefined
  const short = new DataView(directory.buffer, directory.byteOffset, directory.byteLength)
  const double = doubles && new DataView(doubles.buffer, doubles.byteOffset, doubles.byteLength)
  return parseGeoKeys(
    Array.from({ length: directory.length >> 1 }, (_, i) => short.getUint16(2 * i, true)),
    Array.from({ length: (doubles?.length ?? 0) >> 3 }, (_, i) => double?.getFloat64(8 * i, true) ?? 0),
    new TextDecoder("latin1").decode(texts),
    faults,
  )
}
