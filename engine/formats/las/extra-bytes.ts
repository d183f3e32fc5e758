/**
 * Extra dimensions of point records: reads their descriptions and makes readers of their values.
 */
import { EngineError } from "../../errors.js"
import { type LasHeader, RECORD_BYTES } from "./header.js"
import { textOf, type Vlr } from "./vlr.js"

/** One dimension of the extra bytes of a record. */
export interface ExtraDimension {
  readonly name: string
  /** `uint8` … `float64`, with `[n]` for arrays; `bytes[n]` where nothing describes them. */
  readonly type: string
  /** Byte offset in the record. */
  readonly at: number
  readonly scale: number
  readonly offset: number
}

const TYPES: readonly (readonly [name: string, bytes: number])[] = [
  ["bytes", 1],
  ["uint8", 1],
  ["int8", 1],
  ["uint16", 2],
  ["int16", 2],
  ["uint32", 4],
  ["int32", 4],
  ["uint64", 8],
  ["int64", 8],
  ["float32", 4],
  ["float64", 8],
]

const DESCRIPTION_BYTES = 192

/**
 * Dimensions from the `LASF_Spec`/4 records (LAS 1.4 R15 table 24; several records follow one another). Those that do not
 * fit the record are left out with a fault; bytes that nothing describes become one dimension `ExtraBytes`.
 *
 * Offsets in a description: 2 type, 3 options (bit 3 scale, bit 4 offset), 4 name (32), 112 scale (3 f64), 136 offset (3 f64).
 */
export const extraDimensions = (vlrs: readonly Vlr[], header: LasHeader, faults: string[]): ExtraDimension[] => {
  const dimensions: ExtraDimension[] = []
  const names = new Set<string>()
  let at = RECORD_BYTES[header.pointFormat] ?? header.recordLength
  for (const { userId, recordId, data } of vlrs) {
    if (userId !== "LASF_Spec" || recordId !== 4) continue
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    for (let start = 0; start + DESCRIPTION_BYTES <= data.length; start += DESCRIPTION_BYTES) {
      const { type, bytes } = typeOf(view, start)
      const name = uniqueName(textOf(data.subarray(start + 4, start + 36)).trim(), names)
      if (bytes === 0 || at + bytes > header.recordLength) {
        faults.push(`extra dimension ${name} (${type}) does not fit records of ${header.recordLength} bytes`)
        return dimensions
      }
      const options = view.getUint8(start + 3)
      dimensions.push({
        name,
        type,
        at,
        scale: (options & 8) !== 0 && !type.startsWith("bytes") ? view.getFloat64(start + 112, true) : 1,
        offset: (options & 16) !== 0 && !type.startsWith("bytes") ? view.getFloat64(start + 136, true) : 0,
      })
      at += bytes
    }
  }
  if (at < header.recordLength) {
    const name = uniqueName("ExtraBytes", names)
    dimensions.push({ name, type: `bytes[${header.recordLength - at}]`, at, scale: 1, offset: 0 })
  }
  return dimensions
}

const typeOf = (view: DataView, start: number): { type: string; bytes: number } => {
  const code = view.getUint8(start + 2)
  if (code === 0) return { type: `bytes[${view.getUint8(start + 3)}]`, bytes: view.getUint8(start + 3) }
  // Codes 11–30 are the deprecated arrays of two and three.
  const [name, bytes] = TYPES[((code - 1) % 10) + 1] ?? ["unknown", 0]
  const length = Math.floor((code - 1) / 10) + 1
  if (length > 3) return { type: `type ${code}`, bytes: 0 }
  return { type: length === 1 ? name : `${name}[${length}]`, bytes: bytes * length }
}

const uniqueName = (wanted: string, names: Set<string>): string => {
  let name = wanted
  for (let i = 2; names.has(name); i++) name = `${wanted} ${i}`
  names.add(name)
  return name
}

/** The dimension of a name. @throws EngineError `E_INPUT` naming those that are there. */
export const dimensionOf = (dimensions: readonly ExtraDimension[], name: string, file: string): ExtraDimension => {
  const dimension = dimensions.find((one) => one.name === name)
  if (dimension !== undefined) return dimension
  const known = dimensions.map((one) => one.name).join(", ") || "none"
  throw new EngineError("E_INPUT", `${file}: has no extra dimension ${name} (there: ${known}). Ask for one of these.`, {
    file,
  })
}

/** Reader of one value of a dimension: the first of an array, bytes as their first byte, 64-bit integers as doubles. */
export const extraValueReader = (dimension: ExtraDimension): ((view: DataView, record: number) => number) => {
  const { at, scale, offset } = dimension
  const raw = rawReader(dimension.type.replace(/\[.*$/, ""), at)
  return scale === 1 && offset === 0 ? raw : (view, record) => raw(view, record) * scale + offset
}

/** Bytes of the value that {@link extraValueReader} reads of a dimension. */
export const extraValueBytes = (dimension: ExtraDimension): number => {
  const name = dimension.type.replace(/\[.*$/, "")
  return TYPES.find(([type]) => type === name)?.[1] ?? 1
}

const rawReader = (type: string, at: number): ((view: DataView, record: number) => number) => {
  switch (type) {
    case "int8":
      return (view, record) => view.getInt8(record + at)
    case "uint16":
      return (view, record) => view.getUint16(record + at, true)
    case "int16":
      return (view, record) => view.getInt16(record + at, true)
    case "uint32":
      return (view, record) => view.getUint32(record + at, true)
    case "int32":
      return (view, record) => view.getInt32(record + at, true)
    case "uint64":
      return (view, record) => Number(view.getBigUint64(record + at, true))
    case "int64":
      return (view, record) => Number(view.getBigInt64(record + at, true))
    case "float32":
      return (view, record) => view.getFloat32(record + at, true)
    case "float64":
      return (view, record) => view.getFloat64(record + at, true)
    default:
      return (view, record) => view.getUint8(record + at)
  }
}
