/**
 * Parses and checks the header of point files, on which all later reading relies. Reads their
 * variable length records (LAS 1.4 R15 §2.5) and the CRS in them, as WKT or GeoTIFF keys.
 */
import type { Box2 } from "../../core/geometry/box.js"
import { damaged, EngineError } from "../../errors.js"
import { type GeoKeys, parseGeoKeys } from "../../grid/geo-keys.js"
import type { ByteSource } from "../../io/byte-source.js"
import { describeBytes } from "../../io/file-kind.js"

/** The public header block of a LAS or LAZ file. */
export interface LasHeader {
  readonly version: string
  readonly headerBytes: number
  /** Offset of the first point record (LAZ: of the chunk table's offset). */
  readonly pointOffset: number
  readonly vlrCount: number
  readonly pointFormat: number
  readonly compressed: boolean
  readonly recordLength: number
  readonly count: number
  readonly scale: readonly [number, number, number]
  readonly offset: readonly [number, number, number]
  readonly box: Box2
  readonly zRange: readonly [number, number]
  readonly evlrOffset: number
  readonly evlrCount: number
  /** Upper bound of the point data: the first of EVLRs, waveforms and end of file. */
  readonly pointsEnd: number
}

/** Bytes of a record of point formats 0–10, without extra bytes (LAS 1.4 R15, tables 7–17). */
export const RECORD_BYTES: readonly number[] = [20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67]

/** An `E_FORMAT` error for a point file: the fault found and its remedy. */
export const refuse = (file: string, found: string, remedy: string): EngineError =>
  new EngineError("E_FORMAT", `${file}: ${found}. ${remedy}`, { file })

/** Latin-1 text of a header field, up to its first zero byte. */
export const latin = (bytes: Uint8Array, at: number, length: number): string => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString("latin1")
  const end = text.indexOf("\0")
  return end < 0 ? text : text.slice(0, end)
}

/**
 * Reads and checks the header (LAS 1.0 to 1.4). Harmless faults of the writer are added to
 * `faults`.
 *
 * Offsets: 0 `LASF`, 24 version, 94 header size, 96 offset of points, 100 VLR count, 104 point
 * format (bit 7: LASzip), 105 record length, 107 count (u32), 131 scales, 155 offsets, 179 max/min
 * of x, y, z. Since 1.3: 227 waveforms (u64). Since 1.4: 235 EVLR offset (u64), 243 EVLR count, 247
 * count (u64).
 *
 * @throws EngineError `E_FORMAT`.
 */
export const parseHeader = (bytes: Uint8Array, source: ByteSource, faults: string[]): LasHeader => {
  const file = source.path
  checkKind(bytes, file, source.size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [major, minor] = [view.getUint8(24), view.getUint8(25)]
  if (major !== 1 || minor > 4) {
    throw damaged(file, `LAS version ${major}.${minor}; only 1.0 to 1.4 exist`)
  }
  const headerBytes = view.getUint16(94, true)
  const least = minor === 4 ? 375 : minor === 3 ? 235 : 227
  if (headerBytes === 0) {
    throw damaged(file, `its header is unfinished (header size 0, file size ${source.size} bytes)`)
  }
  if (headerBytes < least || bytes.length < least) {
    const found = headerBytes < least ? `its header has ${headerBytes} bytes` : `it ends after ${bytes.length} bytes`
    throw damaged(file, `${found}; LAS ${major}.${minor} needs ${least}`)
  }
  const rawFormat = view.getUint8(104)
  const header = {
    version: `${major}.${minor}`,
    headerBytes,
    pointOffset: view.getUint32(96, true),
    vlrCount: view.getUint32(100, true),
    // Bit 7 marks LASzip compression; one old writer sets bit 6 as well.
    pointFormat: rawFormat & 63,
    compressed: (rawFormat & 192) !== 0,
    recordLength: view.getUint16(105, true),
    count: readCount(view, minor, faults, file),
    scale: triple(view, 131),
    offset: triple(view, 155),
    evlrOffset: minor === 4 ? Number(view.getBigUint64(235, true)) : 0,
    evlrCount: minor === 4 ? view.getUint32(243, true) : 0,
  }
  checkHeader(header, file, source.size)
  const waveforms = minor >= 3 ? Number(view.getBigUint64(227, true)) : 0
  const ends = [header.evlrCount > 0 ? header.evlrOffset : 0, waveforms].filter((at) => at > header.pointOffset)
  const pointsEnd = Math.min(source.size, ...ends)
  return { ...header, pointsEnd, ...readBounds(view, header.count, file, faults) }
}

/** Remedies for files that are not point files, by their kind. */
const REMEDIES = {
  image: "Give images with --imagery of maille run.",
  archive: "Unpack it first.",
  text: "Convert it first: pdal translate IN OUT.laz.",
  page: "Fetch the file again: the server answered with a page.",
  other: "Give the point files.",
} as const

const checkKind = (bytes: Uint8Array, file: string, size: number): void => {
  if (size === 0) throw refuse(file, "empty (0 bytes)", "Fetch it again, or leave it out.")
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 40))
  if (start.startsWith("version https://git-lfs")) {
    throw refuse(file, "a Git LFS pointer, not the points themselves", "Run git lfs pull in its repository.")
  }
  if (!start.startsWith("LASF")) {
    const kind = describeBytes(bytes)
    const found =
      kind === undefined
        ? `not a LAS or LAZ file (starts with ${JSON.stringify(start.slice(0, 4))})`
        : `${kind.name}, not LAS, LAZ or COPC`
    throw refuse(file, found, REMEDIES[kind?.use ?? "other"])
  }
  if (bytes.length < 227) throw damaged(file, `it ends after ${bytes.length} bytes; a LAS header has 227`)
}

