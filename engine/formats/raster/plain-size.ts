/** Reads the size of PNG and JPEG images from their headers. */

/** Width and height of a PNG or JPEG from its first bytes; undefined if they state none. */
export const plainSize = (head: Uint8Array): { width: number; height: number } | undefined =>
  pngSize(head) ?? jpegSize(head)

const pngSize = (head: Uint8Array): { width: number; height: number } | undefined => {
  if (head.length < 24 || head[0] !== 0x89 || head[1] !== 0x50) return undefined
  const view = new DataView(head.buffer, head.byteOffset)
  return { width: view.getUint32(16), height: view.getUint32(20) }
}

/** Reads the first start-of-frame marker (ITU-T T.81, B.2.2). */
const jpegSize = (head: Uint8Array): { width: number; height: number } | undefined => {
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  for (let at = 2; at + 9 < head.length && head[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = head[at + 1]!
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (frame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
  }
  return undefined
}
