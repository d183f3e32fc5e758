import { parseFile } from "../../core/files/parse-file.js"
import { isObject } from "../../core/json/json-shape.js"
import { EngineError } from "../../errors.js"
import type { Column } from "../../kernel.js"

/** Ids and attributes, one value a row. */
export interface AttributeTable {
  readonly ids: readonly string[]
  readonly columns: Readonly<Record<string, Column>>
}

interface Plain {
  readonly ids: readonly string[]
  readonly columns: readonly {
    readonly name: string
    readonly type: Column["type"]
    readonly texts?: readonly string[]
  }[]
}

const headerBytes = 8

/**
 * Bytes of a table, little-endian: u32 rows, u32 size of the JSON text; the text (ids, names and types of the columns, texts), padded with blanks to a
 * multiple of 8; then the number columns, f64 each row, then the integer columns, i32 each row. The columns keep their order. O(rows · columns).
 */
export const encodeTable = ({ ids, columns }: AttributeTable): Uint8Array => {
  const entries = Object.entries(columns)
  const plain: Plain = {
    ids,
    columns: entries.map(([name, { type, values }]) =>
      type === "string" ? { name, type, texts: values } : { name, type },
    ),
  }
  const encoded = new TextEncoder().encode(JSON.stringify(plain))
  const textBytes = Math.ceil(encoded.length / 8) * 8
  const rows = ids.length
  const numbers = entries.filter(([, { type }]) => type === "number").length
  const integers = entries.filter(([, { type }]) => type === "integer").length
  const bytes = new Uint8Array(headerBytes + textBytes + rows * (8 * numbers + 4 * integers))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, rows, true)
  view.setUint32(4, textBytes, true)
  bytes.fill(0x20, headerBytes, headerBytes + textBytes)
  bytes.set(encoded, headerBytes)
  let number = headerBytes + textBytes
  let integer = number + 8 * rows * numbers
  for (const [name, column] of entries) {
    if (column.values.length !== rows)
      throw new RangeError(`column "${name}" has ${column.values.length} values for ${rows} rows`)
    if (column.type === "number") {
      new Float64Array(bytes.buffer, number, rows).set(column.values)
      number += 8 * rows
    } else if (column.type === "integer") {
      new Int32Array(bytes.buffer, integer, rows).set(column.values)
      integer += 4 * rows
    }
  }
  return bytes
}

/** The table again. Throws E_FORMAT on bytes that are none or cut short. */
export const decodeTable = (bytes: Uint8Array, file: string): AttributeTable => {
  const copy = new Uint8Array(bytes)
  const view = new DataView(copy.buffer)
  const rows = copy.length >= headerBytes ? view.getUint32(0, true) : 0
  const start = copy.length >= headerBytes ? headerBytes + view.getUint32(4, true) : headerBytes
  if (start > copy.length) throw damaged(file, copy.length)
  const text = new TextDecoder().decode(copy.subarray(headerBytes, start))
  const plain = parseFile(text, `${file}: its table of objects`, "run again with --force", file)
  if (!isPlain(plain, rows)) throw damaged(file, copy.length)
  const count = (type: Column["type"]): number => plain.columns.filter((column) => column.type === type).length
  const size = start + rows * (8 * count("number") + 4 * count("integer"))
  if (copy.length !== size) throw damaged(file, copy.length)
  let number = start
  let integer = start + 8 * rows * count("number")
  const columns: Record<string, Column> = {}
  for (const { name, type, texts } of plain.columns) {
    if (type === "number") {
      columns[name] = { type, values: new Float64Array(copy.buffer, number, rows) }
      number += 8 * rows
    } else if (type === "integer") {
      columns[name] = { type, values: new Int32Array(copy.buffer, integer, rows) }
      integer += 4 * rows
    } else columns[name] = { type, values: texts ?? [] }
  }
  return { ids: plain.ids, columns }
}

const isPlain = (value: unknown, rows: number): value is Plain => {
  const areTexts = (texts: unknown): boolean =>
    Array.isArray(texts) && texts.length === rows && texts.every((text) => typeof text === "string")
  const isColumn = (column: unknown): boolean =>
    isObject(column) &&
    typeof column["name"] === "string" &&
    (column["type"] === "string" ? areTexts(column["texts"]) : ["number", "integer"].includes(String(column["type"])))
  return (
    isObject(value) && areTexts(value["ids"]) && Array.isArray(value["columns"]) && value["columns"].every(isColumn)
  )
}

const damaged = (file: string, size: number): EngineError =>
  new EngineError("E_FORMAT", `${file}: ${size} bytes are no whole table of objects; run again with --force`, { file })
