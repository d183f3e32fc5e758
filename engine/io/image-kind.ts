/** Recognises the format of an image by its first bytes. */

/** What the first bytes of a file say that it is. */
export type ImageKind = "tiff" | "png" | "jpeg" | "jp2" | "other"

const JP2 = [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20]

/** The kind of image that the first bytes tell: TIFF and BigTIFF, PNG, JPEG, JP2 (ISO 15444-1 Annex I) or its bare codestream. */
export const imageKind = (head: Uint8Array): ImageKind => {
  const [a, b, c, d] = head
  const little = a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0
  const big = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43)
  if (little || big) return "tiff"
  if (a === 0x89 && b === 0x50 && c === 0x4e) return "png"
  if (a === 0xff && b === 0xd8 && c === 0xff) return "jpeg"
  const codestream = a === 0xff && b === 0x4f && c === 0xff && d === 0x51
  return codestream || JP2.every((byte, i) => head[i] === byte) ? "jp2" : "other"
}
