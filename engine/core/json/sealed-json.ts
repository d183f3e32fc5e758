/** JSON objects whose last field is a checksum, which reveals a truncated or damaged text. */
import { crc32 } from "node:zlib"

/** `,"crc32":"89abcdef"}` */
const sealLength = 20

/**
 * Adds a checksum to the text of a JSON object as its last field: CRC-32 (as in ZIP) of the text
 * that precedes the field, 8 hexadecimal digits.
 *
 * @param text an object with at least one field, as `JSON.stringify` writes it, with nothing after
 * its last brace
 */
export const sealJson = (text: string): string => {
  const body = text.slice(0, -1)
  return `${body},"crc32":"${digitsOf(body)}"}`
}

/**
 * The text that was passed to {@link sealJson}; undefined where the checksum is missing or wrong.
 */
export const openSealed = (sealed: string): string | undefined => {
  const body = sealed.slice(0, -sealLength)
  return sealed.slice(-sealLength) === `,"crc32":"${digitsOf(body)}"}` ? `${body}}` : undefined
}

const digitsOf = (text: string): string => crc32(text).toString(16).padStart(8, "0")
