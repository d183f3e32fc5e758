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

/**
 * What {@link openSealed} found: the object's text without its checksum, and whether it had one.
 */
export interface Unsealed {
  readonly text: string
  readonly isSealed: boolean
}

/**
 * Takes a text of {@link sealJson} apart; undefined where the checksum is another. A text without a
 * checksum passes: earlier versions wrote none. A field of the checksum's shape
 * under any other name is a damaged checksum.
 */
export const openSealed = (sealed: string): Unsealed | undefined => {
  const seal = sealed.slice(-sealLength)
  if (!/^,"[^"]{5}":"[^"]{8}"\}$/.test(seal)) return { text: sealed, isSealed: false }
  const body = sealed.slice(0, -sealLength)
  return seal === `,"crc32":"${digitsOf(body)}"}` ? { text: `${body}}`, isSealed: true } : undefined
}

const digitsOf = (text: string): string => crc32(text).toString(16).padStart(8, "0")
