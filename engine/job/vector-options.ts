import { usageError } from "../core/parse-values.js"
import { type SchemaName, schemaNames } from "../formats/vector/bdtopo-schema.js"
import { tileZooms, type VectorFormat, vectorFormats } from "../formats/vector/vector-formats.js"
import { unknownName } from "./check-options.js"

/**
 * The formats beside FlatGeobuf in a list that may name `fgb`, in a fixed order, so that the order of the words changes nothing.
 *
 * @throws EngineError E_USAGE for another name
 */
export const parseVectorFormats = (names: readonly string[], option: string): VectorFormat[] => {
  const known = ["fgb", ...vectorFormats]
  for (const name of names) if (!known.includes(name)) throw unknownName("vector format", name, known, option)
  return vectorFormats.filter((format) => names.includes(format))
}

/** The name of a schema of attributes. Throws E_USAGE. */
export const parseSchema = (name: string, option: string): SchemaName => {
  const found = schemaNames.find((known) => known === name)
  if (found === undefined) throw unknownName("schema", name, schemaNames, option)
  return found
}

/** Zoom levels of tiles as "8-16" or "16". Throws E_USAGE. */
export const parseZooms = (text: string, option: string): readonly [first: number, last: number] => {
  const match = /^\s*(\d{1,2})(?:\s*-\s*(\d{1,2}))?\s*$/.exec(text)
  const first = Number(match?.[1])
  const last = Number(match?.[2] ?? match?.[1])
  if (match && first >= tileZooms.least && last <= tileZooms.most && first <= last) return [first, last]
  const expected = `two zoom levels from ${tileZooms.least} to ${tileZooms.most}, the first not above the last`
  throw usageError(option, `"${text}"`, expected, `Example: ${tileZooms.first}-${tileZooms.last}, the default.`)
}
