/** Reads the metadata of a point file in the form that writers take. */

import { damaged } from "../../../errors.js"
import type { ByteSource } from "../../../io/byte-source.js"
import { type LasHeader, latin, refuse } from "../header.js"
import type { RecordSpec, VlrToWrite } from "./record-spec.js"

/** Metadata of a LAS file of any version, for writing it again. */
export interface StoredSpec extends Omit<RecordSpec, "pointFormat"> {
  readonly pointFormat: number
}

const VLR_HEADER = 54
const EVLR_HEADER = 60
/** Limit on the total size of VLRs, and on that of EVLRs, since writers hold them in memory. */
const MOST_BYTES = 256 * 1024 * 1024

/** Records of LASzip and COPC describe the storage of one file and do not apply to a copy. */
const isStorage = ({ userId, recordId }: VlrToWrite): boolean =>
  userId === "laszip encoded" || (userId === "copc" && (recordId === 1 || recordId === 1000))

/**
 * Reads header, VLRs and EVLRs, except the records of LASzip and COPC. A VLR that runs into the
 * points ends the list, as in `parseVlrs`. Offsets: see `writeLasHeader` and `encodeVlr`.
 *
 * @throws EngineError `E_FORMAT` if EVLRs are outside the file, or records exceed 256 MB
 */
export const readStoredSpec = async (source: ByteSource, header: LasHeader): Promise<StoredSpec> => {
  const head = await source.read(0, header.headerBytes)
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const guid = head.slice(8, 24)
  const [day, year] = [view.getUint16(90, true), view.getUint16(92, true)]
  return {
    pointFormat: header.pointFormat,
    recordLength: header.recordLength,
    scale: header.scale,
    offset: header.offset,
    vlrs: await readVlrs(source, header),
    evlrs: await readEvlrs(source, header),
    fileSourceId: view.getUint16(4, true),
    // LAS 1.0 and 1.1 reserve this field.
    globalEncoding: header.version < "1.2" ? 0 : view.getUint16(6, true),
    ...(guid.some((byte) => byte !== 0) ? { guid } : {}),
    systemId: latin(head, 26, 32),
    ...(day === 0 && year === 0 ? {} : { creation: { day, year } }),
  }
}

const readVlrs = async (source: ByteSource, header: LasHeader): Promise<VlrToWrite[]> => {
  const size = header.pointOffset - header.headerBytes
  if (size > MOST_BYTES) throw tooLarge(source.path, size)
  const bytes = await source.read(header.headerBytes, header.pointOffset)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const vlrs: VlrToWrite[] = []
  for (let i = 0, at = 0; i < header.vlrCount && at + VLR_HEADER <= size; i++) {
    const length = view.getUint16(at + 20, true)
    const end = at + VLR_HEADER + length
    if (end > size) break
    vlrs.push(recordAt(bytes, view, at, 22, bytes.slice(at + VLR_HEADER, end)))
    at = end
  }
  return vlrs.filter((vlr) => !isStorage(vlr))
}

const readEvlrs = async (source: ByteSource, header: LasHeader): Promise<VlrToWrite[]> => {
  const evlrs: VlrToWrite[] = []
  let total = 0
  for (let i = 0, at = header.evlrOffset; i < header.evlrCount; i++) {
    const begin = at + EVLR_HEADER
    const outside = at < header.pointOffset || begin > source.size
    const head = outside ? new Uint8Array(EVLR_HEADER) : await source.read(at, begin)
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
    const end = begin + Number(view.getBigUint64(20, true))
    if (outside || end > source.size) {
      throw damaged(source.path, `EVLR ${i + 1} of ${header.evlrCount} is outside its ${source.size} bytes (cut short)`)
    }
    const evlr = recordAt(head, view, 0, 28, new Uint8Array(0))
    if (!isStorage(evlr)) {
      total += end - begin
      if (total > MOST_BYTES) throw tooLarge(source.path, total)
      evlrs.push({ ...evlr, data: await source.read(begin, end) })
    }
    at = end
  }
  return evlrs
}

const recordAt = (
  bytes: Uint8Array,
  view: DataView,
  at: number,
  description: number,
  data: Uint8Array,
): VlrToWrite => ({
  userId: latin(bytes, at + 2, 16),
  recordId: view.getUint16(at + 18, true),
  description: latin(bytes, at + description, 32),
  data,
})

const tooLarge = (file: string, bytes: number) =>
  refuse(
    file,
    `its VLRs and EVLRs have ${bytes} bytes; at most ${MOST_BYTES} can be copied`,
    "Remove those that you do not need with a LAS tool.",
  )
