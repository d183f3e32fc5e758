/** Extra dimensions of point records: parses their descriptions and reads their values. */
import { EngineError } from "../../errors.js"
import { type LasHeader, RECORD_BYTES, textOf, type Vlr } from "./header.js"

/** One dimension of the extra bytes of a record. */
export interface ExtraDimension {
  readonly name: string
  /** `uint8` … `float64`, with `[n]` for arrays; `bytes[n]` if undescribed. */
  readonly type: string
  /** Byte offset in the record. */
  readonly at: number
  readonly scale: number
  readonly offset: number
}

type Read = (view: DataView, at: number) => number

const byte: Read = (view, at) => view.getUint8(at)

/** Types in the order of their codes. */
const TYPES: readonly (readonly [name: string, bytes: number, read: Read])[] = [
  ["bytes", 1, byte],
  ["uint8", 1, byte],
  ["int8", 1, (view, at) => view.getInt8(at)],
  ["uint16", 2, (view, at) => view.getUint16(at, true)],
  ["int16", 2, (view, at) => view.getInt16(at, true)],
  ["uint32", 4, (view, at) => view.getUint32(at, true)],
  ["int32", 4, (view, at) => view.getInt32(at, true)],
  ["uint64", 8, (view, at) => Number(view.getBigUint64(at, true))],
  ["int64", 8, (view, at) => Number(view.getBigInt64(at, true))],
  ["float32", 4, (view, at) => view.getFloat32(at, true)],
  ["float64", 8, (view, at) => view.getFloat64(at, true)],
]

/** Value type; for an array, that of its elements. */
const valueType = ({ type }: ExtraDimension): readonly [bytes: number, read: Read] => {
  const [, bytes = 1, read = byte] = TYPES.find(([name]) => name === type.replace(/\[.*$/, "")) ?? []
  return [bytes, read]
}

const DESCRIPTION_BYTES = 192

/**
 * Extra dimensions from the `LASF_Spec`/4 records (LAS 1.4 R15 table 24), in file order. Parsing
 * stops with a fault at the first one that does not fit the record. Undescribed bytes become one
 * dimension `ExtraBytes`.
 *
 * Offsets in a description: 2 type, 3 options (bit 3 scale, bit 4 offset), 4 name (32), 112 scale
 * (3 f64), 136 offset (3 f64).
 */
export const extraDimensions = (vlrs: readonly Vlr[], header: LasHeader, faults: string[]): ExtraDimension[] => {
  const dimensions: ExtraDimension[] = []
  const names = new Set<string>()
  let at = RECORD_BYTES[header.pointFormat] ?? header.recordLength
  for (const { userId, recordId, data } of vlrs) {
    if (userId !== "LASF_Spec" || recordId !== 4) continue
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    for (let start = 0; start + DESCRIPTION_BYTES <= data.length; start += DESCRIPTION_BYTES) {
      const { type, bytes } = readType(view, start)
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

const readType = (view: DataView, start: number): { type: string; bytes: number } => {
  const code = view.getUint8(start + 2)
  if (code === 0) return { type: `bytes[${view.getUint8(start + 3)}]`, bytes: view.getUint8(start + 3) }
  // Codes 11–30 are deprecated arrays of two and three elements.
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

/**
 * Finds a dimension by name.
 *
 * @throws EngineError `E_INPUT`; the message lists the dimensions of the file.
 */
export const findDimension = (dimensions: readonly ExtraDimension[], name: string, file: string): ExtraDimension => {
  const dimension = dimensions.find((one) => one.name === name)
  if (dimension !== undefined) return dimension
  const known = dimensions.map((one) => one.name).join(", ")
  const found = known === "" ? "It has no extra bytes" : `Its extra bytes are ${known}`
  const text = `${file}: no extra bytes "${name}". ${found}. Give files that have ${name}, or leave out what reads it.`
  throw new EngineError("E_INPUT", text, { file })
}

/**
 * Makes a reader of one value: the first element of an array, the first of undescribed bytes,
 * 64-bit integers as doubles.
 */
export const extraValueReader = (dimension: ExtraDimension): ((view: DataView, record: number) => number) => {
  const { at, scale, offset } = dimension
  const [, read] = valueType(dimension)
  return scale === 1 && offset === 0
    ? (view, record) => read(view, record + at)
    : (view, record) => read(view, record + at) * scale + offset
}

/** Size in bytes of the value that {@link extraValueReader} reads. */
export const extraValueBytes = (dimension: ExtraDimension): number => valueType(dimension)[0]
