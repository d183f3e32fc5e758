/**
 * JSON objects with a checksum as their last field, which reveals a text that is cut short or
 * damaged.
 */
import { crc32 } from "node:zlib"

/** `,"crc32":"89abcdef"}` */
const sealLength = 20

/**
 * The text of a JSON object with a checksum as its last field: CRC-32 (as in ZIP) of the text
 * before the field, 8 hexadecimal digits.
 *
 * @param text of an object with at least one field, as `JSON.stringify` writes it, with nothing
 * behind its last brace
 */
export const sealJson = (text: string): string => {
  const body = text.slice(0, -1)
  return `${body},"crc32":"${digitsOf(body)}"}`
}

/** The text that {@link sealJson} was given; undefined where there is no checksum, or another. */
export const openSealed = (sealed: string): string | undefined => {
  const body = sealed.slice(0, -sealLength)
  return sealed.slice(-sealLength) === `,"crc32":"${digitsOf(body)}"}` ? `${body}}` : undefined
}

const digitsOf = (text: string): string => crc32(text).toString(16).padStart(8, "0")