const triple = (view: DataView, at: number): [number, number, number] => [
  view.getFloat64(at, true),
  view.getFloat64(at + 8, true),
  view.getFloat64(at + 16, true),
]

const readCount = (view: DataView, minor: number, faults: string[], file: string): number => {
  const legacy = view.getUint32(107, true)
  if (minor < 4) return legacy
  const count = view.getBigUint64(247, true)
  if (count > BigInt(2 ** 48)) throw damaged(file, `its header announces ${count} points`)
  if (count === 0n && legacy > 0) {
    faults.push(`the 64-bit point count is 0; using the legacy count ${legacy}`)
    return legacy
  }
  if (legacy !== 0 && BigInt(legacy) !== count) faults.push(`legacy point count ${legacy} differs from ${count}`)
  return Number(count)
}

const checkHeader = (header: Omit<LasHeader, "box" | "zRange" | "pointsEnd">, file: string, size: number): void => {
  const { pointFormat, recordLength, pointOffset, headerBytes, scale, offset } = header
  const least = RECORD_BYTES[pointFormat]
  if (least === undefined) {
    throw damaged(file, `point format ${pointFormat}; LAS 1.4 has only 0 to 10`)
  }
  if (recordLength < least) {
    throw damaged(file, `records of ${recordLength} bytes; point format ${pointFormat} needs ${least}`)
  }
  if (pointOffset < headerBytes || pointOffset > size) {
    throw damaged(file, `its header places the points at byte ${pointOffset} of ${size}`)
  }
  if (![...scale, ...offset].every(Number.isFinite) || scale.some((value) => value <= 0)) {
    throw damaged(file, `scale ${scale.join(", ")} and offset ${offset.join(", ")} in its header`)
  }
}

/** The file may have room for this share of points more than announced. */
const MOST_ROOM = 0.001

/**
 * Checks the point count of an uncompressed file against its size. Room for a few more points than
 * announced is only a fault: some tools leave other bytes after the points.
 *
 * @throws EngineError `E_FORMAT` if there are fewer points than announced, or over 0.1 % more
 */
export const checkBody = ({ path, size }: ByteSource, header: LasHeader, faults: string[]): void => {
  const { count, pointOffset, recordLength } = header
  const stored = Math.floor((size - pointOffset) / recordLength)
  if (count > stored) {
    throw damaged(path, `its header announces ${count} points, and it has ${stored} (cut short)`)
  }
  const room = Math.floor((header.pointsEnd - pointOffset) / recordLength)
  if (room <= count) return
  const found = `the header announces ${count} points and the file has room for ${room}`
  if (room - count > Math.max(1, MOST_ROOM * count))
    throw damaged(path, found, "Export it again, or repair its header (lasinfo -repair).")
  faults.push(`${found}; the others are not read`)
}

const readBounds = (
  view: DataView,
  count: number,
  file: string,
  faults: string[],
): { box: Box2; zRange: [number, number] } => {
  if (count === 0) {
    faults.push("has no points")
    return { box: [0, 0, 0, 0], zRange: [0, 0] }
  }
  const at = (axis: number, side: number): number => view.getFloat64(179 + axis * 16 + side * 8, true)
  const box: Box2 = [at(0, 1), at(1, 1), at(0, 0), at(1, 0)]
  const zRange: [number, number] = [at(2, 1), at(2, 0)]
  const sound =
    [...box, ...zRange].every(Number.isFinite) && box[0] <= box[2] && box[1] <= box[3] && zRange[0] <= zRange[1]
  if (!sound) {
    const found = `its header is unfinished: ${count} points in the box ${box.join(", ")} (z ${zRange.join(" to ")})`
    throw damaged(file, found, "Fetch or export it again, or repair its header (lasinfo -repair).")
  }
  return { box, zRange }
}

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
