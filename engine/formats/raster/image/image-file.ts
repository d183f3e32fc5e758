/** Facts of image files that do not need their pixels: size, and identity. */
import { sha256 } from "../../../core/hash.js"
import { type ByteSource, isUrl } from "../../../io/byte-source.js"
import { openBytes } from "../../../io/bytes.js"

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

const SAMPLE = 16384

/**
 * Hashes the size, the first and the last 16 KiB of a file: TIFF directories are at either end. An
 * address is identified by its ETag and length.
 */
export const bytesIdentity = async (bytes: ByteSource): Promise<string> => {
  if (isUrl(bytes.path)) return sha256(bytes.identity)
  const head = await bytes.read(0, Math.min(SAMPLE, bytes.size))
  const tail = await bytes.read(Math.max(0, bytes.size - SAMPLE), bytes.size)
  return sha256(`${bytes.size} ${sha256(head)} ${sha256(tail)}`)
}

/**
 * Combines the {@link bytesIdentity} of several files, in order. A file that cannot be opened
 * counts by its name.
 */
export const filesIdentity = async (paths: readonly string[]): Promise<string> => {
  const identities: string[] = []
  for (const path of paths) {
    try {
      const bytes = await openBytes(path)
      identities.push(await bytesIdentity(bytes).finally(() => bytes.close()))
    } catch {
      identities.push(path)
    }
  }
  return identities.length === 1 ? identities[0]! : sha256(identities.join(" "))
}
